"""Maps errors to what clients see of them, in this one place. Nothing internal leaks."""

from typing import Final

from streamd.errors import RefusedError, RunError, StoreError, StreamdError

STORE_TEXT: Final = "The journal cannot be used just now; try again in a moment."
INTERNAL_TEXT: Final = "Something went wrong in the daemon; the connection lives on."

_FIXED_KEYS: Final = frozenset({"type", "event_type", "code", "message", "retryable"})


def error_keys(failure: BaseException) -> dict[str, object]:
    """Return the keys of an error for a message, the last response of a run, or a result of `bulk`.

    They are `code`, `message` and `retryable`, and the details of refusals and failed runs. The text of a store's error
    is for the operator; every other exception is `internal`.
    """
    match failure:
        case RefusedError() | RunError():
            details = {key: value for key, value in failure.details.items() if key not in _FIXED_KEYS}
            return {**_keys(failure.code, failure.message, retryable=failure.retryable), **details}
        case StoreError():
            return _keys(StoreError.code, STORE_TEXT, retryable=failure.retryable)
        case _:
            return _keys(StreamdError.code, INTERNAL_TEXT, retryable=False)


def request_id_of(failure: BaseException) -> object:
    """Return the request_id of the refused message; None where it had none."""
    return failure.details.get("request_id") if isinstance(failure, StreamdError) else None


def _keys(code: str, message: str, *, retryable: bool) -> dict[str, object]:
    return {"code": code, "message": message, "retryable": retryable}
