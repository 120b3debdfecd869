"""The broadcaster: takes committed batches from the event queue, answers their writers and notifies subscribers."""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from streamd.core.item import Seq
from streamd.engine.delivery.hub import Hub
from streamd.engine.delivery.live_stream import LiveStream
from streamd.engine.journal import EventQueue
from streamd.long_work import Slices
from streamd.ports.metrics import Metrics

log = structlog.get_logger(__name__)

_WRITES_PER_TURN: Final = 256
"""After this many writes the event loop gets a turn, so that a thousand screens do not hold up a ping."""


class Broadcaster:
    """Delivers committed entries: encoded, framed and joined once per stream, then one write per subscriber."""

    def __init__(self, events: EventQueue, hub: Hub, metrics: Metrics) -> None:
        self._events = events
        self._hub = hub
        self._metrics = metrics
        self.ended = asyncio.Event()
        """Set when every committed entry has been delivered."""

    async def run(self) -> None:
        """Broadcast until the queue is closed and empty."""
        while await self._take():
            pass
        self.ended.set()

    async def _take(self) -> bool:
        """Broadcast what is queued, once there is something; False when there never will be."""
        taken = await self._events.take()
        begun = asyncio.get_running_loop().time()
        if taken:
            changed: dict[LiveStream, Seq] = {}
            for batch in taken:
                for stream, entries in batch.committed.items():
                    live = self._hub.find(stream)
                    if live is not None:
                        changed.setdefault(live, live.top)
                        live.extend(entries)
                        live.ended = live.ended or stream in batch.ended
                # Answers before events: both leave in one write, and the windows already hold what is answered.
                for done, outcome in batch.answers:
                    try:
                        done(outcome)
                    except Exception:
                        # One answer that cannot be given must not end the daemon, and with it all others.
                        log.exception("answer_failed", outcome=type(outcome).__name__)
            await self._flush(changed)
            if changed:
                self._metrics.fan_outs.observe(asyncio.get_running_loop().time() - begun)
        return bool(taken)

    async def _flush(self, changed: Mapping[LiveStream, Seq]) -> None:
        room, slices = _WRITES_PER_TURN, Slices()
        for live, before in changed.items():
            new_entries = live.new_entries(before)
            left = list(live.subscribers)
            while left:
                subscribers, left = left[:room], left[room:]
                for subscriber in subscribers:
                    subscriber.receive(new_entries)
                    if new_entries.has_filtered:
                        new_entries.has_filtered = False
                        await slices.rest()
                room -= len(subscribers)
                if not room:
                    room = _WRITES_PER_TURN
                    await asyncio.sleep(0)
            if live.ended:
                self._hub.close(live)
