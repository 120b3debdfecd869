"""Memory that agents search. What is remembered and what is forgotten is written by the journal.

Above: agents and sessions. Below: the same store as the items'. What it promises: a memory is found by any of its words,
in any order, case and form (`Pallets`, `pallet`; `café`, `CAFE`), whatever signs stand in the query; the best match comes
first, of equals the newest; nothing of one workspace is seen in another. Words that any sentence has (`the`, `what`) count
only in a query that has no others; of a long query the first few dozen words do.
"""

from collections.abc import Sequence
from typing import Protocol

from streamd.core.memory import Memory, MemoryId, Wanted


class Memories(Protocol):
    """See the module's text for what is promised. Every method may raise StoreError with words for the operator."""

    async def search(self, wanted: Wanted, query: str, limit: int = 5) -> Sequence[Memory]:
        """The best matches for the words of a query, in people's language; none when no word is in any."""

    async def latest(
        self, wanted: Wanted, limit: int = 100, *, before_ms: int | None = None
    ) -> Sequence[Memory]:
        """The newest, newest first; with `before_ms`, of those before that Unix time."""

    async def clearable(self, wanted: Wanted, limit: int) -> Sequence[MemoryId]:
        """Some of those that go when they are cleared: of an agent only its own, and not what everyone remembers."""
