"""`websockets.broadcast`: encoded once, framed for each connection by the library."""

import asyncio
import json
import sys

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

from scripts.benchmarks.servers.event import GREETING, event_of, positions

clients: set[ServerConnection] = set()
seqs = positions()


async def listen(socket: ServerConnection) -> None:
    clients.add(socket)
    await socket.send(GREETING)
    try:
        async for message in socket:
            broadcast(clients, json.dumps(event_of(json.loads(message), next(seqs))))
    except ConnectionClosed:
        pass
    finally:
        clients.discard(socket)


async def main(port: int) -> None:
    async with serve(listen, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
