"""Writes and reads checkpoints; inside a connection's thread.

A state is mostly what it was at the checkpoint before. So its long values are kept apart, in parts that all checkpoints of a
thread share. A list, as a conversation is, is cut into parts at elements that its content tells: so one that lost its first
elements and got new ones at the end has the parts between in common with the list before.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from hashlib import blake2b
from typing import Any, Final, TypeAlias, cast
from zlib import crc32

import attrs
import orjson

from streamd.core.thread import Checkpoint
from streamd.stores._records import from_json, to_json, value_json
from streamd.stores.sqlite._damage import UNREADABLE, DamagedRows
from streamd.stores.sqlite._statements import CHECKPOINTS
from streamd.stores.sqlite.packing import Pieces, json_text

_LONG_BYTES: Final = 512
"""From so many bytes on a value is kept apart."""
_PER_PART: Final = 8
"""Short elements of a list in one part, on average."""

_PartIds: TypeAlias = "int | list[int]"


def put_checkpoints(connection: sqlite3.Connection, checkpoints: Sequence[Checkpoint]) -> None:
    """Write checkpoints, and those of their parts that their threads do not have yet."""
    bodies, parts = Pieces(), Pieces()
    rows: list[tuple[object, ...]] = []
    new: dict[tuple[str, str, str], tuple[int, int]] = {}
    for one in checkpoints:
        short = dict(one.state)
        digests: dict[str, str | list[str]] = {}
        for name, value in one.state.items():
            if (cut := _cut(value)) is None:
                continue
            short[name] = None  # it keeps its place
            named = [blake2b(part, digest_size=16).hexdigest() for part in cut]
            digests[name] = named if isinstance(value, list) else named[0]
            for digest, part in zip(named, cut, strict=True):
                key = (one.workspace, one.thread_id, digest)
                if key not in new:
                    new[key] = parts.add(part)
        place = bodies.add(to_json(attrs.evolve(one, state=short)))
        rows.append((one.workspace, one.thread_id, one.checkpoint_id, one.at_ms, *place, digests))
    ids: dict[tuple[str, str, str], int] = {}
    if new:
        wanted = {"rows": json_text([(*key, *place) for key, place in new.items()]), "bytes": parts.joined()}
        connection.execute(CHECKPOINTS["add_parts"], wanted)
        found = connection.execute(CHECKPOINTS["part_ids"], {"rows": wanted["rows"]}).fetchone()[0]
        ids = {
            (workspace, thread, digest): part_id for workspace, thread, digest, part_id in orjson.loads(found)
        }
    named_rows = [
        (*row, _named(cast("Mapping[str, Any]", digests), ids, str(row[0]), str(row[1])))
        for *row, digests in rows
    ]
    connection.execute(
        CHECKPOINTS["put_checkpoints"], {"rows": json_text(named_rows), "bytes": bodies.joined()}
    )


def _named(
    digests: Mapping[str, str | list[str]],
    ids: Mapping[tuple[str, str, str], int],
    workspace: str,
    thread_id: str,
) -> Mapping[str, _PartIds] | None:
    def id_of(digest: str) -> int:
        return ids[workspace, thread_id, digest]

    named: dict[str, _PartIds] = {
        name: [id_of(one) for one in of] if isinstance(of, list) else id_of(of)
        for name, of in digests.items()
    }
    return named or None


def _cut(value: object) -> Sequence[bytes] | None:
    """Cut a long value into parts, as JSON; None: it is short. Raises StoreError when it is not JSON."""
    if (
        value is None
        or isinstance(value, bool | int | float)
        or (isinstance(value, str) and len(value) * 4 < _LONG_BYTES)
    ):
        return None
    if not isinstance(value, list):
        body = value_json(value)
        return [body] if len(body) >= _LONG_BYTES else None
    elements = [value_json(one) for one in value]
    return list(_groups(elements)) if sum(map(len, elements)) >= _LONG_BYTES else None


def _groups(elements: Sequence[bytes]) -> Iterator[bytes]:
    """Group the elements of a list: a long one by itself, the others up to one whose checksum says so."""
    group: list[bytes] = []
    for element in elements:
        if len(element) >= _LONG_BYTES and group:
            yield _array(group)
            group = []
        group.append(element)
        if len(element) >= _LONG_BYTES or crc32(element) % _PER_PART == 0:
            yield _array(group)
            group = []
    if group:
        yield _array(group)


def _array(elements: Sequence[bytes]) -> bytes:
    return b"[" + b",".join(elements) + b"]"


def found_checkpoints(
    connection: sqlite3.Connection, damage: DamagedRows, statement: str, arguments: Mapping[str, object]
) -> Sequence[Checkpoint | None]:
    """The checkpoints that a statement finds; None for each that cannot be read.

    With `most_bytes` among the arguments only the first of them, until they have so many.
    """
    most_bytes = cast("int | None", arguments.get("most_bytes"))
    found: list[Checkpoint | None] = []
    size = 0
    with closing(connection.execute(CHECKPOINTS[statement], arguments)) as rows:
        for key, body, named in rows:
            try:
                json = orjson.loads(body)
                if named is not None:
                    values, read = _values(connection, orjson.loads(named))
                    json["state"] = {**json.get("state", {}), **values}
                    size += read
                found.append(from_json(Checkpoint, json))
                size += len(body)
            except UNREADABLE as error:
                damage.report("Checkpoints", error, workspace=arguments["workspace"], id=key)
                found.append(None)
            if most_bytes is not None and size >= most_bytes:
                break
    return found


def _values(connection: sqlite3.Connection, named: Mapping[str, _PartIds]) -> tuple[dict[str, object], int]:
    """Read the long values of a state; returns them and how many bytes they have. Raises KeyError where a part is missing."""
    wanted = [one for of in named.values() for one in (of if isinstance(of, list) else [of])]
    rows = connection.execute(CHECKPOINTS["parts"], {"ids": json_text(wanted)}).fetchall()
    bodies: dict[int, bytes] = dict(rows)
    values: dict[str, object] = {
        name: [element for one in of for element in orjson.loads(bodies[one])]
        if isinstance(of, list)
        else orjson.loads(bodies[of])
        for name, of in named.items()
    }
    return values, sum(map(len, bodies.values()))
