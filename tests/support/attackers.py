"""Attackers: clients that want more than their share. Each attack is a round, which may be gone through again and again.

    async with asyncio.TaskGroup() as attackers:
        for name, attack in ATTACKS.items():
            attackers.create_task(repeated(attack, daemon, seconds=10))

`prepare` fills the workspaces that they ask about. What they are told does not matter here: `busy` is as good as an answer.
"""

import asyncio
import os
import zlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from itertools import count
from typing import Final, TypeAlias

import orjson
from websockets.exceptions import ConnectionClosed

from tests.support.daemon import Client, Daemon
from tests.support.largest_messages import numbers, words
from tests.support.raw import PING, frame, handshake, message, raw_client, raw_socket

Attack: TypeAlias = Callable[[Daemon], Awaitable[None]]
"""One round."""

PATIENT: Final = {"STREAMD_WS__MAX_BAD_MESSAGES": "1000000"}
DEFLATE: Final = {"Sec-WebSocket-Extensions": "permessage-deflate"}

MESSAGES: Final = {
    "pings of the protocol": frame(b"here?", PING),
    "pings": message(type="ping"),
    "hellos": message(type="hello"),
    "subscriptions": message(type="subscribe", topics=["items"], event_types=["none"]),
    "what cannot be read": frame(b"{"),
    "frames of nothing": frame(b""),
}
"""What is said without end."""

_THROWN_OUT: Final = (ConnectionError, EOFError, ConnectionClosed, orjson.JSONDecodeError, TimeoutError)
"""What an attacker may meet: the end of its connection, a close frame in place of a message, or no answer within patience."""

_ROUND_SECONDS: Final = 1.0
"""Of a round that would have no end."""


# ── ways to attack ───────────────────────────────────────────────────────────────────────────────────────────────────


def deflated(data: bytes) -> bytes:
    """A compressed message."""
    packer = zlib.compressobj(wbits=-12)
    packed = packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(packed.removesuffix(b"\0\0\xff\xff"), rsv=4)


async def flood(
    daemon: Daemon, what: bytes, seconds: float, *, compressed: bool = False, workspace: str = "bad"
) -> None:
    """Say the same without end, and read all replies."""
    portion = what * max(1, 256_000 // len(what))
    headers = DEFLATE if compressed else {}
    async with raw_client(daemon, f"/?workspace={workspace}", headers=headers) as client:

        async def read() -> None:
            while True:
                await client.read(1 << 20)
                client.forget()

        reading = asyncio.create_task(read())
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await client.send(portion)
        except (TimeoutError, ConnectionError):
            pass  # it is over, or the daemon has stopped
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)


async def said_and_gone(daemon: Daemon, what: bytes, workspace: str = "bad") -> None:
    """Say it and close the socket at once."""
    async with raw_client(daemon, f"/?workspace={workspace}") as client:
        await client.send(what)


async def said_and_unread(daemon: Daemon, what: Iterable[bytes], workspace: str) -> None:
    """Say it, each on a connection of its own, and read nothing for a while."""
    async with AsyncExitStack() as stack:
        path = f"/?workspace={workspace}"
        clients = [
            (await stack.enter_async_context(raw_client(daemon, path, receive_buffer=4_096)), one)
            for one in what
        ]
        with suppress(TimeoutError):
            async with asyncio.timeout(_ROUND_SECONDS):  # they need not be able to say all of it
                await asyncio.gather(*(client.send(one) for client, one in clients))
        await asyncio.sleep(_ROUND_SECONDS)


async def repeated(attack: Attack, daemon: Daemon, seconds: float) -> int:
    """Go through rounds until time is up, and leave in the midst of the last; how many were ended."""
    rounds = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                with suppress(*_THROWN_OUT):
                    await attack(daemon)
                rounds += 1
                await asyncio.sleep(0)
    return rounds


# ── what they ask about ──────────────────────────────────────────────────────────────────────────────────────────────


async def prepare(daemon: Daemon, items: int) -> None:
    """Fill the workspaces `many`, with so many items, `long`, with items of 180 KB, and `told`, with long events."""
    async with daemon.client(workspace="many") as client:
        for start in range(0, items, 500):
            added = [
                {
                    "id": f"i{n}",
                    "type": "inventory",
                    "name": f"Item {n}",
                    "current_stock": n % 90,
                    "note": "n" * 200,
                }
                for n in range(start, start + 500)
            ]
            await client.ask(type="bulk", operation="add_multiple", atomic=True, items=added)
        for number in range(20):
            await client.ask(type="memory", action="set_preference", key=f"k{number}", value="v" * 60_000)
    async with daemon.client(workspace="long") as client:
        for number in range(40):
            texts = [os.urandom(30_000).hex() for _ in range(3)]
            await client.ask(type="add_item", id=f"l{number}", item={"type": "note", "name": "n", "t": texts})
    async with daemon.client(workspace="told") as client:
        for _ in range(200):
            await client.ask(type="publish", event_type="tick", data={"pad": "x" * 60_000})


# ── attacks ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _flood(what: bytes) -> Attack:
    return lambda daemon: flood(daemon, what, _ROUND_SECONDS)


async def _bombs(daemon: Daemon) -> None:
    bomb = deflated(b'{"type":"ping"}' + b" " * 250_000)
    await asyncio.gather(*(flood(daemon, bomb, _ROUND_SECONDS, compressed=True) for _ in range(4)))


_turns: Final = count()


async def _filters(daemon: Daemon) -> None:
    """Snapshots with ever other filters, and lists as they were at ever other positions."""
    async with daemon.client(workspace="many") as client:
        for _ in range(5):
            turn = next(_turns)
            await client.send(type="snapshot", where=[["current_stock", ">=", -turn]], request_id=turn)
            while not _is_last_page(await client.reply(turn)):
                pass
            await client.ask(
                type="list_items", at=max(1, client.greeting["seq"] - turn % 400), sort=["-name"], limit=1
            )


def _is_last_page(reply: Mapping[str, object]) -> bool:
    return not reply.get("more")


async def _questions(daemon: Daemon) -> None:
    """Lists that take long: sorted, grouped, searched, and compared with many values."""
    async with daemon.client(workspace="many") as client:
        await client.ask(type="list_items", sort=["-note", "name"], total=True, limit=1)
        await client.ask(type="list_items", group_by="current_stock", sum=["current_stock"])
        await client.ask(type="list_items", search="item 1 2 3", limit=1)
        await client.ask(type="list_items", where=[["name", "in", words(38_000)]], limit=1)


async def _gone(daemon: Daemon) -> None:
    """Questions of who is gone."""
    for question in ({"type": "list_items", "sort": ["-name"]}, {"type": "snapshot"}, {"type": "export"}):
        await said_and_gone(daemon, message(**question) * 300, "many")


async def _unread(daemon: Daemon) -> None:
    """Answers that nobody reads."""
    asked = [{"type": "snapshot"}, {"type": "export"}, {"type": "memory", "action": "export"}]
    await said_and_unread(daemon, [message(**one) * 40 for one in asked] * 2, "many")


async def _long(daemon: Daemon) -> None:
    """Long items, read and unread."""
    items = b"".join(message(type="get_item", item_id=f"l{number}") for number in range(40))
    await asyncio.gather(
        said_and_unread(daemon, [items * 10, message(type="list_items", limit=1000) * 10], "long"),
        flood(daemon, message(type="snapshot"), _ROUND_SECONDS, workspace="long"),
    )


async def _bulks(daemon: Daemon) -> None:
    """Ten bulks of items at the same time, each all or none, then their removal, so that there are never more."""

    async def one(number: int) -> None:
        ids = [f"b{number}-{n}" for n in range(2_000)]
        async with daemon.client(workspace=f"bulk-{number}", user_id="b") as client:
            await client.ask(type="unsubscribe")
            items = [{"id": one, "type": "inventory", "name": "N"} for one in ids]
            await client.ask(type="bulk", operation="add_multiple", atomic=True, items=items)
            await client.ask(type="bulk", operation="remove_multiple", atomic=number % 2 == 0, items=ids)

    await asyncio.gather(*(one(number) for number in range(10)))


async def _adders(daemon: Daemon) -> None:
    """Twenty connections that edit without end."""
    edits = b"".join(
        message(type=kind, **keys)
        for kind, keys in (
            ("add_item", {"id": "a", "item": {"type": "note", "name": "n", "n": 0}}),
            ("change_item", {"item_id": "a", "inc": {"n": 1}}),
            ("remove_item", {"item_id": "a"}),
        )
    )
    floods = (flood(daemon, edits, _ROUND_SECONDS, workspace=f"adders-{number}") for number in range(20))
    await asyncio.gather(*floods)


async def _sets(daemon: Daemon) -> None:
    """A list that grows by as many members as it may have."""
    async with daemon.client(workspace="sets") as client:
        await client.ask(type="add_item", id="set", item={"type": "note", "name": "n"})
        for start in (0, 5_000, 10_000):
            await client.ask(type="change_item", item_id="set", add_to_set={"l": numbers(5_000, start)})
        await client.ask(type="remove_item", item_id="set")


async def _vanishing(daemon: Daemon) -> None:
    """Sockets that vanish in the midst of a message, and others in the midst of their handshake."""
    half = frame(b" " * 200_000)[:190_000]
    async with AsyncExitStack() as stack:
        for _ in range(20):
            client = await stack.enter_async_context(raw_client(daemon, headers=DEFLATE))
            await client.send(half)
            half_open = await stack.enter_async_context(raw_socket(daemon))
            await half_open.send(handshake("/", {})[:-4])


async def _runs(daemon: Daemon) -> None:
    """Requests without end, of several users, whose answers nobody waits for."""
    asked = message(type="user_request", user_input="Which items are low on stock?") * 20
    for number in range(3):
        await said_and_gone(daemon, asked, f"runs-{number}")
    await asyncio.sleep(_ROUND_SECONDS / 4)


async def _storm(daemon: Daemon) -> None:
    """Clients that come back all at once, and miss much; every other one reads none of it."""

    async def come_back(number: int) -> None:
        path = f"/?workspace=told&since={number}&epoch={epoch}"
        small = 4_096 if number % 2 else None
        async with raw_client(daemon, path, receive_buffer=small, answers_pings=True) as client:
            if number % 2 == 0:
                await client.events(20)
            await asyncio.sleep(_ROUND_SECONDS / 4)

    async with daemon.client(workspace="told") as client:
        epoch = client.greeting["epoch"]
    await asyncio.gather(*(come_back(number) for number in range(60)))


async def _undo(daemon: Daemon) -> None:
    """Runs that add thousands of items, and their undo."""
    async with daemon.client(workspace="undo") as client:
        await client.ask(type="unsubscribe")
        done = await client.ask(type="user_request", context={"item_type": "note", "count": 2_000})
        if "run_id" in done:
            await client.ask(type="undo", run_id=done["run_id"])


async def _imports(daemon: Daemon) -> None:
    """Files with thousands of rows, and their removal."""
    rows = "id,name,current_stock\n" + "".join(f"t{n},Table {n},{n % 10}\n" for n in range(3_000))
    async with daemon.client(workspace="imports") as client:
        await client.ask(type="unsubscribe")
        await client.ask(type="import", text=rows, item_type="inventory")
        ids = [f"t{n}" for n in range(3_000)]
        await client.ask(type="bulk", operation="remove_multiple", items=ids)


async def _threads(daemon: Daemon) -> None:
    """A thread whose state is long, its history, and memories."""
    async with daemon.client(workspace="threads") as client:
        await _thread(client)
        await client.send(type="memory", action="set_preference", key="k", value=words(10_000))
        await client.send(type="memory", action="export")
        await client.ask(type="list_threads", limit=100)
        await client.ask(type="list_runs", limit=100)


async def _thread(client: Client) -> None:
    update = {"type": "thread", "thread_id": "big", "action": "update"}
    reply = await client.ask(**update, values={"v": words(30_000)})
    if reply["type"] == "error":
        await client.ask(type="user_request", user_input="Which items are low on stock?", thread_id="big")
    await client.ask(type="thread", thread_id="big", action="history", limit=20)


ATTACKS: Final[Mapping[str, Attack]] = {
    **{f"a flood of {name}": _flood(what) for name, what in MESSAGES.items()},
    "bombs": _bombs,
    "filters": _filters,
    "questions": _questions,
    "who is gone": _gone,
    "unread answers": _unread,
    "long items": _long,
    "bulks": _bulks,
    "adders": _adders,
    "sets": _sets,
    "sockets that vanish": _vanishing,
    "runs without end": _runs,
    "a storm": _storm,
    "undo": _undo,
    "imports": _imports,
    "threads": _threads,
}
"""All of them."""
