"""Paces: how fast all runs together ask each model, so that whoever is told to wait lets all wait."""

import asyncio
from typing import Final

import attrs

from streamd.engine.live.run_control import RunControl
from streamd.facts import define

_LEAST_GAP_SECONDS: Final = 0.05
_MOST_GAP_SECONDS: Final = 1.0
_WIDER: Final = 1.5
_NARROWER: Final = 0.97
_MOST_WAIT_SECONDS: Final = 60.0


@define(eq=False)
class _Pace:
    """The pace of one model."""

    open_at: float = 0.0
    """Nobody asks before this time of the event loop."""
    last: float = 0.0
    """When somebody asked last."""
    gap: float = 0.0
    """Seconds between two who ask. It widens with a refusal and narrows with each answer."""
    widened: float = 0.0
    """When the gap was widened last: refusals of what was asked before say nothing about it."""
    queue: asyncio.Lock = attrs.field(factory=asyncio.Lock)

    def wait(self) -> float:
        """Return for how many seconds nobody may ask."""
        return max(self.open_at, self.last + self.gap) - asyncio.get_running_loop().time()

    def start(self) -> float:
        """Note that somebody asks now."""
        self.last = asyncio.get_running_loop().time()
        return self.last

    async def turn(self) -> float:
        """Wait for a turn, in the order of arrival."""
        async with self.queue:
            while True:
                seconds = self.wait()
                if seconds <= 0:
                    return self.start()
                await asyncio.sleep(seconds)


@define(eq=False)
class ModelPaces:
    """One pace for each model of the daemon's account."""

    _paces: dict[str, _Pace] = attrs.field(factory=dict)

    async def turn(self, model: str, control: RunControl) -> float:
        """Wait until a run may ask a model; returns when, by the event loop's clock. Raises StopAfterTurnError."""
        pace = self._of(model)
        if not pace.queue.locked() and pace.wait() <= 0:
            return pace.start()
        return await control.unless_stopped(pace.turn())

    def refused(self, model: str, asked: float, seconds: float) -> None:
        """Take in that a request was refused, and when the next one may be made.

        Args:
            model: the model.
            asked: when the request was made, as `turn` returned it.
            seconds: the time from now that the service names.

        """
        pace, now = self._of(model), asyncio.get_running_loop().time()
        pace.open_at = max(pace.open_at, now + min(seconds, _MOST_WAIT_SECONDS))
        if asked >= pace.widened:
            pace.gap = min(_MOST_GAP_SECONDS, max(_LEAST_GAP_SECONDS, pace.gap * _WIDER))
            pace.widened = now

    def answered(self, model: str) -> None:
        """Take in that a request was answered."""
        pace = self._of(model)
        pace.gap = pace.gap * _NARROWER if pace.gap > _LEAST_GAP_SECONDS / 10 else 0.0

    def _of(self, model: str) -> _Pace:
        return self._paces.setdefault(model, _Pace())
