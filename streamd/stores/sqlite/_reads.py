"""Reads rows in a connection's thread: each function is the port's method of its name, in steps where it may take long."""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final

import orjson

from streamd.core.item import START, DamagedItem, Item, ItemId, Known, Seq, Tombstone
from streamd.core.position import Span, StreamName, workspace_stream
from streamd.ports.store import MOST_ENTRY_BYTES, MOST_PAGE_BYTES, Entry, OpKey, VisitBodies
from streamd.stores.sqlite._damage import DamagedRows, readable_item, text_of
from streamd.stores.sqlite._readers import ReadSteps
from streamd.stores.sqlite._statements import READS, WORDS
from streamd.stores.sqlite.connection import transaction
from streamd.stores.sqlite.packing import cut, item_of_row, json_text

_FIRST_ENTRIES: Final = 32
"""Entries that are read before it is known how long they are."""

FIRST_ROWS: Final = 8
MOST_ROWS: Final = 64
"""Items, events or entries that are read at once, at first and at most: they may be long, and the event loop gets a turn in between."""
_LEAST_ITEMS: Final = 2


def span(connection: sqlite3.Connection, stream: StreamName) -> Span:
    row = connection.execute(READS["span"], {"stream": stream}).fetchone()
    return Span(Seq(1), Seq(0)) if row is None else Span(*row)


def entries(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    stream: StreamName,
    after: Seq,
    limit: int,
    with_before: bool,
) -> Sequence[Entry]:
    found: list[Entry] = []
    size = count = 0
    wanted = min(_FIRST_ENTRIES, limit)
    while wanted > 0:
        block = _entries(connection, damage, stream, after, wanted, with_before)
        found += block
        size += sum(len(entry.body) + len(entry.before or b"") for entry in block)
        count += len(block)
        if len(block) < wanted:
            break
        after = block[-1].seq
        wanted = min(limit - count, MOST_ROWS, (MOST_ENTRY_BYTES - size) * count // max(1, size))
    return found


def _entries(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    stream: StreamName,
    after: Seq,
    limit: int,
    with_before: bool,
) -> Sequence[Entry]:
    arguments = {"stream": stream, "after": after, "limit": limit, "with_before": with_before}
    heads, bodies, befores = connection.execute(READS["entries"], arguments).fetchone()
    rows: list[tuple[Seq, str, str, int, int, int | None]] = orjson.loads(heads)
    found: list[Entry] = []
    is_text = _is_text(bodies)
    before = cut(befores, [row[5] for row in rows if row[5] is not None])
    for (seq, event_type, item_type, _, is_object, length), body in zip(
        rows, cut(bodies, [row[3] for row in rows]), strict=True
    ):
        recorded = None if length is None else next(before)
        if is_object and (is_text or _is_text(body)):
            found.append(Entry(seq, body, event_type, item_type, recorded))
        else:
            damage.report("entries", "the body is no JSON object in UTF-8", stream=stream, seq=seq)
            found.append(Entry(seq, b"", event_type, item_type))
    return found


def known(
    connection: sqlite3.Connection, damage: DamagedRows, ids: Iterable[tuple[str, ItemId]]
) -> Mapping[tuple[str, ItemId], Known]:
    wanted = {"ids": json_text(list(ids))}
    found = connection.execute(READS["known"], wanted).fetchone()[0]
    try:
        return {
            (workspace, item_id): Tombstone(item_id, version)
            if flat is None
            else item_of_row(item_id, version, added, versions, flat)
            for workspace, item_id, version, added, versions, flat in orjson.loads(found or b"[]")
        }
    except (ValueError, TypeError):
        return _known_one_by_one(connection, damage, wanted)


def _known_one_by_one(
    connection: sqlite3.Connection, damage: DamagedRows, wanted: Mapping[str, str]
) -> Mapping[tuple[str, ItemId], Known]:
    found: dict[tuple[str, ItemId], Known] = {}
    for number, item_type, version, added, versions, body in connection.execute(READS["known_rows"], wanted):
        workspace, item_id = orjson.loads(wanted["ids"])[number]
        key = (workspace, ItemId(item_id))
        if added is None:
            found[key] = Tombstone(key[1], version)
            continue
        try:
            found[key] = readable_item(item_id, version, added, versions, body)
        except ValueError as error:
            damage.report_item(*key, text_of(item_type), error)
            found[key] = DamagedItem(key[1], Seq(version), text_of(item_type))
    return found


def results(connection: sqlite3.Connection, ops: Iterable[OpKey]) -> Mapping[OpKey, bytes]:
    heads, joined = connection.execute(READS["results"], {"ops": json_text(list(ops))}).fetchone()
    rows: list[tuple[str, str, str, int]] = orjson.loads(heads)
    return {
        (workspace, scope, op_id): result
        for (workspace, scope, op_id, _), result in zip(
            rows, cut(joined, [length for *_, length in rows]), strict=True
        )
    }


def snapshot(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    workspace: str,
    item_types: Collection[str] | None,
    visit: VisitBodies,
) -> ReadSteps[Seq]:
    with transaction(connection, write=False):
        top = span(connection, workspace_stream(workspace)).top
        arguments = _arguments(workspace, item_types)
        rows, is_last = FIRST_ROWS, False
        while not is_last:
            arguments["limit"] = rows
            count, last, lengths, readable, joined = connection.execute(READS["bodies"], arguments).fetchone()
            if readable in (count, None) and _is_text(joined):
                visit(list(cut(joined, orjson.loads(lengths))))
            else:
                visit([body for body, _ in _one_by_one(connection, damage, arguments)])
            arguments["after"] = last
            is_last = count < rows
            rows = rows_after(rows, count, len(joined or b""))
            yield
    return top


def items(
    connection: sqlite3.Connection, damage: DamagedRows, workspace: str, item_types: Collection[str] | None
) -> ReadSteps[Sequence[Item]]:
    found: list[Item] = []
    with transaction(connection, write=False):
        for _, block in _blocks(connection, damage, "items", _arguments(workspace, item_types)):
            found += block
            yield
    return found


def item_blocks(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    workspace: str,
    item_type: str | None = None,
    after: Seq = START,
) -> Iterator[Sequence[Item]]:
    """Read items (of a type) that were added after a position, a block after the other; within a transaction."""
    for _, block in _blocks(connection, damage, *_of_type(workspace, item_type, after)):
        yield block


def page(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    workspace: str,
    item_type: str | None,
    after: Seq,
    limit: int,
) -> Sequence[Item]:
    found: list[Item] = []
    size = 0
    for length, block in _blocks(connection, damage, *_of_type(workspace, item_type, after), limit):
        found += block
        size += length
        if len(found) >= _LEAST_ITEMS and size >= MOST_PAGE_BYTES:
            break
    return found


def items_added(
    connection: sqlite3.Connection, damage: DamagedRows, workspace: str, positions: Sequence[Seq]
) -> Sequence[Item]:
    """Read the items that were added at these ascending positions; within a transaction."""
    arguments = {"workspace": workspace, "positions": json_text(positions), "types": None}
    count, _, block = connection.execute(WORDS["items_added"], arguments).fetchone()
    try:
        found = [item_of_row(*row) for row in orjson.loads(block or b"[]")]
    except (ValueError, TypeError):
        found = []
    if len(found) != count:
        wanted = [{**arguments, "after": position - 1, "limit": 1} for position in positions]
        found = [item for one in wanted for _, item in _one_by_one(connection, damage, one)]
    return found


def _blocks(
    connection: sqlite3.Connection,
    damage: DamagedRows,
    statement: str,
    arguments: dict[str, object],
    limit: int | None = None,
) -> Iterator[tuple[int, Sequence[Item]]]:
    """Read items, up to so many, in blocks that hold fewer where they are long, each with its size."""
    rows, found = FIRST_ROWS, 0
    while limit is None or found < limit:
        wanted = arguments["limit"] = rows if limit is None else min(rows, limit - found)
        count, arguments["after"], size, block = _block(connection, damage, statement, arguments)
        found += len(block)
        yield size, block
        if count < wanted:
            return
        rows = rows_after(rows, count, size)


def rows_after(rows: int, count: int, size: int) -> int:
    """Return how many rows are read at once after so many, which were `count` of that size."""
    return max(1, min(2 * rows, MOST_ROWS, MOST_PAGE_BYTES * count // max(1, size)))


def _block(
    connection: sqlite3.Connection, damage: DamagedRows, statement: str, arguments: dict[str, object]
) -> tuple[int, Seq, int, Sequence[Item]]:
    """A block of items: the number of rows, `added` of the last, their bytes if all can be read, and those that can."""
    count, last, block = connection.execute(READS[statement], arguments).fetchone()
    try:
        found = [item_of_row(*row) for row in orjson.loads(block or b"[]")]
    except (ValueError, TypeError):
        found = []
    size = len(block or b"")
    if len(found) != count:
        found, size = [item for _, item in _one_by_one(connection, damage, arguments)], 0
    return count, last, size, found


def _one_by_one(
    connection: sqlite3.Connection, damage: DamagedRows, arguments: Mapping[str, object]
) -> Sequence[tuple[bytes, Item]]:
    """The items of a block that can be read, with their bodies."""
    found: list[tuple[bytes, Item]] = []
    wanted = {"type": None, **arguments}
    for item_id, item_type, version, added, versions, body in connection.execute(READS["item_rows"], wanted):
        try:
            found.append((body, readable_item(text_of(item_id), version, added, versions, body)))
        except ValueError as error:
            damage.report_item(str(arguments["workspace"]), text_of(item_id), text_of(item_type), error)
    return found


def _is_text(joined: bytes | None) -> bool:
    """Whether bytes are UTF-8."""
    try:
        (joined or b"").decode()
    except UnicodeDecodeError:
        return False
    return True


def _arguments(workspace: str, item_types: Collection[str] | None) -> dict[str, object]:
    types = None if item_types is None else json_text(list(item_types))
    return {"workspace": workspace, "types": types, "after": -1}


def _of_type(workspace: str, item_type: str | None, after: Seq) -> tuple[str, dict[str, object]]:
    """Return the statement for items (of a type) and its arguments."""
    arguments: dict[str, object] = {
        "workspace": workspace, "type": item_type, "types": None, "after": after,
    }  # fmt: skip
    return "items" if item_type is None else "items_of_type", arguments


def age_clock(connection: sqlite3.Connection) -> bytes | None:
    row = connection.execute(READS["age_clock"]).fetchone()
    return None if row is None else str(row[0]).encode()


def import_keys(connection: sqlite3.Connection, workspace: str) -> Mapping[str, str]:
    row = connection.execute(READS["import_keys"], {"prefix": import_key_name(workspace, "")}).fetchone()
    return {str(item_type): str(key) for item_type, key in orjson.loads(row[0]).items()}


def import_key_name(workspace: str, item_type: str) -> str:
    return f"import_key/{workspace}/{item_type}"
