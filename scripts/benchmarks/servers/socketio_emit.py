"""python-socketio on uvicorn: every client in one room, `emit` to all of them."""

import sys
from typing import Any

import socketio
import uvicorn

from scripts.benchmarks.servers.event import event_of, positions

# No heartbeat while we measure: the clients of the benchmark know nothing of Engine.IO's.
server = socketio.AsyncServer(
    async_mode="asgi", ping_interval=3600, ping_timeout=3600, max_http_buffer_size=1 << 20
)
seqs = positions()


@server.event
async def publish(_sid: str, message: dict[str, Any]) -> None:
    await server.emit("event", event_of(message, next(seqs)))


if __name__ == "__main__":
    app = socketio.ASGIApp(server)
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
