"""The responses of a run as a whole, for who waits for its end."""

import asyncio
from collections.abc import Sequence

from starlette.requests import Request

from streamd.core.item import START
from streamd.edge.http._context import actor_of, context_of
from streamd.edge.http.encoders import JSON_LINES
from streamd.engine.delivery import Cursor
from streamd.errors import StoreError
from streamd.service import RunHandle


class _Collector:
    """A sink that keeps what it is given: the responses of a run, encoded as JSON."""

    encoding = replay_encoding = JSON_LINES
    ready = True

    def __init__(self, over: asyncio.Event) -> None:
        self.bodies: list[bytes] = []
        self.has_failed = False
        self._over = over

    def write(self, data: bytes) -> None:
        """Keep bytes."""
        self.bodies.append(data)

    def fail(self) -> None:
        """Give up."""
        self.has_failed = True
        self._over.set()


async def responses_of(request: Request, run: RunHandle) -> Sequence[bytes]:
    """Wait for the end of a run; all its responses as JSON. Where the client goes before that, the run goes on.

    Raises StoreError where the responses cannot be read; ClientDisconnect.
    """
    ended = asyncio.Event()
    collector = _Collector(ended)
    actor = actor_of(request)
    outbox = context_of(request).engine.open_outbox(collector, actor.flow.account)
    cursor = Cursor(run.stream, START)
    cursor.on_end = ended.set
    try:
        outbox.add(cursor)
        leaving = asyncio.create_task(_gone(request, ended), name="waits for a run")
        await ended.wait()
    finally:
        leaving.cancel()
        outbox.close()
    if collector.has_failed:
        raise StoreError("the responses of the run cannot be read")
    return b"".join(collector.bodies).splitlines()


async def _gone(request: Request, over: asyncio.Event) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
    over.set()
