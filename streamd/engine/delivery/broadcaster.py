"""The broadcaster: takes what was committed from the event queue, answers who wrote it, and tells who listens."""

import asyncio
from collections.abc import Mapping
from typing import Final

from streamd.core.item import Seq
from streamd.engine.delivery.hub import Hub
from streamd.engine.delivery.live_stream import LiveStream
from streamd.engine.journal import EventQueue

_LISTENERS_PER_TURN: Final = 256
"""After this many writes the event loop gets a turn, so that a thousand screens do not hold up a ping."""


class Broadcaster:
    """Encoding, framing and joining happen once per stream; what is left per listener is one write."""

    def __init__(self, events: EventQueue, hub: Hub) -> None:
        self._events = events
        self._hub = hub
        self.ended = asyncio.Event()
        """Set when everything that was committed has been told."""

    async def run(self) -> None:
        """Broadcast until the queue is closed and empty."""
        while taken := await self._events.take():
            changed: dict[LiveStream, Seq] = {}
            for batch in taken:
                for stream, entries in batch.committed.items():
                    live = self._hub.find(stream)
                    if live is not None:
                        changed.setdefault(live, live.top)
                        live.extend(entries)
                        live.ended = live.ended or stream in batch.ended
                # Answers before events: both leave in one write, and nobody who was answered finds less in a window.
                for done, outcome in batch.answers:
                    done(outcome)
            await self._flush(changed)
        self.ended.set()

    async def _flush(self, changed: Mapping[LiveStream, Seq]) -> None:
        turn = 0
        for live, before in changed.items():
            new_entries = live.new_entries(before)
            for listener in list(live.subscribers):
                listener.receive(new_entries)
                turn += 1
                if turn % _LISTENERS_PER_TURN == 0:
                    await asyncio.sleep(0)
            if live.ended:
                self._hub.close(live)
