"""Ages of what is stored, by a clock that cannot jump."""

import asyncio
from typing import Final

import attrs

from streamd.core.age_clock import AgeClock
from streamd.core.json import json_codec
from streamd.facts import define
from streamd.ports.clock import Clock
from streamd.ports.store import RetentionStore

_SAVE_EVERY_MS: Final = 600_000


@define
class Ages:
    """The age clock of a store, advanced by the time that passes."""

    clock: Clock
    _store: RetentionStore
    _period_ms: int
    _state: AgeClock = attrs.field(init=False)
    _read_at: float = attrs.field(init=False)
    """When the state was advanced last, by the event loop's clock."""
    _saved_ms: int = 0

    async def load(self) -> None:
        """Continue where the store was left; a new store starts at the time of day."""
        saved = await self._store.age_clock()
        self._read_at = asyncio.get_running_loop().time()
        if saved is None:
            self._state = AgeClock.started_at(self.clock.now_ms())
        else:
            self._state = json_codec.decode(AgeClock, saved)
            self._saved_ms = self._state.reached_ms

    @property
    def reached_ms(self) -> int:
        """Unix time as the age clock has it. It never jumps."""
        return self._state.reached_ms + self._passed_ms()

    @property
    def now_ms(self) -> int:
        """Unix time up to which something may have expired: no more than the time of day, and no more than has passed."""
        return min(self.clock.now_ms(), self.reached_ms)

    @property
    def stamp_ms(self) -> int:
        """Unix time for what is to be kept for a while from now on, though the time of day may have jumped back."""
        return max(self.clock.now_ms(), self.reached_ms)

    async def advance(self, *, saves: bool = False) -> None:
        """Compare the clock with the time of day, and save it now and then, or at once; called periodically."""
        passed_ms = self._passed_ms()
        self._read_at += passed_ms / 1000
        self._state = self._state.after(passed_ms, self.clock.now_ms(), self._period_ms)
        if saves or not 0 <= self._state.reached_ms - self._saved_ms < _SAVE_EVERY_MS:
            await self._store.save_age_clock(json_codec.encode(self._state))
            self._saved_ms = self._state.reached_ms

    def _passed_ms(self) -> int:
        return int((asyncio.get_running_loop().time() - self._read_at) * 1000)
