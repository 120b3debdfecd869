"""What is kept of the past, and what goes."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import attrs

from streamd.core.run import RunRecord
from streamd.ports.store._batch import Removal
from streamd.ports.store._run_store import ENDED


@attrs.frozen
class Retention:
    """What is kept of the past."""

    entries: int
    """Newest entries kept of each workspace stream."""
    oldest_ms: int
    """Entries, tombstones and ended runs before this Unix time go."""
    results_oldest_ms: int
    """Results of operations before this Unix time go, but for those of runs that have not ended."""
    now_ms: int = 0
    """Stream checkpoints that expire before this Unix time go."""
    memories: int = 100_000
    """Newest memories kept of each workspace; preferences do not count and stay."""

    def forgets(self, run: RunRecord) -> bool:
        """Whether a run has ended so long ago that it goes, with its stream."""
        return (
            run.status in ENDED
            and run.ended_ms is not None
            and max(run.started_ms, run.ended_ms) < self.oldest_ms
        )


class RetentionStore(Protocol):
    """Finds what may go, and folds what is kept aside."""

    def removals(self, retention: Retention) -> AsyncGenerator[Sequence[Removal], None]:
        """What retention no longer wants, in slices that take a few milliseconds each, at most one of each workspace.

        Commit those of a slice before the next is taken: what is not removed is found again. A stream loses its oldest
        entries, never one from the middle: those over the count, and those over the age as far as all before them go too.
        Streams of runs that have not ended are left alone; those of ended runs go with the run. Tombstones go with the
        entry that told of the removal. Checkpoints and interrupts stay, but for those of threads that nobody named: they
        go when they are over the age, the thread's last run has gone (or there never was one) and nothing waits for an
        answer.
        """

    async def age_clock(self) -> bytes | None:
        """What was saved last of the clock by which ages are measured, a JSON object; None: nothing was."""

    async def save_age_clock(self, state: bytes) -> None:
        """Save the clock by which ages are measured."""

    async def checkpoint(self) -> None:
        """Fold what the database keeps aside into its main file; called when idle and at the end."""
