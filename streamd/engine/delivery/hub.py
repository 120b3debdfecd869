"""The hub: the streams that have subscribers."""

from collections import OrderedDict
from typing import Final

from streamd.core.position import StreamName
from streamd.engine.delivery.live_stream import LiveStream, WindowRoom
from streamd.ports.encoder import Encoders
from streamd.ports.store import JournalStore

_MAX_IDLE_STREAMS: Final = 64
"""Streams without subscribers whose newest entries stay in memory, for clients that reconnect in a moment."""


_MAX_IDLE_BYTES: Final = 16 * 1024 * 1024
"""Limit of what they take."""


class Hub:
    """Opens streams on first interest and evicts the longest idle ones."""

    def __init__(
        self,
        store: JournalStore,
        encoders: Encoders,
        *,
        window_entries: int,
        window_bytes: int,
        windows_memory: int,
    ) -> None:
        self._store = store
        self._encoders = encoders
        self._window_entries = window_entries
        self._window_bytes = window_bytes
        self._room = WindowRoom(windows_memory)
        self._streams: OrderedDict[StreamName, LiveStream] = OrderedDict()
        self._idle_before: set[LiveStream] = set()

    async def open(self, name: StreamName) -> LiveStream:
        """The live stream of that name, with its top known."""
        live = self._streams.get(name)
        if live is not None and live.known:
            return live
        if live is None:
            # In the table before the store is queried: what is committed from now on is appended to it, and what was
            # committed before is in the answer.
            live = self.create(name)
            live.known = False
        live.openers += 1  # until then it is not evicted
        try:
            live.start_at((await self._store.span(name)).top)
            live.known = True
        finally:
            live.openers -= 1
        return live

    def create(self, name: StreamName) -> LiveStream:
        """Create the live stream of a stream without entries."""
        live = LiveStream(
            name,
            self._encoders,
            window_entries=self._window_entries,
            window_bytes=self._window_bytes,
            room=self._room,
        )
        self._streams[name] = live
        self._evict_idle()
        return live

    def find(self, name: StreamName) -> LiveStream | None:
        """The live stream of that name, if it is open."""
        return self._streams.get(name)

    def close(self, live: LiveStream) -> None:
        """Evict a stream that has no subscribers any more."""
        if not live.subscribers and self._streams.get(live.name) is live:
            self._evict(live)

    def forget_idle(self) -> None:
        """Evict the streams that have been idle since the last call."""
        idle = self._idle()
        for live in idle:
            if live in self._idle_before:
                self._evict(live)
        self._idle_before = {live for live in idle if self._streams.get(live.name) is live}

    def _idle(self) -> list[LiveStream]:
        return [
            live
            for live in self._streams.values()
            if not live.subscribers and not live.openers and (live.ended or live.kind != "run")
        ]

    def _evict_idle(self) -> None:
        idle = self._idle()
        size = sum(live.window.memory for live in idle)
        for index, live in enumerate(idle):
            if len(idle) - index <= _MAX_IDLE_STREAMS and size <= _MAX_IDLE_BYTES:
                break
            size -= live.window.memory
            self._evict(live)

    def _evict(self, live: LiveStream) -> None:
        del self._streams[live.name]
        live.evicted()
