"""Batches as rows, made before the transaction: all other writes wait for that, and it has little more to do than to write."""

from collections.abc import Mapping, Sequence

from streamd.core.item import Item
from streamd.core.position import StreamName, workspace_of
from streamd.errors import StoreError
from streamd.facts import define
from streamd.ports.store import Batch
from streamd.stores.sqlite._item_words import IndexRow, index_row
from streamd.stores.sqlite.packing import ItemRow, item_row


@define
class PreparedRows:
    """The rows of several batches that are written with the statements of one, which cost little more than for one."""

    batches: Sequence[Batch]
    spans: Mapping[StreamName, tuple[int, int]]
    """The first and the last new position of each stream."""
    entries: Sequence[tuple[StreamName, tuple[str | int, ...]]]
    """The stream of each, and its row of `add_entries` after the stream's id."""
    changed_items: list[ItemRow]
    """Rows of `change_items`."""
    other_items: list[ItemRow]
    """Rows of `put_items`."""
    words: Sequence[IndexRow]
    size: int
    """Bytes of the texts of all."""


def prepare(batches: Sequence[Batch]) -> PreparedRows:
    """Prepare batches: a pure computation, for any thread. Raises StoreError when one of them is to be refused."""
    spans: dict[StreamName, tuple[int, int]] = {}
    entries: list[tuple[StreamName, tuple[str | int, ...]]] = []
    changed: list[ItemRow] = []
    others: list[ItemRow] = []
    words: list[IndexRow] = []
    size = 0
    for batch in batches:
        for entry in batch.entries:
            stream, seq = entry.stream, entry.seq
            first, last = spans.get(stream) or _new_span(batch, stream, seq)
            if seq != last + 1:
                raise StoreError(f"{stream}: entry {seq} does not follow {last}")
            spans[stream] = (first, seq)
            before = "" if entry.before is None else entry.before.decode()
            body = entry.body.decode()
            size += len(body) + len(before)
            entries.append((stream, (seq, entry.at_ms, entry.event_type, entry.item_type, body, before)))
        workspace, same_words = batch.workspace, batch.same_words
        for item in batch.items.values():
            is_new = isinstance(item, Item) and item.version == item.added and not item.born
            row = item_row(workspace, item, is_new=is_new)
            size += len(row[-1])
            (changed if isinstance(item, Item) and item.version > item.added else others).append(row)
            if item.id not in same_words:
                words.append(index_row(workspace, item, is_new=is_new))
    return PreparedRows(batches, spans, entries, changed, others, words, size)


def _new_span(batch: Batch, stream: StreamName, seq: int) -> tuple[int, int]:
    """The span of a stream of which nothing is written yet."""
    if workspace_of(stream) != batch.workspace:
        raise StoreError(f"{stream} is not a stream of workspace {batch.workspace}")
    return seq, seq - 1
