"""Two ways to make changes durable without a server around them; each prints how many it made in a second.

Both write what a change writes: a row of the item and a row of the journal, with `synchronous=FULL`.
"""

import asyncio
import queue
import sqlite3
import sys
import threading
import time
from pathlib import Path

import aiosqlite
import orjson

WAITING = 1024
LARGEST_GROUP = 256

SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE item (item_id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE event (seq INTEGER PRIMARY KEY, body BLOB NOT NULL);
"""
UPSERT = "INSERT INTO item VALUES (?, ?) ON CONFLICT (item_id) DO UPDATE SET body = excluded.body"
APPEND = "INSERT INTO event (body) VALUES (?)"

Row = tuple[str, bytes, bytes]


def change(number: int) -> Row:
    """An item's id, its new body, and the event that says so, each about as long as streamd's."""
    item_id = f"bench{number % 256}"
    fields = {"name": f"bench-{number:08}", "current_stock": number, "min_stock": 10, "max_stock": 100}
    body = {
        "type": "inventory",
        "version": number,
        "fields": fields,
        "versions": dict.fromkeys(fields, number),
    }
    data = {"type": "inventory", "field": "current_stock", "value": number, "previous": number - 1}
    event = {"event_type": "field_changed", "item_id": item_id, "data": data, "user_id": "anonymous"}
    return item_id, orjson.dumps(body), orjson.dumps(event)


async def one_by_one(file: Path, seconds: float) -> float:
    """One transaction for each change, through aiosqlite."""
    async with aiosqlite.connect(file) as connection:
        await connection.executescript(SCHEMA)
        count, start = 0, time.monotonic()
        while time.monotonic() - start < seconds:
            item_id, body, event = change(count)
            await connection.execute(UPSERT, (item_id, body))
            await connection.execute(APPEND, (event,))
            await connection.commit()
            count += 1
        return count / (time.monotonic() - start)


class GroupWriter(threading.Thread):
    """One thread that commits whatever is waiting, and wakes those who waited for it."""

    def __init__(self, file: Path, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(daemon=True)
        self._file = file
        self._loop = loop
        self.waiting: queue.SimpleQueue[tuple[Row, asyncio.Future[None]] | None] = queue.SimpleQueue()

    def run(self) -> None:
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.executescript(SCHEMA)
        while (first := self.waiting.get()) is not None:
            group = [first]
            while len(group) < LARGEST_GROUP and not self.waiting.empty():
                following = self.waiting.get()
                if following is not None:
                    group.append(following)
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(UPSERT, [row[:2] for row, _ in group])
            connection.executemany(APPEND, [row[2:] for row, _ in group])
            connection.execute("COMMIT")
            self._loop.call_soon_threadsafe(self._wake, [future for _, future in group])
        connection.close()

    @staticmethod
    def _wake(futures: list[asyncio.Future[None]]) -> None:
        for future in futures:
            future.set_result(None)


async def in_groups(file: Path, seconds: float) -> float:
    """A thousand writers that wait for each of their changes, and one thread that commits for all of them."""
    loop = asyncio.get_running_loop()
    writer = GroupWriter(file, loop)
    writer.start()
    count, start = 0, time.monotonic()

    async def write(first: int) -> None:
        nonlocal count
        number = first
        while time.monotonic() - start < seconds:
            done: asyncio.Future[None] = loop.create_future()
            writer.waiting.put((change(number), done))
            await done
            number += WAITING
            count += 1

    async with asyncio.TaskGroup() as group:
        for first in range(WAITING):
            group.create_task(write(first), name=f"writer-{first}")
    rate = count / (time.monotonic() - start)
    writer.waiting.put(None)
    await asyncio.to_thread(writer.join, 10)
    return rate


WAYS = {"one-by-one": one_by_one, "in-groups": in_groups}

if __name__ == "__main__":
    way, path, duration = sys.argv[1:]
    print(asyncio.run(WAYS[way](Path(path), float(duration))))
