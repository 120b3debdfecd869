"""The full-text index of items: kept exact by each commit, and made for older databases when somebody searches."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import orjson

from streamd.core.item import Item, Seq, Tombstone
from streamd.core.lists.item_words import has_words, text_of
from streamd.core.position import workspace_stream
from streamd.ports.store import VisitItems
from streamd.stores._search_words import every_beginning
from streamd.stores.sqlite._damage import DamagedRows
from streamd.stores.sqlite._readers import ReadSteps
from streamd.stores.sqlite._reads import MOST_ROWS, item_blocks, items_added, page, span
from streamd.stores.sqlite._statements import WORDS
from streamd.stores.sqlite.connection import transaction
from streamd.stores.sqlite.packing import json_text

_SLICE: Final = 500
"""Items whose words are added to the index in one transaction: commits wait for it."""

_SLICE_CHARS: Final = 500_000
"""Text that one statement indexes."""

IndexRow = tuple[str, str, Seq | None, str | None, bool]
"""Workspace, id, and of an item that is there: `added`, its words, and whether it is new under an id that none had before."""


def index_row(workspace: str, item: Item | Tombstone, *, is_new: bool) -> IndexRow:
    """Make the row of an item whose words may be others than before."""
    if isinstance(item, Tombstone):
        return (workspace, item.id, None, None, False)
    return (workspace, item.id, item.added, text_of(item.fields), is_new)


def unindex(connection: sqlite3.Connection, rows: Sequence[IndexRow]) -> None:
    """Remove the words that items have had; within a batch's transaction, before the items are written."""
    for replaced in _slices([row for row in rows if not row[4]]):
        connection.execute(WORDS["unindex"], {"rows": json_text(replaced)})


def index(connection: sqlite3.Connection, rows: Sequence[IndexRow]) -> None:
    """Add the words of items that have none in the index."""
    for present in _slices([row for row in rows if row[2] is not None and not row[4]]):
        connection.execute(WORDS["index"], {"rows": json_text(present)})
    for new in _slices([row for row in rows if row[4]]):
        words: dict[str, dict[str, str | None]] = {}
        for workspace, _, added, text, _ in new:
            if workspace not in words:
                words[workspace] = {}
            words[workspace][str(added)] = text
        connection.execute(WORDS["index_new"], {"words": orjson.dumps(words).decode()})


def _slices(rows: Sequence[IndexRow]) -> Iterator[Sequence[IndexRow]]:
    """Slice rows by the length of their texts, each of which SQLite holds several times."""
    start = chars = 0
    for end, row in enumerate(rows):
        chars += len(row[3] or "")
        if chars > _SLICE_CHARS and end > start:
            yield rows[start:end]
            start, chars = end, len(row[3] or "")
    if start < len(rows):
        yield rows[start:]


def index_more(connection: sqlite3.Connection, damage: DamagedRows, workspace: str) -> bool:
    """Index a slice of the items that an older streamd wrote; returns whether there may be more."""
    with transaction(connection):
        found = connection.execute(WORDS["unindexed"], {"workspace": workspace}).fetchone()
        if found is None:
            return False
        items = page(connection, damage, workspace, None, found[0], _SLICE)
        index(connection, [index_row(workspace, item, is_new=False) for item in items])
        if not items:
            connection.execute(WORDS["all_indexed"], {"workspace": workspace})
            return False
        connection.execute(WORDS["indexed_up_to"], {"workspace": workspace, "after": items[-1].added})
        return True


def scan(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    workspace: str,
    item_type: str | None,
    after: Seq,
    words: Sequence[str] | None,
    visit: VisitItems,
) -> ReadSteps[Seq]:
    """Hand items to `visit` (see the port)."""
    with transaction(connection, write=False):
        top = span(connection, workspace_stream(workspace)).top
        if words is not None:
            found = _found(connection, workspace, after, words)
            yield
            yield from _visit_found(connection, damage, workspace, item_type, words, found, visit)
            return top
        for block in item_blocks(connection, damage, workspace, item_type, after):
            if block and not visit(block):
                break
            yield
    return top


def _found(
    connection: sqlite3.Connection, workspace: str, after: Seq, words: Sequence[str]
) -> Mapping[Seq, bool]:
    """The positions of items, ascending, and whether their texts have all the words; in those of others an id has some."""
    wanted = {
        "workspace": workspace,
        "after": after,
        "words": every_beginning(words),
        "any": json_text(list(words)),
    }
    sure: list[Seq] = orjson.loads(connection.execute(WORDS["found"], wanted).fetchone()[0])
    possible: list[Seq] = orjson.loads(connection.execute(WORDS["with_ids"], wanted).fetchone()[0])
    return dict(sorted({**dict.fromkeys(possible, False), **dict.fromkeys(sure, True)}.items()))


def _visit_found(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    workspace: str,
    item_type: str | None,
    words: Sequence[str],
    found: Mapping[Seq, bool],
    visit: VisitItems,
) -> ReadSteps[None]:
    positions = list(found)
    for start in range(0, len(positions), MOST_ROWS):
        block = [
            item
            for item in items_added(connection, damage, workspace, positions[start : start + MOST_ROWS])
            if item_type in (None, item.type) and (found[item.added] or has_words(item, words, numbers=False))
        ]
        if block and not visit(block):
            return
        yield
