"""Writes that may be of any size, a slice at a time: between two of them others have their turn."""

from collections.abc import Sequence
from typing import Final

from streamd.core.memory import MemoryFilter, MemoryId
from streamd.engine.journal.writer import Journal
from streamd.engine.journal.writes import DemandRow, DemandWrite, Receipt, RunUpdates
from streamd.ports.store import Memories

_DEMAND_ROWS: Final = 2_000
_MEMORIES: Final = 200
"""Their words have to be taken out of an index."""


async def put_demand(journal: Journal, workspace: str, rows: Sequence[DemandRow]) -> int:
    """Commit demand history; returns how many quantities differ from what was known.

    Raises what the journal refuses with; then some may have been committed, and all may be put again.
    """
    latest = list({(row.item_id, row.date): row for row in rows}.values())
    changed = 0
    for first in range(0, len(latest), _DEMAND_ROWS):
        block = latest[first : first + _DEMAND_ROWS]
        await journal.room()
        outcome = await journal.submit_for_result(
            lambda done, block=block: DemandWrite(workspace, block, done)  # type: ignore[misc]
        )
        if not isinstance(outcome, Receipt):
            raise outcome
        changed += int(str(outcome.results[0]["changed"]))
    return changed


async def delete_memories(journal: Journal, memories: Memories, wanted: MemoryFilter) -> int:
    """Forget all that are wanted; returns how many there were."""
    gone = 0
    while found := await memories.clearable(wanted, _MEMORIES):
        await forget_memories(journal, wanted.workspace, found)
        gone += len(found)
    return gone


async def forget_memories(journal: Journal, workspace: str, memory_ids: Sequence[MemoryId]) -> None:
    """Forget some, if they are there."""
    for first in range(0, len(memory_ids), _MEMORIES):
        await journal.room()
        await journal.persist(workspace, RunUpdates(forgotten=tuple(memory_ids[first : first + _MEMORIES])))
