"""Retention: limits of age and number, and the removal of what exceeds them."""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from streamd.core.item import Seq
from streamd.core.run import RunRecord
from streamd.facts import frozen
from streamd.ports.store._batch import Removal
from streamd.ports.store._run_store import ENDED


@frozen
class Retention:
    """Limits of age and number."""

    entries: int
    """Number of newest entries to keep of each workspace stream."""
    oldest_ms: int
    """Entries, tombstones and ended runs before this Unix time are removed."""
    results_oldest_ms: int
    """Results of operations before this Unix time are removed, except those of runs that have not ended."""
    now_ms: int = 0
    """Stream checkpoints that expire before this Unix time are removed."""
    memories: int = 100_000
    """Number of newest memories to keep of each workspace; preferences are kept and do not count."""
    checkpoints: int = 100
    """Number of newest checkpoints to keep of each thread."""
    usage_day: str = ""
    """The first day whose usage of language models is kept, `YYYY-MM-DD`; empty: all are."""

    def forgets(self, run: RunRecord) -> bool:
        """Whether a run has ended so long ago that it is removed with its stream."""
        return (
            run.status in ENDED
            and run.ended_ms is not None
            and max(run.started_ms, run.ended_ms) < self.oldest_ms
        )


class RetentionStore(Protocol):
    """Finds what exceeds the limits, and maintains the database."""

    def removals(self, retention: Retention) -> AsyncGenerator[Sequence[Removal], None]:
        """Find what exceeds the limits, in slices of at most one removal a workspace, each a few milliseconds of work.

        Commit a slice before the next one is requested: what was not removed is found again. A stream loses its oldest
        entries, never one from the middle: those over the number, and those over the age if all before them are removed too.
        Streams of runs that have not ended are kept; those of ended runs are removed with the run. Tombstones are removed
        with the entry of the removal. A thread loses the checkpoints over the number. Its other ones and its interrupts are
        kept, except those of unnamed threads: they are removed when they are over the age, the thread's last run was
        removed (or there was none) and no interrupt is pending. A title is removed when nothing else of its thread is left.
        """

    async def author_removal(
        self, workspace: str, user_id: str, scope: str, after: Seq, upto: Seq
    ) -> Removal:
        """Find the events of a user from after a position up to another one, and the results in the scope of their edits."""

    async def age_clock(self) -> bytes | None:
        """Read the saved state of the clock that measures ages, a JSON object; None when none was saved."""

    async def save_age_clock(self, state: bytes) -> None:
        """Save the state of the clock that measures ages."""

    async def give_back(self) -> bool:
        """Give a part of much unused space in the file back to the system; returns whether there is more to give.

        A part takes a few milliseconds. Some unused space is left for what comes next.
        """

    async def forget_cached(self) -> None:
        """Give memory back that only saves reading again; called now and then."""

    async def checkpoint(self) -> None:
        """Move the write-ahead log into the main file; called when idle and at the end."""
