"""Runs in other clients' words: streamed to their last event, or waited for."""

from collections.abc import Mapping
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd.core.item import START
from streamd.core.run import LAST_TYPES
from streamd.edge.http._context import actor_of
from streamd.edge.http._problems import STATUSES, problem_response
from streamd.edge.http._run_responses import responses_of
from streamd.edge.http._streams import EventStream, ends_with
from streamd.engine.delivery import Cursor, Outbox
from streamd.errors import DrainingError
from streamd.service import RunHandle
from streamd.wire import replies

_CANCELLED: Final = 409
_PROBLEM_KEYS: Final = (
    "code",
    "retryable",
    "retry_after_ms",
    "kind",
    "path",
    "run_id",
    "thread_id",
    "partial",
)


def stream_of(request: Request, run: RunHandle, encoding: str, *, silent: bool = False) -> EventStream:
    """Stream all responses of a run. The last event is one that these clients end with, also when the daemon stops."""

    async def opening(outbox: Outbox) -> None:
        outbox.add(ends_with(stream, Cursor(run.stream, START)))

    stream = EventStream(
        request,
        actor_of(request),
        opening,
        encoding=encoding,
        replay_encoding=encoding,
        first=b"",  # a request that started a run is not made again by itself, so there is no time to say for that
        silent=silent,
        headers=addresses_of(run),
    )
    stream.last_words = replies.error(_stopping())
    return stream


def _stopping() -> DrainingError:
    return DrainingError("the daemon is stopping; the run goes on when it is back")


def addresses_of(run: RunHandle) -> Mapping[str, str]:
    """Return the headers that say where the run is: to attach to it again, or to cancel it."""
    return {"location": f"/runs/{run.record.run_id}/stream"}


async def last_response(request: Request, run: RunHandle) -> Mapping[str, object]:
    """Wait for the end of a run; its last response. Raises DrainingError where the daemon stops before that."""
    responses = await responses_of(request, run)
    last: Mapping[str, object] = orjson.loads(responses[-1]) if responses else {}
    if last.get("type") not in LAST_TYPES:
        raise _stopping()
    return last


def failed(last: Mapping[str, object], run: RunHandle) -> Response:
    """Answer for a run that failed or was cancelled: a problem with its code."""
    code = str(last.get("code", last["type"]))
    keys = {key: last[key] for key in _PROBLEM_KEYS if key in last}
    status = _CANCELLED if last["type"] == "cancelled" else STATUSES.get(code, 500)
    told = {"retryable": False, **keys, "code": code, "detail": last.get("message", "")}
    return problem_response(status, told, addresses_of(run))
