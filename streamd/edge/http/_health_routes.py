"""Health: whether the daemon works, and whether it wants more requests."""

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd.edge.http._context import context_of
from streamd.edge.http._operations import Operation
from streamd.edge.http._reply_data import HealthData
from streamd.errors import StreamdError


async def health(request: Request) -> Response:
    """Whether the daemon works; the journal's writer has to answer."""
    engine = context_of(request).engine
    try:
        await engine.journal.flushed()
        healthy = not engine.journal.failing
    except StreamdError:
        healthy = context_of(request).listener.draining  # the journal is sealed by then
    return _status("ok" if healthy else "unavailable", healthy=healthy)


async def readiness(request: Request) -> Response:
    """Whether the daemon wants more requests: not while it stops, or cannot write."""
    context = context_of(request)
    if context.listener.draining:
        return _status("draining", healthy=False)
    failing = context.engine.journal.failing
    return _status("unavailable" if failing else "ready", healthy=not failing)


def _status(status: str, *, healthy: bool) -> Response:
    return Response(
        orjson.dumps({"status": status}),
        200 if healthy else 503,
        {"cache-control": "no-store"},
        media_type="application/json",
    )


_ANSWERS: Final = {200: HealthData, 503: HealthData}

OPERATIONS: Final = (
    Operation("GET", "/health", health, None, _ANSWERS, has_actor=False),
    Operation("GET", "/healthz", health, None, _ANSWERS, has_actor=False),
    Operation("GET", "/readyz", readiness, None, _ANSWERS, has_actor=False),
)
