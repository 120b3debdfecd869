"""Maps exceptions of a stream to ModelError: kind, whether a retry can succeed, and what to do.

A server's own error texts go to the log and never to clients. Servers agree on statuses, more or less, and on nothing else:
causes that matter are found by their words.
"""

import re
from collections.abc import Mapping
from typing import Final

import httpx2
import openai
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
    "the key for the language model was refused: set a valid one, in OPENAI_API_KEY or openai.api_key, that may use {model}",
)  # fmt: skip
_UNREACHABLE: Final = FailureKind(
    "unreachable", True,
    "the language model's server cannot be reached; check whether it runs, and openai.base_url, and ask again",
)  # fmt: skip
_NO_SUCH_MODEL: Final = FailureKind(
    "bad_request", False,
    "the server has no model {model}, or openai.base_url is not the address of its chat completions (most end in /v1); "
    "set models.model to one that it has",
)  # fmt: skip
_BAD_REQUEST: Final = FailureKind(
    "bad_request", False,
    "the language model does not accept the request; check whether {model} knows tools, and the effort, "
    "max_output_tokens and openai.extra_body that are set, or begin a new thread",
)  # fmt: skip
_WORDS: Final[tuple[tuple[tuple[str, ...], FailureKind], ...]] = (
    (
        (
            "context length", "context_length", "context size", "context_size", "context window", "context overflow",
            "prompt is too long", "too many tokens", "maximum input length", "request too large",
        ),
        TOO_LARGE,
    ),
    (("insufficient_quota", "exceeded your current quota", "insufficient balance", "credit"), NOT_ALLOWED),
    (("overloaded", "server busy", "at capacity", "no available", "loading model"), OVERLOADED),
    (("model_not_found", "does not exist", "try pulling it"), _NO_SUCH_MODEL),
    (("rate limit", "rate_limit"), RATE_LIMITED),
)  # fmt: skip
"""Causes that are told by a code or in words."""
_MOST: Final = re.compile(
    r"(?:maximum (?:context|input) length(?: is)?(?: of)?|context size \(|n_ctx\D+)\s*(\d[\d,]*)"
)
_READ: Final = re.compile(
    r"(?:requested|resulted in|prompt contains|request \(|n_prompt_tokens\D+|has)(?: at least)?(?: about)?\s*(\d[\d,]*)"
)
_STATUSES: Final[Mapping[int, FailureKind]] = {
    401: _UNAUTHORIZED,
    402: NOT_ALLOWED,
    403: _UNAUTHORIZED,
    404: _NO_SUCH_MODEL,
    408: SERVER_ERROR,
    409: SERVER_ERROR,
    413: TOO_LARGE,
    429: RATE_LIMITED,
    503: OVERLOADED,
    529: OVERLOADED,
}


def truncated(model: str) -> ModelError:
    """The failure of a stream that was closed in good order before the reason for its end."""
    return TRUNCATED.error(model)


def model_error(error: Exception, model: str) -> ModelError:
    """Map an exception of the library or of its HTTP client to a failure, and log it."""
    if isinstance(error, ModelError):
        return error
    cause = error.__cause__ if isinstance(error, openai.APIConnectionError) else error
    log.info(
        "model_failed",
        model=model,
        error=type(error).__name__,
        cause=type(cause).__name__,
        **_error_fields(error),
    )
    match cause:
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.PoolTimeout() | httpx2.ProxyError():
            return _UNREACHABLE.error(model)
        case TimeoutError() | httpx2.TimeoutException():
            return STALLED.error(model)
        case httpx2.NetworkError() | httpx2.RemoteProtocolError():
            return CUT_OFF.error(model)
        case _ if isinstance(error, openai.APIConnectionError) or isinstance(cause, httpx2.TransportError):
            return _UNREACHABLE.error(model)
        case openai.APIError():
            return _told(cause, model)
        case _:
            # An invalid response, or a bug in the library or here: only the traceback can tell.
            log.error("model_response_invalid", model=model, exc_info=error)
            return BAD_ANSWER.error(model)


def words_of(error: openai.APIError) -> str:
    """All that a server says about a failure, in small letters."""
    return f"{error.code} {error.type} {error.message} {error.body}".lower()


def _told(error: openai.APIError, model: str) -> ModelError:
    """Map what a server tells: with a status, or as the last event of a stream, which has the status 200."""
    words, status = words_of(error), _status(error)
    kind = _STATUSES.get(status) or (_BAD_REQUEST if 400 <= status < 500 else SERVER_ERROR)
    if kind is not _UNAUTHORIZED:
        kind = next((one for parts, one in _WORDS if any(part in words for part in parts)), kind)
    headers = error.response.headers if isinstance(error, openai.APIStatusError) else {}
    return kind.error(
        model,
        retryable=kind.retryable and headers.get("x-should-retry") != "false",
        retry_after_seconds=retry_after_seconds(headers) if kind.retryable else None,
        measured=_measured(words) if kind is TOO_LARGE else None,
    )


def _status(error: openai.APIError) -> int:
    if isinstance(error, openai.APIStatusError):
        return error.status_code
    if error.code is not None and error.code.isdecimal():
        return int(error.code)
    return 400 if error.type == "invalid_request_error" else 500


def _measured(words: str) -> tuple[int, int] | None:
    """Read how many tokens a prompt has, and how many it may have, in the words of several servers."""
    read, most = _READ.search(words), _MOST.search(words)
    if read is None or most is None:
        return None
    had, may = (int(found[1].replace(",", "")) for found in (read, most))
    return (had, may) if had > may > 0 else None


def _error_fields(error: Exception) -> dict[str, object]:
    if not isinstance(error, openai.APIError):
        return {}
    key = error.request.headers.get("authorization", "").removeprefix("Bearer ")
    return {
        "status": error.status_code if isinstance(error, openai.APIStatusError) else None,
        "type": error.type,
        "error_code": error.code,
        # An authentication error may repeat the key.
        "message": (error.message.replace(key, "…") if key else error.message)[:300],
    }
