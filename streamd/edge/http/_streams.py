"""Streams of events: a response of Server-Sent Events that an outbox writes, as one writes to a socket.

It is written to the transport in bytes that all readers share, and costs neither a task per event nor one per reader. A
reader that stalls is not written to, and goes on from its position when it reads again. A stream is the last response of
its connection.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from streamd.edge.http._context import ADMISSION, connection_of, context_of
from streamd.edge.http.reading import UnchunkedWriter
from streamd.edge.socket_writer import SocketWriter
from streamd.engine.delivery import Cursor, Outbox
from streamd.service import Actor
from streamd.wire.sse import COMMENT, LAST_CHUNK, chunk, event_id, position, retry

HEADERS: Final[Mapping[str, str]] = {
    "cache-control": "no-store, no-transform",
    "connection": "close",
    "x-accel-buffering": "no",
    "x-content-type-options": "nosniff",
}
RETRY_MS: Final = 2000
_COMMENT: Final = chunk(COMMENT)

Beginning = Callable[[Outbox], Awaitable[None]]
"""Sends what comes first, and adds the cursors. What it raises is the answer instead of the stream."""


class EventStream(Response):
    """Streams what an outbox has for a client, until the client goes, the daemon stops, or `end` is called."""

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
        silent: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`first`: a block before all others. `silent`: nothing is sent that is no event, however long there is none."""
        super().__init__(headers={**HEADERS, **(headers or {}), "content-length": "0"})
        del self.headers["content-length"]
        self._connection = connection_of(request)
        self._opening: Beginning | None = opening
        self._first, self._is_silent = first, silent
        self._cursor: Cursor | None = None
        self._epoch, self._told = "", False
        self._is_open = self._ends = False
        self._when_closed: Callable[[], None] | None = None
        self._access, self._admission = context_of(request).access, request.scope[ADMISSION]
        self._access.hold(self._admission, self, lambda _: self.end())
        self.last_words = b""
        """A message for who reads to a last event, where the daemon stops before that one."""
        new_writer = UnchunkedWriter if request.scope["http_version"] == "1.0" else SocketWriter
        self.writer = new_writer(self._connection.transport, self._connection, encoding, replay_encoding)
        self.outbox = context_of(request).engine.open_outbox(self.writer, actor.flow.account)
        self.outbox.keys = actor.flow.keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Begin the stream: from then on it is the connection's, which needs no task for it."""
        del receive  # the connection notices when the client leaves
        connection = self._connection
        try:
            if scope["method"] != "HEAD" and self._opening is not None:
                if self._first:
                    self.outbox.send(chunk(self._first))
                await self._opening(self.outbox)
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
        except BaseException:
            self.close()
            raise
        self._opening, self.raw_headers = (
            None,
            [],
        )  # they hold on to the request, and the stream may be open for days
        if scope["method"] == "HEAD" or connection.transport.is_closing():
            self.close()
            await send({"type": "http.response.body", "body": b""})
            return
        connection.follow(self)
        self._is_open, self.writer.ready = True, not connection.flow.write_paused
        self.outbox.flush_soon()
        if self._ends:
            self._end_soon()

    def tell_position(self, cursor: Cursor, epoch: str, *, told: bool = False) -> None:
        """Tell the position of a cursor where no event tells it. `told`: the client knows where it begins."""
        self._cursor, self._epoch, self._told = cursor, epoch, told

    def when_closed(self, call: Callable[[], None]) -> None:
        """Call this at the end, however the stream ends."""
        self._when_closed = call

    # ── what the connection asks for ─────────────────────────────────────────────────────────────────────────────────

    def check(self, *, long_silent: bool) -> None:
        """Write a sign of life after a long silence, and a position that the client could not know so far."""
        if not self.writer.ready or self._is_silent or (self._told and not long_silent):
            return
        if self._cursor is not None and not self.outbox.behind:
            self._told = True
            self.writer.write(chunk(position(event_id(self._cursor.position, self._epoch))))
        elif long_silent:
            self.writer.write(_COMMENT)

    def end(self, retry_ms: int | None = None) -> None:
        """End the response once everything has been sent. `retry_ms`: when the client is to come back."""
        if self._ends or self.outbox.closed:
            return
        self._ends = True
        if retry_ms is not None and not self._is_silent:
            self.outbox.send(chunk(retry(retry_ms)))
        if retry_ms is not None and self.last_words:
            self.outbox.reply(self.last_words)
        if self._is_open:
            self._end_soon()

    def close(self) -> None:
        """Release everything: nothing can be sent any more."""
        self.writer.ready = False
        self._opening = self._cursor = None
        self._access.release(self._admission, self)
        if not self.outbox.closed:
            self.outbox.close()
            if self._when_closed is not None:
                self._when_closed()

    def _end_soon(self) -> None:
        # Not at once: what goes before it may be in the middle of a write.
        asyncio.get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        if self.outbox.behind and not self.outbox.closed:
            self._connection.spawn(self._end_later(), "end of a stream")
        elif not self.outbox.closed:
            self.writer.write(LAST_CHUNK)
            self.close()
            self._connection.transport.close()

    async def _end_later(self) -> None:
        await self.outbox.drained()  # or closed: who reads nothing is aborted
        self._end()


def ends_with(stream: EventStream, cursor: Cursor) -> Cursor:
    """The cursor, made to end the response after the last entry of its stream."""
    cursor.on_end = stream.end
    return cursor
