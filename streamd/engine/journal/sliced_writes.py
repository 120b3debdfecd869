"""Splits writes of any size into slices, so that other writes are committed between them."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from streamd.core.memory import MemoryFilter, MemoryId
from streamd.engine.journal.writer import Journal
from streamd.engine.journal.writes import DemandRow, DemandWrite, Receipt, RunUpdates
from streamd.ports.store import Memories

_DEMAND_ROWS: Final = 2_000
_MEMORIES: Final = 200
"""Fewer than rows of demand, because their words must be removed from an index."""


async def put_demand(journal: Journal, workspace: str, rows: Sequence[DemandRow]) -> int:
    """Commit demand history; returns the number of quantities that changed.

    Raises the journal's refusal; then some rows may have been committed, and all may be put again.
    """
    latest = list({(row.item_id, row.date): row for row in rows}.values())
    changed = 0
    for first in range(0, len(latest), _DEMAND_ROWS):
        block = latest[first : first + _DEMAND_ROWS]
        await journal.room(workspace)
        outcome = await journal.submit_for_result(partial(DemandWrite, workspace, block))
        if not isinstance(outcome, Receipt):
            raise outcome
        changed += int(str(outcome.results[0]["changed"]))
    return changed


async def delete_memories(journal: Journal, memories: Memories, wanted: MemoryFilter) -> int:
    """Delete all memories that match; returns their number."""
    deleted = 0
    while found := await memories.clearable(wanted, _MEMORIES):
        await forget_memories(journal, wanted.workspace, found)
        deleted += len(found)
    return deleted


async def forget_memories(journal: Journal, workspace: str, memory_ids: Sequence[MemoryId]) -> None:
    """Delete memories by id; ids without a memory are ignored."""
    for first in range(0, len(memory_ids), _MEMORIES):
        await journal.room(workspace)
        await journal.persist(workspace, RunUpdates(forgotten=tuple(memory_ids[first : first + _MEMORIES])))
