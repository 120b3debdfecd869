"""A stream of a store, read whole."""

from streamd.core.item import Seq
from streamd.core.position import StreamName
from streamd.ports.store import Entry, Store

_AT_ONCE = 100_000


async def all_entries(store: Store, stream: StreamName, after: int = 0) -> list[Entry]:
    """All entries after a position; a read gives fewer than it may where they are long."""
    found: list[Entry] = []
    while block := await store.entries(stream, Seq(found[-1].seq if found else after), _AT_ONCE):
        found += block
    return found
