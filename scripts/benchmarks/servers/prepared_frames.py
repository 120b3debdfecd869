"""Prepared frames: encoded and framed once, then one `transport.write` for each client and event."""

import asyncio
import sys

import orjson
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from scripts.benchmarks.frames import server_frame
from scripts.benchmarks.servers.event import GREETING, event_of, positions

clients: set[ServerConnection] = set()
seqs = positions()


async def listen(socket: ServerConnection) -> None:
    clients.add(socket)
    await socket.send(GREETING)
    try:
        while True:
            message = await socket.recv(decode=False)
            frame = server_frame(orjson.dumps(event_of(orjson.loads(message), next(seqs))))
            for client in clients:
                client.transport.write(frame)
    except ConnectionClosed:
        pass
    finally:
        clients.discard(socket)


async def main(port: int) -> None:
    async with serve(listen, "127.0.0.1", port, compression=None) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
