"""Maps exceptions of a stream to ModelError: kind, whether a retry can succeed, and what to do.

The service's own error texts go to the log and never to clients. Statuses and types of errors:
https://platform.claude.com/docs/en/api/errors
"""

import re
from collections.abc import Mapping
from typing import Final

import anthropic
import httpx2
import structlog

from streamd.errors import ModelError
from streamd.models.failure_kinds import (
    BAD_ANSWER,
    CUT_OFF,
    NOT_ALLOWED,
    OVERLOADED,
    RATE_LIMITED,
    SERVER_ERROR,
    STALLED,
    TOO_LARGE,
    TRUNCATED,
    FailureKind,
    retry_after_seconds,
)

log = structlog.get_logger(__name__)


_UNAUTHORIZED: Final = FailureKind(
    "unauthorized", False,
    "the key for the language model was refused: set a valid one, in ANTHROPIC_API_KEY, that may use {model}",
)  # fmt: skip
_UNREACHABLE: Final = FailureKind(
    "unreachable", True,
    "the language model's service cannot be reached; check the network and models.base_url, and ask again",
)  # fmt: skip
_NO_SUCH_MODEL: Final = FailureKind(
    "bad_request", False, "there is no model {model} for this key; set one that there is, in models.model"
)
_USED_UP: Final = FailureKind(
    "not_allowed",
    False,
    "the key's account has reached its usage limit: raise the limit or wait until it begins anew, and then ask again",
)
_TOO_MUCH_OUTPUT: Final = FailureKind(
    "bad_request",
    False,
    "max_output_tokens is more than {model} can write in one answer: set less in [models], or for the agent",
)
_BAD_REQUEST: Final = FailureKind(
    "bad_request", False,
    "the language model does not accept the request; check whether {model} knows the effort, thinking and "
    "max_output_tokens that are set for it, or begin a new thread",
)  # fmt: skip

_WORDS: Final[tuple[tuple[tuple[str, ...], FailureKind], ...]] = (
    (
        (
            "prompt is too long",
            "input is too long",
            "exceed context limit",
            "exceeds the context",
            "context window",
        ),
        TOO_LARGE,
    ),
    (("credit balance", "out of credit"), NOT_ALLOWED),
    (("usage limit", "spend limit", "spending limit"), _USED_UP),
    (("max_tokens: ",), _TOO_MUCH_OUTPUT),
)
"""Causes that the API tells in words only: they all have one type, `invalid_request_error`."""
_MEASURED: Final = re.compile(r"(\d[\d,]*)(?: [a-z]+)?(?: \+ (\d[\d,]*))? > (\d[\d,]*)")
_TYPES: Final[Mapping[str, FailureKind]] = {
    "authentication_error": _UNAUTHORIZED,
    "permission_error": _UNAUTHORIZED,
    "billing_error": NOT_ALLOWED,
    "not_found_error": _NO_SUCH_MODEL,
    "invalid_request_error": _BAD_REQUEST,
    "request_too_large": TOO_LARGE,
    "rate_limit_error": RATE_LIMITED,
    "overloaded_error": OVERLOADED,
    "api_error": SERVER_ERROR,
    "timeout_error": SERVER_ERROR,
    "conflict_error": SERVER_ERROR,
}
_STATUSES: Final[Mapping[int, FailureKind]] = {
    401: _UNAUTHORIZED,
    402: NOT_ALLOWED,
    403: _UNAUTHORIZED,
    404: _NO_SUCH_MODEL,
    408: SERVER_ERROR,
    409: SERVER_ERROR,
    413: TOO_LARGE,
    429: RATE_LIMITED,
    529: OVERLOADED,
}


def truncated(model: str) -> ModelError:
    """The failure of a stream that was closed in good order before its last event."""
    return TRUNCATED.error(model)


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
            return _UNREACHABLE.error(model)
        case TimeoutError() | httpx2.TimeoutException():
            return STALLED.error(model)
        case httpx2.NetworkError() | httpx2.RemoteProtocolError():
            return CUT_OFF.error(model)
        case _ if isinstance(error, anthropic.APIConnectionError) or isinstance(cause, httpx2.TransportError):
            return _UNREACHABLE.error(model)
        case _:
            # An invalid response, or a bug in the library or here: only the traceback can tell.
            log.error("model_response_invalid", model=model, exc_info=error)
            return BAD_ANSWER.error(model)


def _status_error(error: anthropic.APIStatusError, model: str) -> ModelError:
    """Map an API error by its type first: an error in the middle of a stream has the status 200."""
    kind = _TYPES.get(str(error.type)) or _STATUSES.get(error.status_code)
    if kind is None:
        kind = _BAD_REQUEST if 400 <= error.status_code < 500 else SERVER_ERROR
    measured = None
    if kind is _BAD_REQUEST or kind is TOO_LARGE:
        words = str(error.api_message)
        kind = next((one for parts, one in _WORDS if any(part in words.lower() for part in parts)), kind)
        measured = _measured(words) if kind is TOO_LARGE else None
    if kind is RATE_LIMITED and "spend_limit" in (error.error_code or ""):
        kind = NOT_ALLOWED
    headers = error.response.headers
    return kind.error(
        model,
        retryable=kind.retryable and headers.get("x-should-retry") != "false",
        retry_after_seconds=retry_after_seconds(headers) if kind.retryable else None,
        measured=measured,
    )


def _measured(words: str) -> tuple[int, int] | None:
    """Read how many tokens a prompt has (with its answer), and how many it may have: `210,000 tokens > 200,000 maximum`."""
    found = _MEASURED.search(words)
    if found is None:
        return None
    read, answer, most = (int((part or "0").replace(",", "")) for part in found.groups())
    return (read + answer, most) if most else None


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
