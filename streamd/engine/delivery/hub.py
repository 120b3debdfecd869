"""The hub: the streams that somebody listens to."""

from collections import OrderedDict
from typing import Final

from streamd.core.position import StreamName
from streamd.engine.delivery.live_stream import LiveStream
from streamd.ports.encoder import Encoders
from streamd.ports.store import JournalStore

_MAX_IDLE_STREAMS: Final = 64
"""Streams without listeners whose newest entries stay in memory, for those who come back in a moment."""


_MAX_IDLE_BYTES: Final = 16 * 1024 * 1024
"""And the size of their bodies."""


class Hub:
    """Opens streams on first interest and lets the idlest go."""

    def __init__(
        self,
        store: JournalStore,
        encoders: Encoders,
        *,
        window_entries: int,
        window_bytes: int,
    ) -> None:
        self._store = store
        self._encoders = encoders
        self._window_entries = window_entries
        self._window_bytes = window_bytes
        self._streams: OrderedDict[StreamName, LiveStream] = OrderedDict()

    async def open(self, name: StreamName) -> LiveStream:
        """The live stream of that name, with its top known."""
        live = self._streams.get(name)
        if live is not None and live.known:
            return live
        if live is None:
            # In the table before the store is asked: what is committed from now on is appended to it, and what was
            # committed before is in the answer.
            live = self.begin(name)
            live.known = False
        live.openers += 1  # for so long it is not let go
        try:
            live.start_at((await self._store.span(name)).top)
            live.known = True
        finally:
            live.openers -= 1
        return live

    def begin(self, name: StreamName) -> LiveStream:
        """The live stream of that name, which nobody has written to yet."""
        live = LiveStream(
            name, self._encoders, window_entries=self._window_entries, window_bytes=self._window_bytes
        )
        self._streams[name] = live
        self._let_idle_go()
        return live

    def find(self, name: StreamName) -> LiveStream | None:
        """The live stream of that name, if anybody listens to it."""
        return self._streams.get(name)

    def close(self, live: LiveStream) -> None:
        """Let a stream go if nobody listens to it any more."""
        if not live.subscribers and self._streams.get(live.name) is live:
            del self._streams[live.name]

    def _let_idle_go(self) -> None:
        idle = [
            live
            for live in self._streams.values()
            if not live.subscribers and not live.openers and (live.ended or live.kind != "run")
        ]
        held = sum(live.window.bytes for live in idle)
        for index, live in enumerate(idle):
            if len(idle) - index <= _MAX_IDLE_STREAMS and held <= _MAX_IDLE_BYTES:
                break
            held -= live.window.bytes
            del self._streams[live.name]
