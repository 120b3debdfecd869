"""Streams of events: a response of Server-Sent Events that an outbox writes, as one writes to a socket.

It is written to the transport in bytes that all readers share, and costs no task per event. A reader that stalls is
not written to, and goes on from its position when it reads again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from streamd.edge.http._context import connection_of, context_of
from streamd.edge.socket_writer import SocketWriter
from streamd.engine.delivery import Cursor, Outbox
from streamd.service import Actor
from streamd.wire.sse import chunk, retry

HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store, no-transform",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}
RETRY_MS: Final = 2000

Beginning = Callable[[Outbox], Awaitable[None]]
"""Sends what comes first, and adds the cursors."""


class EventStream(Response):
    """Streams what an outbox has for a client, until the client goes, the daemon stops, or `ending` is set."""

    media_type = "text/event-stream"

    def __init__(
        self,
        request: Request,
        actor: Actor,
        opening: Beginning,
        *,
        encoding: str,
        replay_encoding: str,
        first: bytes = retry(RETRY_MS),
    ) -> None:
        super().__init__(headers={**HEADERS, "content-length": "0"})
        del self.headers["content-length"]
        self._context, self._connection = context_of(request), connection_of(request)
        self._actor, self._opening, self._first = actor, opening, first
        self._encodings = encoding, replay_encoding
        self.ending = asyncio.Event()

    def end(self) -> None:
        """End the response: everything has been sent."""
        self.ending.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write the stream."""
        connection = self._connection
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        if scope["method"] == "HEAD" or connection.transport.is_closing():
            await send({"type": "http.response.body", "body": b""})
            return
        writer = SocketWriter(connection.transport, connection, *self._encodings)
        outbox = self._context.engine.open_outbox(writer, self._actor.flow.account)
        outbox.keys = self._actor.flow.keys
        connection.follow(outbox, writer, self.ending)
        writer.ready = True
        leaving = asyncio.create_task(_gone(receive, self.ending), name="reader of events")
        try:
            if self._first:
                outbox.send(chunk(self._first))
            await self._opening(outbox)
            await self.ending.wait()
            if not connection.transport.is_closing():
                async with asyncio.timeout(self._context.listener.limits.close_timeout_seconds):
                    await outbox.drained()
        except TimeoutError:
            connection.transport.abort()
        finally:
            leaving.cancel()
            outbox.close()
            connection.unfollow()
        await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive, ending: asyncio.Event) -> None:
    """Set the event when the client has gone: nothing else tells it."""
    while (await receive())["type"] != "http.disconnect":
        pass
    ending.set()


def ends_with(stream: EventStream, cursor: Cursor) -> Cursor:
    """The cursor, made to end the response after the last entry of its stream."""
    cursor.on_end = stream.end
    return cursor
