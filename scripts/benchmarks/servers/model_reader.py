"""The SDK without streamd: reads a model's stream for each request, and sends each piece with `websockets`, or only reads.

`bare` sends the first piece of each answer, and at its end how long each was on its way until the SDK gave it out.
`send` sends each piece as streamd does, to the one who asked, and keeps nothing.
"""

import asyncio
import json
import sys
import time
from typing import Any

from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient
from anthropic.types import MessageParam
from httpx2 import Limits
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from scripts.benchmarks.loop_lag import LoopLag
from scripts.benchmarks.servers.event import GREETING

_PONG = '{"type":"pong"}'

client = AsyncAnthropic(
    max_retries=0, http_client=DefaultAsyncHttpxClient(limits=Limits(max_connections=2000))
)


async def answer(socket: ServerConnection, request: dict[str, Any], *, sends: bool) -> None:
    """Ask the model, call what it wants to be called, and tell."""
    request_id, seq = request["request_id"], 0
    messages: list[MessageParam] = [{"role": "user", "content": request["user_input"]}]
    latencies_ns = []
    while True:
        async with client.messages.stream(model="bench", max_tokens=8192, messages=messages) as stream:
            async for text in stream.text_stream:
                latencies_ns.append(time.monotonic_ns() - int(text[2:]))
                seq += 1
                if sends or seq == 1:
                    told = {"type": "content", "request_id": request_id, "run_seq": seq, "content": text}
                    await socket.send(json.dumps(told))
            whole = await stream.get_final_message()
        called = [block.id for block in whole.content if block.type == "tool_use"]
        if not called:
            break
        messages.append({"role": "assistant", "content": whole.content})
        messages.append(
            {
                "role": "user",
                "content": [
                    {"type": "tool_result", "tool_use_id": name, "content": "done"} for name in called
                ],
            }
        )
    end = {"type": "complete", "request_id": request_id, "run_seq": seq + 1 if sends else min(seq, 1) + 1}
    await socket.send(json.dumps(end if sends else {**end, "latencies_ns": latencies_ns}))


async def main(port: int, way: str) -> None:
    lag = LoopLag()

    async def listen(socket: ServerConnection) -> None:
        await socket.send(GREETING)
        try:
            async with asyncio.TaskGroup() as tasks:
                async for message in socket:
                    request = json.loads(message)
                    if request["type"] == "ping":
                        await socket.send(_PONG)
                    else:
                        tasks.create_task(answer(socket, request, sends=way == "send"), name="answer")
        except* ConnectionClosed:
            pass

    async with serve(listen, "127.0.0.1", port, compression=None) as server, lag:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
