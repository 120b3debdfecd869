"""Sockets: one WebSocket connection as the place where an outbox's bytes go."""

import asyncio
from typing import TYPE_CHECKING, Any, Final

from websockets.asyncio.server import Server, ServerConnection
from websockets.protocol import State
from websockets.server import ServerProtocol

from streamd.wire.codes import CloseCode
from streamd.wire.connecting import Connecting
from streamd.wire.frames import accepts_compressed, close_frame, ping_frame

if TYPE_CHECKING:
    from streamd.edge.session import Session
    from streamd.engine.outbox import Outbox

_BUFFER_MAX: Final = 2 * 1024 * 1024
"""Bytes in the write buffer at which the connection is cut, whoever put them there: pongs to a flood of pings, say."""

_PING: Final = ping_frame()


class Socket(ServerConnection):
    """A connection of the `websockets` library that also takes frames prepared elsewhere.

    Prepared frames go straight to the transport. That is right as long as the connection is open and the library is not
    in the middle of a fragmented message; it never is, because nothing else here sends messages.
    """

    def __init__(self, protocol: ServerProtocol, server: Server, **options: Any) -> None:
        super().__init__(protocol, server, **options)
        self.heard_at = self.loop.time()
        """When the last byte came in, as the event loop counts."""
        self.told_at = self.heard_at
        """When the last heartbeat went out."""
        self.pinged_at = self.heard_at
        self.outbox: Outbox | None = None
        self.session: Session | None = None
        self.wish = Connecting()
        self.spelling = "text"
        self.written = 0
        """Bytes handed to the transport."""
        self.progress = 0
        """Of these, the bytes that had left it when `progress_at` was set."""
        self.progress_at = self.heard_at

    def choose_spelling(self) -> None:
        """Decide, once the extensions are negotiated, whether compressed frames may be written here."""
        if accepts_compressed(self.protocol.extensions):
            self.spelling = "deflate"

    # ── what an outbox needs ─────────────────────────────────────────────────────────────────────────────────────────

    def writable(self) -> bool:
        """Whether it is open and its write buffer is below the high-water mark."""
        return not self.paused and self.protocol.state is State.OPEN

    def write(self, data: bytes) -> None:
        """Hand bytes to the transport, in one system call when the kernel has room."""
        self.written += len(data)
        self.transport.write(data)

    def fail(self) -> None:
        """Cut the connection: what it should be told cannot be read."""
        self.cut(CloseCode.INTERNAL)

    # ── what the transport calls ─────────────────────────────────────────────────────────────────────────────────────

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        self.heard_at = self.loop.time()
        super().data_received(data)
        if self.transport.get_write_buffer_size() > _BUFFER_MAX:
            self.transport.abort()

    def resume_writing(self) -> None:
        """Go on where the outbox stopped."""
        super().resume_writing()
        if self.outbox is not None:
            self.outbox.flush()

    # ── endings, all of them bounded ─────────────────────────────────────────────────────────────────────────────────

    def ping(self, *_: Any) -> Any:  # the library's own waits for room, for ever if there is none
        """Send a ping, if there is room for it. The answer shows in `heard_at`."""
        if self.writable():
            self.write(_PING)

    def cut(self, code: CloseCode, reason: str = "") -> None:
        """End the connection now. The client learns the code if it still reads."""
        if self.protocol.state is State.OPEN and not self.transport.is_closing():
            self.transport.write(close_frame(code, reason or code.reason))
        self.transport.abort()

    async def leave(self, code: CloseCode, reason: str = "") -> None:
        """Close as the protocol says, but not for longer than the close timeout."""
        try:
            async with asyncio.timeout(self.close_timeout or 0):
                await self.close(code, reason or code.reason)
        except TimeoutError:
            self.transport.abort()
