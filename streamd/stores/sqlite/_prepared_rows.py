"""Batches as rows, made before the transaction: all other writes wait for that, and it has little more to do than to write."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.item import Item
from streamd.core.position import StreamName, workspace_of
from streamd.errors import StoreError
from streamd.ports.store import Batch
from streamd.stores.sqlite._item_words import IndexRow, index_rows
from streamd.stores.sqlite.packing import Pieces, item_row


@attrs.define
class PreparedRows:
    """The rows of several batches that are written with the statements of one, which cost little more than for one."""

    batches: Sequence[Batch]
    spans: Mapping[StreamName, tuple[int, int]]
    """The first and the last new position of each stream."""
    entries: Sequence[list[object]]
    """Rows of `add_entries`, with the name of the stream in place of its id."""
    entry_bytes: bytes
    changed_items: list[tuple[object, ...]]
    """Rows of `change_items`."""
    other_items: list[tuple[object, ...]]
    """Rows of `put_items`."""
    item_bytes: bytes
    words: Sequence[IndexRow]


def prepare(batches: Sequence[Batch]) -> PreparedRows:
    """Prepare batches: a pure computation, for any thread. Raises StoreError when one of them is to be refused."""
    spans = _spans(batches)
    entry_pieces, item_pieces = Pieces(), Pieces()
    entries: list[list[object]] = [
        [
            entry.stream, entry.seq, entry.at_ms, entry.event_type, entry.item_type,
            *entry_pieces.add(entry.body), *entry_pieces.add(entry.before),
        ]
        for batch in batches
        for entry in batch.entries
    ]  # fmt: skip
    changed: list[tuple[object, ...]] = []
    others: list[tuple[object, ...]] = []
    for batch in batches:
        for item in batch.items.values():
            is_changed = isinstance(item, Item) and item.version > item.added
            (changed if is_changed else others).append(item_row(batch.workspace, item, item_pieces))
    words = index_rows(batches) if changed or others else ()
    return PreparedRows(
        batches, spans, entries, entry_pieces.joined(), changed, others, item_pieces.joined(), words
    )


def _spans(batches: Sequence[Batch]) -> Mapping[StreamName, tuple[int, int]]:
    spans: dict[StreamName, tuple[int, int]] = {}
    for batch in batches:
        for entry in batch.entries:
            stream, seq = entry.stream, entry.seq
            span = spans.get(stream)
            if span is None:
                if workspace_of(stream) != batch.workspace:
                    raise StoreError(f"{stream} is not a stream of workspace {batch.workspace}")
                span = (seq, seq - 1)
            first, last = span
            if seq != last + 1:
                raise StoreError(f"{stream}: entry {seq} does not follow {last}")
            spans[stream] = (first, seq)
    return spans
