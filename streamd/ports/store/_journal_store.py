"""The part of the store that holds the journal: streams of entries, and results of operations."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import attrs

from streamd.core.item import Seq
from streamd.core.position import Span, StreamName
from streamd.errors import StoreError
from streamd.ports.store._batch import Batch, OpKey


@attrs.frozen
class Entry:
    """An entry as it is read back."""

    seq: Seq
    body: bytes
    """JSON object without its position; empty where it cannot be read."""
    event_type: str = ""
    item_type: str = ""
    before: bytes | None = None
    """As it was committed; None also where it was not asked for."""


@attrs.frozen
class FollowedBatch:
    """What another daemon committed, as far as anybody may want to hear it."""

    entries: Mapping[StreamName, Sequence[Entry]]
    """Ascending in each stream."""
    ended: Collection[StreamName] = ()
    """Streams on which nothing follows."""


class JournalStore(Protocol):
    """Streams and their entries; what is committed, and what others commit."""

    @property
    def epoch(self) -> str:
        """Random text made with the journal."""

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        """Make batches durable, no two of one workspace; says of each why it is not, with None where it is.

        A batch that was decided on state which has moved has a StaleError. Raises StoreError when none could be written.
        """

    def follow(self) -> AbstractAsyncContextManager[AsyncIterator[FollowedBatch]]:
        """Hear what other daemons commit, from when the block is entered until it is left, and nothing of one's own.

        What is on one stream comes in the order of its positions, each once. Where something was missed on the way, the
        positions of what follows tell. A store that only one daemon can have open has nothing to tell.
        """

    async def span(self, stream: StreamName) -> Span:
        """What of a stream is there. A stream nobody wrote to has oldest 1 and top 0."""

    async def entries(
        self, stream: StreamName, after: Seq, limit: int, *, with_before: bool = False
    ) -> Sequence[Entry]:
        """Up to `limit` entries following a position, ascending. Those trimmed meanwhile are left out."""

    async def results(self, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
        """The results of operations; those that are not kept are left out."""
