"""The part of the store that holds the journal: streams of entries, and results of operations."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, Protocol

from streamd.core.item import Seq
from streamd.core.position import Span, StreamName
from streamd.errors import StoreError
from streamd.facts import frozen
from streamd.ports.store._batch import Batch, OpKey

MOST_ENTRY_BYTES: Final = 1024 * 1024
"""Bodies that are read at once, about; of these entries and of what was before them."""


@frozen
class Entry:
    """An entry as it is read back."""

    seq: Seq
    body: bytes
    """JSON object without its position; empty where it cannot be read."""
    event_type: str = ""
    item_type: str = ""
    before: bytes | None = None
    """As it was committed; None also where it was not asked for."""


@frozen
class FollowedBatch:
    """A commit of another daemon, as far as it concerns subscribers."""

    entries: Mapping[StreamName, Sequence[Entry]]
    """By stream, ascending."""
    ended: Collection[StreamName] = ()
    """Streams that have ended."""


class JournalStore(Protocol):
    """Streams and their entries; own commits, and those of other daemons."""

    @property
    def epoch(self) -> str:
        """Random text, made with the journal."""

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        """Make batches durable, no two of one workspace; returns the error of each, None for success.

        A batch that was decided on outdated state has a StaleError. Raises StoreError when none could be written.
        """

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[FollowedBatch]]:
        """Receive what other daemons commit while the block lasts; own commits are not received.

        Entries of a stream arrive in the order of their positions, each once; a gap in the positions shows that entries were
        missed. A store that only one daemon can open yields nothing.
        """

    async def span(self, stream: StreamName) -> Span:
        """Read the first and last position of a stream. A stream without entries has oldest 1 and top 0."""

    async def entries(
        self, stream: StreamName, after: Seq, limit: int, *, with_before: bool = False
    ) -> Sequence[Entry]:
        """Read up to `limit` entries after a position, ascending: fewer where they are long, but at least one.

        Entries removed meanwhile are left out.
        """

    async def results(self, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
        """Read the results of operations; those that were removed are left out."""
