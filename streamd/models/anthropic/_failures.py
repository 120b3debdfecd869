"""Maps exceptions of a stream to ModelError: kind, whether a retry can succeed, and what to do.

The service's own error texts go to the log and never to clients. Statuses and types of errors:
https://platform.claude.com/docs/en/api/errors
"""

import email.utils
import math
import re
import time
from collections.abc import Mapping
from typing import Final

import anthropic
import attrs
import httpx2
import structlog

from streamd.errors import ModelError, ModelFailure

log = structlog.get_logger(__name__)


@attrs.frozen
class _Kind:
    """One kind of failure."""

    kind: ModelFailure
    retryable: bool
    """Whether a retry can succeed."""
    message: str
    """Message for clients; `{model}` is the name of the model."""


_UNAUTHORIZED: Final = _Kind(
    "unauthorized", False,
    "the key for the language model was refused: set a valid one, in ANTHROPIC_API_KEY, that may use {model}",
)  # fmt: skip
_NOT_ALLOWED: Final = _Kind(
    "not_allowed", False,
    "the key's account has spent what it may: raise its spend limit or add credit, and then ask again",
)  # fmt: skip
_RATE_LIMITED: Final = _Kind(
    "rate_limited", True, "the language model takes no more requests just now; wait a little and ask again"
)
_OVERLOADED: Final = _Kind(
    "overloaded", True, "the language model is overloaded; wait a little and ask again"
)
_SERVER_ERROR: Final = _Kind(
    "server_error", True, "the language model's service failed; wait a little and ask again"
)
_UNREACHABLE: Final = _Kind(
    "unreachable", True,
    "the language model's service cannot be reached; check the network and models.base_url, and ask again",
)  # fmt: skip
_CUT_OFF: Final = _Kind("cut_off", True, "the connection to the language model broke; ask again")
_TRUNCATED: Final = _Kind("truncated", True, "the language model's answer ended too early; ask again")
_STALLED: Final = _Kind("stalled", True, "the language model said nothing for too long; ask again")
_NO_SUCH_MODEL: Final = _Kind(
    "bad_request", False, "there is no model {model} for this key; set one that there is, in models.model"
)
_TOO_LARGE: Final = _Kind(
    "too_long",
    False,
    "this is more than the language model can read at once; begin a new thread or give it less",
)
_USED_UP: Final = _Kind(
    "not_allowed",
    False,
    "the key's account has reached its usage limit: raise the limit or wait until it begins anew, and then ask again",
)
_TOO_MUCH_OUTPUT: Final = _Kind(
    "bad_request",
    False,
    "max_output_tokens is more than {model} can write in one answer: set less in [models], or for the agent",
)
_BAD_REQUEST: Final = _Kind(
    "bad_request", False,
    "the language model does not accept the request; check whether {model} knows the effort, thinking and "
    "max_output_tokens that are set for it, or begin a new thread",
)  # fmt: skip
_BAD_ANSWER: Final = _Kind("bad_answer", True, "the language model's answer could not be read; ask again")

_WORDS: Final[tuple[tuple[tuple[str, ...], _Kind], ...]] = (
    (
        (
            "prompt is too long",
            "input is too long",
            "exceed context limit",
            "exceeds the context",
            "context window",
        ),
        _TOO_LARGE,
    ),
    (("credit balance", "out of credit"), _NOT_ALLOWED),
    (("usage limit", "spend limit", "spending limit"), _USED_UP),
    (("max_tokens: ",), _TOO_MUCH_OUTPUT),
)
"""Causes that the API tells in words only: they all have one type, `invalid_request_error`."""
_MEASURED: Final = re.compile(r"(\d[\d,]*)(?: [a-z]+)?(?: \+ (\d[\d,]*))? > (\d[\d,]*)")
_TYPES: Final[Mapping[str, _Kind]] = {
    "authentication_error": _UNAUTHORIZED,
    "permission_error": _UNAUTHORIZED,
    "billing_error": _NOT_ALLOWED,
    "not_found_error": _NO_SUCH_MODEL,
    "invalid_request_error": _BAD_REQUEST,
    "request_too_large": _TOO_LARGE,
    "rate_limit_error": _RATE_LIMITED,
    "overloaded_error": _OVERLOADED,
    "api_error": _SERVER_ERROR,
    "timeout_error": _SERVER_ERROR,
    "conflict_error": _SERVER_ERROR,
}
_STATUSES: Final[Mapping[int, _Kind]] = {
    401: _UNAUTHORIZED,
    402: _NOT_ALLOWED,
    403: _UNAUTHORIZED,
    404: _NO_SUCH_MODEL,
    408: _SERVER_ERROR,
    409: _SERVER_ERROR,
    413: _TOO_LARGE,
    429: _RATE_LIMITED,
    529: _OVERLOADED,
}


def truncated(model: str) -> ModelError:
    """The failure of a stream that was closed in good order before its last event."""
    return _error(_TRUNCATED, model)


def model_error(error: Exception, model: str) -> ModelError:
    """Map an exception of the library or of its HTTP client to a failure, and log it."""
    if isinstance(error, ModelError):
        return error
    cause = error.__cause__ if isinstance(error, anthropic.APIConnectionError) else error
    log.info(
        "model_failed",
        model=model,
        error=type(error).__name__,
        cause=type(cause).__name__,
        **_error_fields(error),
    )
    match cause:
        case anthropic.APIStatusError():
            return _status_error(cause, model)
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.PoolTimeout() | httpx2.ProxyError():
            return _error(_UNREACHABLE, model)
        case TimeoutError() | httpx2.TimeoutException():
            return _error(_STALLED, model)
        case httpx2.NetworkError() | httpx2.RemoteProtocolError():
            return _error(_CUT_OFF, model)
        case _ if isinstance(error, anthropic.APIConnectionError) or isinstance(cause, httpx2.TransportError):
            return _error(_UNREACHABLE, model)
        case _:
            # An invalid response, or a bug in the library or here: only the traceback can tell.
            log.error("model_response_invalid", model=model, exc_info=error)
            return _error(_BAD_ANSWER, model)


def _status_error(error: anthropic.APIStatusError, model: str) -> ModelError:
    """Map an API error by its type first: an error in the middle of a stream has the status 200."""
    kind = _TYPES.get(str(error.type)) or _STATUSES.get(error.status_code)
    if kind is None:
        kind = _BAD_REQUEST if 400 <= error.status_code < 500 else _SERVER_ERROR
    measured = None
    if kind is _BAD_REQUEST or kind is _TOO_LARGE:
        words = str(error.api_message)
        kind = next((one for parts, one in _WORDS if any(part in words.lower() for part in parts)), kind)
        measured = _measured(words) if kind is _TOO_LARGE else None
    if kind is _RATE_LIMITED and "spend_limit" in (error.error_code or ""):
        kind = _NOT_ALLOWED
    headers = error.response.headers
    return _error(
        kind,
        model,
        retryable=kind.retryable and headers.get("x-should-retry") != "false",
        retry_after_seconds=_retry_after_seconds(headers) if kind.retryable else None,
        measured=measured,
    )


def _measured(words: str) -> tuple[int, int] | None:
    """Read how many tokens a prompt has (with its answer), and how many it may have: `210,000 tokens > 200,000 maximum`."""
    found = _MEASURED.search(words)
    if found is None:
        return None
    read, answer, most = (int((part or "0").replace(",", "")) for part in found.groups())
    return (read + answer, most) if most else None


def _error(
    kind: _Kind,
    model: str,
    *,
    retryable: bool | None = None,
    retry_after_seconds: float | None = None,
    measured: tuple[int, int] | None = None,
) -> ModelError:
    return ModelError(
        kind.message.format(model=model),
        kind=kind.kind,
        retryable=kind.retryable if retryable is None else retryable,
        retry_after_seconds=retry_after_seconds,
        measured=measured,
    )


def _retry_after_seconds(headers: httpx2.Headers) -> float | None:
    """Pause before a retry: `retry-after-ms`, or `retry-after` in seconds or as a date (RFC 9110, 10.2.3)."""
    for name, per_second in (("retry-after-ms", 1000.0), ("retry-after", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / per_second
        except ValueError:
            continue
        return max(0.0, seconds) if math.isfinite(seconds) else None
    date = email.utils.parsedate_tz(headers.get("retry-after", ""))
    return None if date is None else max(0.0, email.utils.mktime_tz(date) - time.time())


def _error_fields(error: Exception) -> dict[str, object]:
    if not isinstance(error, anthropic.APIStatusError):
        return {}
    message = str(error.api_message)
    key = error.request.headers.get("authorization", "").removeprefix("Bearer ")
    return {
        "status": error.status_code,
        "type": error.type,
        "error_code": error.error_code,
        "request_id": error.request_id,
        # An authentication error may repeat the key.
        "message": (message.replace(key, "…") if key else message)[:300],
    }
