"""Errors as problem details (RFC 9457): the status of HTTP, and the codes and keys of the protocol."""

from collections.abc import Mapping
from typing import Final

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from streamd.edge.http._preconditions import PreconditionError
from streamd.edge.http.reading import PROBLEM, problem_body
from streamd.errors import BusyError, StreamdError
from streamd.wire.refusals import error_keys

log = structlog.get_logger(__name__)

STATUSES: Final[Mapping[str, int]] = {
    "invalid_json": 400, "invalid_message": 400, "unknown_type": 400, "too_large": 413, "unauthorized": 401,
    "forbidden": 403, "not_found": 404, "gone": 410, "exists": 409, "conflict": 409, "referenced": 409,
    "op_id_reused": 409, "expired": 410, "answered": 409, "damaged": 500, "refused": 422, "rate_limited": 429,
    "busy": 503, "draining": 503, "unavailable": 503, "run_failed": 500, "model_failed": 502,
    "budget_exceeded": 402, "budget_spent": 429, "trigger_chain": 500, "timed_out": 504, "abandoned": 500, "store": 503, "internal": 500,
}  # fmt: skip
"""The status of each error code; a conflict with `If-Match` is 412, a busy thread 409."""

_CODES: Final = {
    400: "invalid_message",
    404: "not_found",
    405: "refused",
    408: "invalid_message",
    406: "refused",
    413: "too_large",
}


def problem(
    error: BaseException, *, status: int | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with an error as the protocol tells it: `detail` is for people, `code` for programs."""
    keys = error_keys(error)
    status = status or (409 if _is_of_a_run(keys) else STATUSES.get(str(keys["code"]), 400))
    detail = keys.pop("message")
    if status == 401:
        headers = {**(headers or {}), "www-authenticate": 'Bearer realm="streamd"'}
    return problem_response(status, {**keys, "detail": detail}, headers)


def _is_of_a_run(keys: Mapping[str, object]) -> bool:
    """Whether a run that is going on is in the way, and not the daemon that has too much to do."""
    return keys["code"] == "busy" and "run_id" in keys


def problem_response(
    status: int, keys: Mapping[str, object], headers: Mapping[str, str] | None = None
) -> Response:
    """Answer with these keys of a problem."""
    sent = dict(headers or {})
    wait_ms = keys.get("retry_after_ms")
    if isinstance(wait_ms, int):
        sent["retry-after"] = str(-(-wait_ms // 1000))
    elif status == 503:
        sent["retry-after"] = "1"
    return Response(problem_body(status, keys), status, sent, media_type=PROBLEM)


async def refused(_request: Request, error: Exception) -> Response:
    """Answer a request whose route raised one of our errors."""
    assert isinstance(error, StreamdError)
    status = 412 if isinstance(error, PreconditionError) else 409 if is_of_thread(error) else None
    error.__traceback__ = (
        None  # frames that it went through know all of a large body, until the collector comes
    )
    return problem(error, status=status)


def is_of_thread(error: StreamdError) -> bool:
    """Whether it is a thread that is busy, with a run that the error names, and not the daemon."""
    return isinstance(error, BusyError) and "run_id" in error.details


async def not_routed(request: Request, error: Exception) -> Response:
    """Answer a request that no route takes."""
    assert isinstance(error, HTTPException)
    what = _no_address(request) if error.status_code == 404 else str(error.detail)
    if error.status_code == 405:
        what = f"{request.method} is not for this address"
    keys = {"code": _CODES.get(error.status_code, "refused"), "detail": what, "retryable": False}
    return problem_response(error.status_code, keys, error.headers)


def _no_address(request: Request) -> str:
    """Say that there is nothing at an address; one that differs in its last slash alone is named."""
    path = request.scope["path"]
    other = path.rstrip("/")
    if other and other != path:
        for route in request.app.routes:
            if route.matches({**request.scope, "path": other})[0] is not Match.NONE:
                return "an address has no slash at its end here; leave it out"
    return "no such address; see /openapi.json"


async def left(_request: Request, _error: Exception) -> Response:
    """Answer a request whose client has gone: nobody hears it."""
    return Response(status_code=408)


async def failed(request: Request, error: Exception) -> Response:
    """Answer a request whose route has a mistake."""
    log.error("request_failed", path=request.scope["path"], exc_info=error)
    return problem(error)
