"""Memories of agents, and the index of their words."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

import attrs
import orjson

from streamd.core.memory import PUBLIC_KINDS, Memory, MemoryFilter, MemoryId
from streamd.stores._records import to_json
from streamd.stores._search_words import any_word
from streamd.stores.sqlite._damage import UNREADABLE, DamagedRows
from streamd.stores.sqlite._readers import Readers
from streamd.stores.sqlite._statements import MEMORIES
from streamd.stores.sqlite.packing import Pieces, json_text

SLICE: Final = 200
"""Memories deleted in one transaction: their words must be removed from the index."""
_NEVER_MS: Final = 2**62


def put_memories(connection: sqlite3.Connection, memories: Sequence[Memory]) -> None:
    """Add or replace memories; within a batch's transaction."""
    pieces = Pieces()
    newest: dict[tuple[str, MemoryId], Memory] = {}
    for memory in memories:
        newest.pop((memory.workspace, memory.memory_id), None)
        newest[memory.workspace, memory.memory_id] = memory
    rows = [
        {
            **attrs.asdict(one, recurse=False),
            "text": pieces.add(one.text.encode()),
            "data": pieces.add(to_json(one.data)),
        }
        for one in newest.values()
    ]
    arguments = {"rows": json_text(rows), "bytes": pieces.joined()}
    connection.execute(MEMORIES["unindex_replaced"], arguments)
    connection.execute(MEMORIES["remove_replaced"], arguments)
    connection.execute(MEMORIES["put"], arguments)
    connection.execute(MEMORIES["index_new"], arguments)


def forget_memories(connection: sqlite3.Connection, keys: Sequence[tuple[str, MemoryId]]) -> None:
    """Delete memories by workspace and id, ignoring missing ones; within a batch's transaction."""
    if keys:
        # Without duplicates: a key that is listed twice would be removed from the index twice.
        arguments = {"keys": json_text(list(dict.fromkeys(keys)))}
        connection.execute(MEMORIES["unindex"], arguments)
        connection.execute(MEMORIES["remove"], arguments)


def surplus_memories(connection: sqlite3.Connection, memories: int) -> Mapping[str, Sequence[MemoryId]]:
    """Find the oldest memories of workspaces that exceed the limit: one slice, by workspace."""
    found: dict[str, Sequence[MemoryId]] = {}
    room = SLICE
    crowded = connection.execute(MEMORIES["crowded"], {"memories": memories}).fetchone()[0]
    for workspace in orjson.loads(crowded):
        if room > 0:
            wanted = {"workspace": workspace, "memories": memories, "limit": room}
            found[workspace] = _ids(connection, "surplus", wanted)
            room -= len(found[workspace])
    return found


class SqliteMemories:
    """Implements `Memories` on SQLite's FTS5."""

    def __init__(self, readers: Readers, damage: DamagedRows) -> None:
        self._readers = readers
        self._damage = damage

    async def search(self, wanted: MemoryFilter, query: str, limit: int = 5) -> Sequence[Memory]:
        words = any_word(query)
        if not words:
            return []
        place = wanted.workspace.encode().hex()
        arguments = {
            **_arguments(wanted, limit),
            "words": f'({{text}} : ({words})) AND ({{place}} : "{place}")',
        }
        return await self._readers.run(_found, self._damage, "search", arguments)

    async def latest(
        self,
        wanted: MemoryFilter,
        limit: int = 100,
        *,
        before_ms: int | None = None,
        before: MemoryId | None = None,
    ) -> Sequence[Memory]:
        arguments = {**_arguments(wanted, limit), "before": before}
        arguments["before_ms"] = _NEVER_MS if before_ms is None else before_ms
        if wanted.kinds is None or len(wanted.kinds) != 1:
            return await self._readers.run(_found, self._damage, "latest", arguments)
        (arguments["kind"],) = wanted.kinds
        return await self._readers.run(_found, self._damage, "latest_of_kind", arguments)

    async def clearable(self, wanted: MemoryFilter, limit: int) -> Sequence[MemoryId]:
        return await self._readers.run(_ids, "clearable", _arguments(wanted, limit))


def _arguments(wanted: MemoryFilter, limit: int) -> dict[str, object]:
    return {
        "workspace": wanted.workspace,
        "agent": wanted.agent,
        "user_id": wanted.user_id,
        "reader": wanted.reader,
        "public_kinds": json_text(sorted(PUBLIC_KINDS)),
        "kinds": None if wanted.kinds is None else json_text(sorted(wanted.kinds)),
        "limit": max(0, limit),
    }


def _found(
    connection: sqlite3.Connection, damage: DamagedRows, statement: str, arguments: Mapping[str, object]
) -> Sequence[Memory]:
    """The memories that a statement finds, without those that cannot be read."""
    found: list[Memory] = []
    rows = orjson.loads(connection.execute(MEMORIES[statement], arguments).fetchone()[0])
    for row in rows:
        try:
            data = orjson.loads(row.pop("data"))
            found.append(Memory(data=dict(data.items()), **row))
        except UNREADABLE as error:
            damage.report("memories", error, workspace=row["workspace"], id=row["memory_id"])
    return found


def _ids(
    connection: sqlite3.Connection, statement: str, arguments: Mapping[str, object]
) -> Sequence[MemoryId]:
    found: list[MemoryId] = orjson.loads(connection.execute(MEMORIES[statement], arguments).fetchone()[0])
    return found
