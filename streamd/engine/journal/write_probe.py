"""A probe of the write path: through the writer's queue, and to the disk."""

import asyncio
from typing import Final

from streamd.engine.journal.ages import Ages
from streamd.engine.journal.writer import Journal
from streamd.errors import StoreError

_LASTS_SECONDS: Final = 1.0
"""A probe that went well counts for so long: to ask for health costs the disk no more than this."""


class WriteProbe:
    """Tells whether something can be written. Whoever asks while a probe is under way waits for that one."""

    def __init__(self, journal: Journal, ages: Ages) -> None:
        self._journal, self._ages = journal, ages
        self._one_at_a_time = asyncio.Lock()
        self._good_until = 0.0

    async def check(self) -> None:
        """Write a little, behind the writes that wait. Raises StoreError; DrainingError after the journal was sealed."""
        loop = asyncio.get_running_loop()
        async with self._one_at_a_time:
            if loop.time() < self._good_until and not self._journal.failing:
                return
            await self._journal.flushed()
            try:
                await self._ages.advance(saves=True)
            except StoreError:
                self._journal.failing = True
                raise
            self._journal.failing = False
            self._good_until = loop.time() + _LASTS_SECONDS
