"""Compression: prepared once for everyone, and what comes out is the text that went in."""

import asyncio
import random
import string
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from websockets.asyncio.client import connect
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from tests.support.daemon import Client, Daemon, Message, running

pytestmark = pytest.mark.requirement("E3")

OFFERS = {
    "none": None,
    "what websockets offers": [ClientPerMessageDeflateFactory(client_max_window_bits=True)],
    "a small window": [ClientPerMessageDeflateFactory(server_max_window_bits=9, client_max_window_bits=9)],
    "no context": [
        ClientPerMessageDeflateFactory(server_no_context_takeover=True, client_no_context_takeover=True)
    ],
}

JS = """
const { WebSocket } = require(process.argv[2]);
const socket = new WebSocket(process.argv[3]);
socket.on("message", (data) => {
  process.stdout.write(data.toString() + "\\n");
  const message = JSON.parse(data);
  if (message.type === "connected") {
    process.stderr.write(socket.extensions + "\\n");
    socket.send(JSON.stringify({ type: "publish", event_type: "from_npm", data: { text: "n".repeat(5000) } }));
  }
  if (message.event_type === "end") socket.close();
});
"""


def texts() -> list[str]:
    """Short and long, repetitive and not, of every kind of letter."""
    chance = random.Random(7)
    letters = string.printable + "äöü€漢字😀"
    sizes = [0, 1, 100, 400, 511, 512, 600, 2_000, 4_096, 10_000, 16_000]
    return [
        text
        for size in sizes
        for text in ("abc" * (size // 3), "".join(chance.choice(letters) for _ in range(size)))
    ]


async def say_everything(client: Client) -> list[str]:
    """Publish texts, with replies in between; the texts in their order."""
    said = texts() * 3
    for text in said:
        await client.send(type="publish", event_type="said", data={"text": text})
        await client.send(type="ping")
    acked = await client.ask(type="publish", event_type="end", data={})
    await client.heard(acked["seq"])
    return said


def heard(events: list[Message]) -> list[str]:
    return [event["data"]["text"] for event in events if event["event_type"] == "said"]


async def listen(daemon: Daemon, offer: str, ready: asyncio.Barrier) -> list[Message]:
    """All events up to the end, to a client that asks for something in between."""
    async with connect(daemon.url, compression=None, extensions=OFFERS[offer], max_size=None) as socket:
        client = Client(socket)
        await client.next()
        names = [extension.name for extension in socket.protocol.extensions]
        assert names == ([] if OFFERS[offer] is None else ["permessage-deflate"])
        await ready.wait()
        await client.send(type="list_items")
        while not client.events or client.events[-1]["event_type"] != "end":
            await client.next()
        return client.events


async def test_every_client_hears_the_same_texts_whatever_it_agreed_on(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as speaker:
        items = [{"type": "note", "name": f"Note {n}", "text": "t" * 300} for n in range(90)]
        await speaker.ask(type="bulk", operation="add_multiple", items=items)
        ready = asyncio.Barrier(len(OFFERS) + 1)
        async with asyncio.TaskGroup() as tasks:
            listening = [tasks.create_task(listen(daemon, offer, ready)) for offer in OFFERS]
            await ready.wait()
            said = await say_everything(speaker)
        assert [heard(task.result()) for task in listening] == [said] * len(OFFERS)


async def test_a_client_from_npm_hears_the_same_texts_and_is_understood(
    tmp_path: Path, npm_client: Callable[[str], Path]
) -> None:
    package = npm_client("ws")
    script = tmp_path / "listen.cjs"
    script.write_text(JS)
    async with running(tmp_path) as daemon, daemon.client() as speaker:
        node = await asyncio.create_subprocess_exec(
            "node", script, package, daemon.url, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )  # fmt: skip
        await speaker.until(lambda heard: heard.get("event_type") == "from_npm")
        assert speaker.events[0]["data"]["text"] == "n" * 5_000
        said = await say_everything(speaker)
        async with asyncio.timeout(30):
            output, agreed = await node.communicate()
    told = [orjson.loads(line) for line in output.splitlines()]
    assert heard([message for message in told if "event_type" in message]) == said
    assert b"permessage-deflate" in agreed


@pytest.mark.parametrize(("compression", "agreed"), [("true", True), ("false", False)])
async def test_compression_saves_most_of_the_bytes_unless_it_is_switched_off(
    tmp_path: Path, compression: str, agreed: bool
) -> None:
    async with (
        running(tmp_path, STREAMD_WS__COMPRESSION=compression) as daemon,
        daemon.client() as speaker,
        connect(daemon.url, max_size=None) as socket,
    ):
        received = 0
        take = socket.data_received

        def count(data: bytes) -> None:
            nonlocal received
            received += len(data)
            take(data)

        socket.data_received = count  # type: ignore[method-assign]
        client = Client(socket)
        await client.next()
        for _ in range(20):
            await speaker.ask(type="publish", event_type="said", data={"text": "the same again " * 500})
        await client.heard(20)
        assert (received < 20_000) is agreed
