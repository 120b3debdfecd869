"""Triggers on schedules: each stores the last due time that it served."""

import asyncio
from typing import Final

import attrs
import structlog

from streamd.core.run import TriggerCause
from streamd.core.triggers.schedule import Schedule
from streamd.engine.triggers._trigger_place import TriggerPlace
from streamd.facts import define
from streamd.ports.clock import Clock

log = structlog.get_logger(__name__)

_DAY_MS: Final = 24 * 3600 * 1000


@define(eq=False)
class ScheduleTrigger:
    """Starts a run when its schedule is due, once for the latest time where it was late for several."""

    place: TriggerPlace
    schedule: Schedule
    clock: Clock
    idle: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set while it waits for the next time."""
    _next_ms: int = 0

    @property
    def is_settled(self) -> bool:
        """Whether it has nothing to do."""
        return self.idle.is_set() and self._next_ms > self.clock.now_ms()

    async def run(self) -> None:
        """Serve the schedule until cancelled. Raises what keeps it from going on just now."""
        try:
            while True:
                await self._serve()
        finally:
            self.idle.clear()

    async def _serve(self) -> None:
        now_ms, position = self.clock.now_ms(), self.place.position
        if position.due_ms > now_ms + _DAY_MS:
            # Otherwise a clock that was once far ahead would keep the trigger silent until then.
            log.warning("trigger_clock_set_back", trigger=self.place.name, workspace=self.place.workspace)
            await self.place.pass_over(attrs.evolve(position, due_ms=now_ms))
            return
        due = self.schedule.last_until(now_ms)
        if due is not None and due > position.due_ms:
            await self.place.room()
            due = (
                self.schedule.last_until(self.clock.now_ms()) or due
            )  # what came while it waited is served with it
            await self.place.start(
                attrs.evolve(position, due_ms=max(due, position.due_ms + 1)),
                TriggerCause((self.place.name,), due_ms=due),
                {"due": self.clock.text(due)},
            )
            return
        following = self.schedule.next_after(max(now_ms, position.due_ms))
        self._next_ms = now_ms + _DAY_MS if following is None else following
        self.idle.set()
        await self.clock.until(self._next_ms)
        self.idle.clear()
