"""The loop that tutorials show: each client in turn, the event encoded for each of them, each send awaited."""

import json
import sys

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from scripts.benchmarks.servers.event import GREETING, event_of, positions

app = FastAPI()
clients: list[WebSocket] = []
seqs = positions()


@app.websocket("/")
async def listen(socket: WebSocket) -> None:
    await socket.accept()
    clients.append(socket)
    await socket.send_text(GREETING)
    try:
        while True:
            event = event_of(json.loads(await socket.receive_text()), next(seqs))
            for client in clients:
                await client.send_text(json.dumps(event))
    except WebSocketDisconnect:
        clients.remove(socket)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
