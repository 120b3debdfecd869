"""HTTP connections: requests one after the other, or a stream of events on the way to the transport.

A stream that is not read is waited for like a socket. One sweeper looks after all of that.
"""

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

import structlog
from starlette.types import Scope
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
from uvicorn.server import ServerState

from streamd.edge.http.reading import RequestReader
from streamd.edge.liveness import StallWatch, later
from streamd.edge.transports import break_cycles
from streamd.wire.codes import CloseCode

if TYPE_CHECKING:
    from streamd.edge.http._streams import EventStream
    from streamd.edge.http.listener import HttpListener

log = structlog.get_logger(__name__)


class HttpConnection(RequestReader):
    """One connection: requests one after the other, a stream of events, or a WebSocket that is handed over."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        loop: asyncio.AbstractEventLoop,
        listener: "HttpListener",
    ) -> None:
        super().__init__(config, server_state, app_state, loop, listener)
        self._running: RequestResponseCycle | None = None
        """Of the request that is answered."""
        self._stream: EventStream | None = None
        self._waiting: asyncio.Event | None = None
        """That of an answer that waits for something, set when nobody should wait any more."""
        self._written = 0
        self._written_at = 0.0
        self._stall: Final = StallWatch(loop.time())

    @property
    def is_slow(self) -> bool:
        """Whether its stream is not written to until the client has read."""
        return self._stream is not None and not self._stream.writer.ready

    def has_long_rest(self, scope: Scope) -> bool:
        """Whether more of the body of this request may still come than is dropped behind an answer."""
        if self.cycle.scope is not scope or not self.cycle.more_body:
            return False
        length = dict(scope["headers"]).get(b"content-length", b"")
        return not length.isdigit() or int(length) > self._listener.limits.max_message_bytes

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def follow(self, stream: "EventStream") -> None:
        """Have a stream as the rest of the connection: the task of its request ends, and nothing of the request is kept."""
        cycle = self._running
        assert cycle is not None
        cycle.response_complete = True  # for uvicorn: the stream writes what else there is
        self._stream, self._since, self._is_deaf = stream, None, True
        self.count_as("events")
        self._written_at = self._stall.progress_at = self.loop.time()
        self.pipeline.clear()
        self.flow.resume_reading()  # to notice when the client leaves
        self.headers, self.cycle, self._running = [], cycle, None
        self.scope = cycle.scope = {}  # type: ignore[typeddict-item]  # nobody asks for it any more

    def wait_with(self, over: asyncio.Event | None) -> None:
        """Set this event when the client is gone or the daemon stops; None: no more."""
        self._waiting = over

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Run what belongs to the connection; the server waits for it at a shutdown."""
        task = self.loop.create_task(work, name=name)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def pause_writing(self) -> None:
        """Pause the stream: the write buffer is above its high-water mark."""
        super().pause_writing()
        if self._stream is not None:
            self._stream.writer.ready = False

    def resume_writing(self) -> None:
        """Resume the stream where it stopped."""
        super().resume_writing()
        stream = self._stream
        if stream is not None and not stream.outbox.closed:
            stream.writer.ready = True
            stream.outbox.flush_in_turn()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the writer: the file descriptor may be reused for another connection at once."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None
        self._wait_no_more()
        super().connection_lost(exc)
        self._listener.connection_lost()
        break_cycles(self.transport)

    # ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def end(self, retry_ms: int) -> None:
        """End in good order: a stream once it is sent, whose client comes back then; others after their answer."""
        if self._stream is not None:
            self._stream.end(retry_ms)
        else:
            self._wait_no_more()
            self.shutdown()

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.set()

    def abort(self, code: CloseCode) -> None:
        """Close the connection at once. HTTP has no codes: the log has this one."""
        if code is not CloseCode.RESTART:
            self._listener.connections.dropped["stalled"] += 1
            log.info("connection_dropped", protocol="http", code=int(code))
        self.transport.abort()

    def give_time(self, now: float, late: float) -> None:
        """Forgive the time in which the daemon stood still."""
        limits = self._listener.limits
        self._stall.progress_at = later(self._stall.progress_at, now, late, limits.stall_timeout_seconds)
        if self._since is not None:
            self._since = later(self._since, now, late, self.longest)

    def check(self, now: float) -> None:
        """Abort a connection that is too slow, and have a silent stream give a sign of life. Called every second."""
        self.check_time(now)
        stream = self._stream
        if stream is None:
            return
        writer = stream.writer
        stuck = self._stall.seconds(writer, now)
        if stuck is not None and stuck > self._listener.limits.stall_timeout_seconds:
            self.abort(CloseCode.NO_PROGRESS)
            return
        if writer.written != self._written:
            self._written, self._written_at = writer.written, now
        stream.check(long_silent=now - self._written_at >= self._listener.options.comment_seconds)
