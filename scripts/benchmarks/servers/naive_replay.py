"""Replay as it is first written: every row selected, made into a dictionary, encoded and sent on its own."""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from scripts.benchmarks.messages import publish
from scripts.benchmarks.servers.event import GREETING, event_of

COLUMNS = ("seq", "event_type", "data", "timestamp", "user_id", "workspace")


def filled(file: Path, count: int) -> sqlite3.Connection:
    """A journal of `count` events."""
    connection = sqlite3.connect(file)
    connection.execute(f"CREATE TABLE event ({', '.join(COLUMNS)}, PRIMARY KEY (seq))")
    for seq in range(1, count + 1):
        event = event_of(json.loads(publish(seq)), seq)
        event["data"] = json.dumps(event["data"])
        connection.execute("INSERT INTO event VALUES (?, ?, ?, ?, ?, ?)", [event[name] for name in COLUMNS])
    connection.commit()
    return connection


async def main(port: int, count: int) -> None:
    connection = filled(Path("naive.db"), count)

    async def replay(socket: ServerConnection) -> None:
        await socket.send(GREETING)
        try:
            for row in connection.execute("SELECT * FROM event ORDER BY seq"):
                event = dict(zip(COLUMNS, row, strict=True))
                event["data"] = json.loads(event["data"])
                await socket.send(json.dumps(event))
            await socket.wait_closed()
        except ConnectionClosed:
            pass

    async with serve(replay, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
