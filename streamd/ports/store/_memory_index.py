"""Memories that agents search. The journal writes and deletes them, in one transaction with the run's responses.

Above: agents and sessions. Below: the store of the items. Guarantees: a memory matches by any of its words, in any order,
case and inflection (`Pallets`, `pallet`; `café`, `CAFE`), whatever punctuation a query has; the best match comes first,
of equal ones the newest; workspaces are isolated. Stop words (`the`, `what`) count only in a query that has no others; of
a long query only the first few dozen words count.
"""

from collections.abc import Sequence
from typing import Protocol

from streamd.core.memory import Memory, MemoryFilter, MemoryId


class Memories(Protocol):
    """Searches memories; guarantees in the module's docstring. Every method may raise StoreError, for the operator."""

    async def search(
        self, wanted: MemoryFilter, query: str, limit: int = 5, *, most_bytes: int | None = None
    ) -> Sequence[Memory]:
        """Search memories by the words of a query in natural language, best match first.

        With `most_bytes` it may end with the memory that reaches so many bytes, as `latest` may.
        """

    async def latest(
        self,
        wanted: MemoryFilter,
        limit: int = 100,
        *,
        before_ms: int | None = None,
        before: MemoryId | None = None,
        most_bytes: int | None = None,
    ) -> Sequence[Memory]:
        """List memories, newest first: with `before_ms` those before that Unix time, with `before` those after it in the list.

        With `most_bytes` it may end with the memory that reaches so many bytes.
        """

    async def clearable(self, wanted: MemoryFilter, limit: int) -> Sequence[MemoryId]:
        """Ids of memories to delete, at most `limit`. A filter by agent matches its own ones only, not the shared ones."""
