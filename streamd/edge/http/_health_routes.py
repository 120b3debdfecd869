"""Health and metrics: whether the daemon works, whether it wants more requests, and what it counts."""

import asyncio
from typing import Final, Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from streamd.edge.http._context import context_of
from streamd.edge.metrics import CONTENT_TYPE
from streamd.errors import StreamdError

_PATIENCE_SECONDS: Final = 2.0
"""How long a little may take to be written: probes wait for some seconds at most."""

Reason = Literal["store", "slow", "draining"]
"""Why not: the store cannot be written, it takes too long, or the daemon is stopping."""


async def health(request: Request) -> Response:
    """`GET /healthz`: whether the daemon works; something is written, behind what waits."""
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
    """`GET /readyz`: whether the daemon wants more requests: not while it stops, or cannot write."""
    context = context_of(request)
    if context.listener.draining:
        return _status("ready", "draining")
    return _status("ready", "store" if context.engine.journal.failing else None)


async def metrics(request: Request) -> Response:
    """`GET /metrics`: everything that the daemon counts, for Prometheus."""
    text = context_of(request).metrics.text()
    return Response(text, 200, {"cache-control": "no-store", "content-type": CONTENT_TYPE})


def _status(well: str, reason: Reason | None) -> Response:
    told = {"status": well} if reason is None else {"status": "unavailable", "reason": reason}
    return Response(
        orjson.dumps(told),
        200 if reason is None else 503,
        {"cache-control": "no-store"} | ({} if reason is None else {"retry-after": "1"}),
        media_type="application/json",
    )


ROUTES: Final = (
    Route("/health", health),
    Route("/healthz", health),
    Route("/readyz", readiness),
    Route("/metrics", metrics),
)
