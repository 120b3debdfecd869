"""Health and metrics: whether the daemon works, whether it wants more requests, and what it counts."""

import asyncio
from typing import Final, Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response

from streamd.edge.http._context import admitted, context_of
from streamd.edge.http._operations import Operation
from streamd.edge.http._reply_data import HealthData
from streamd.edge.metrics import CONTENT_TYPE
from streamd.errors import ForbiddenError, StreamdError
from streamd.wire.messages.connection_params import DEFAULT_WORKSPACE

_PATIENCE_SECONDS: Final = 2.0
"""How long a little may take to be written: probes wait for some seconds at most."""

Reason = Literal["store", "slow", "draining"]
"""Why not: the store cannot be written, it takes too long, or the daemon is stopping."""


async def health(request: Request) -> Response:
    """Whether the daemon works; something is written, behind what waits."""
    context = context_of(request)
    reason: Reason | None = None
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await context.engine.write_probe.check()
    except TimeoutError:
        reason = "slow"
    except StreamdError:
        reason = None if context.listener.draining else "store"  # once it drains, the journal is sealed
    return _status("ok", reason)


async def readiness(request: Request) -> Response:
    """Whether the daemon wants more requests: not while it stops, or cannot write."""
    context = context_of(request)
    if context.listener.draining:
        return _status("ready", "draining")
    return _status("ready", "store" if context.engine.journal.failing else None)


async def metrics(request: Request) -> Response:
    """Everything that the daemon counts, for Prometheus."""
    context = context_of(request)
    if not (await admitted(request)).principal.may("admin", DEFAULT_WORKSPACE):
        raise ForbiddenError("metrics are for an admin of all workspaces, or of the default one")
    text = context.metrics.text()
    return Response(text, 200, {"cache-control": "no-store", "content-type": CONTENT_TYPE})


def _status(well: str, reason: Reason | None) -> Response:
    told = {"status": well} if reason is None else {"status": "unavailable", "reason": reason}
    return Response(
        orjson.dumps(told),
        200 if reason is None else 503,
        {"cache-control": "no-store"} | ({} if reason is None else {"retry-after": "1"}),
        media_type="application/json",
    )


_ANSWERS: Final = {200: HealthData, 503: HealthData}

OPERATIONS: Final = (
    Operation("GET", "/health", health, None, _ANSWERS, has_actor=False),
    Operation("GET", "/healthz", health, None, _ANSWERS, has_actor=False),
    Operation("GET", "/readyz", readiness, None, _ANSWERS, has_actor=False),
    Operation("GET", "/metrics", metrics, None, {200: "text/plain"}, has_actor=False),
)
