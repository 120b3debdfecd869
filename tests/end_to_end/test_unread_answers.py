"""Long answers that are not read are in the account of bytes, whatever was asked, and leave nothing behind."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Final

import attrs
import pytest

from tests.support.daemon import Daemon
from tests.support.good_client import back_to, footprint, watched
from tests.support.raw import message, raw_client

MB: Final = 1_000_000
CLIENTS: Final = 12
ASKED: Final = 40
LONG: Final = ["x" * 60_000] * 3
"""As much as one message may bring."""

pytestmark = pytest.mark.alone


async def nothing(_: Daemon) -> None:
    """Without preparation."""


async def long_items(daemon: Daemon) -> None:
    async with daemon.client(workspace="w") as client:
        for number in range(60):
            await client.ask(
                type="add_item", item={"id": f"i{number}", "type": "note", "name": "N", "l": LONG}
            )


async def long_changes(daemon: Daemon) -> None:
    async with daemon.client(workspace="w") as client:
        await client.ask(type="add_item", item={"id": "i", "type": "note", "name": "N"})
        for number in range(60):
            await client.ask(type="change_item", item_id="i", set={"l": [*LONG[1:], str(number)]})


async def long_thread(daemon: Daemon) -> None:
    async with daemon.client(workspace="w") as client:
        await client.send(
            type="user_request", user_input="Three days in Lisbon", agent="trip_planner", thread_id="t",
            options={"use_hitl": True}, request_id="r",
        )  # fmt: skip
        while (await client.next())["type"] not in ("interrupt", "complete"):
            pass
        for _ in range(60):
            reply = await client.ask(type="thread", thread_id="t", action="update", values={"queries": LONG})
            assert reply["type"] == "thread", reply


async def long_memories(daemon: Daemon) -> None:
    async with daemon.client(workspace="w") as client:
        for number in range(120):
            value = f"likes boxes {number} " * 1_500
            reply = await client.ask(type="memory", action="set_preference", key=f"k{number}", value=value)
            assert reply["type"] == "memory", reply


@attrs.frozen
class Question:
    """What is asked, and what has to be there for a long answer."""

    asked: bytes
    prepare: Callable[[Daemon], Awaitable[None]] = nothing


QUESTIONS: Final = {
    "list_items": Question(message(type="list_items", limit=1000), long_items),
    "get_item": Question(message(type="get_item", item_id="i1"), long_items),
    "history": Question(message(type="history", item_id="i", limit=1000), long_changes),
    "snapshot": Question(message(type="snapshot"), long_items),
    "export": Question(message(type="export"), long_items),
    "thread history": Question(
        message(type="thread", thread_id="t", action="history", limit=1000), long_thread
    ),
    "thread state": Question(message(type="thread", thread_id="t", action="state"), long_thread),
    "memory list": Question(message(type="memory", action="list", limit=1000), long_memories),
    "memory export": Question(message(type="memory", action="export"), long_memories),
    "memory search": Question(
        message(type="memory", action="search", query="boxes", limit=1000), long_memories
    ),
    "list_interrupts": Question(message(type="list_interrupts"), long_thread),
    "get_progress": Question(message(type="get_progress", history=1000), long_thread),
    "describe": Question(message(type="describe", what="schemas")),
    "import": Question(
        message(type="import", text="ID,Name\n" + "1,x,y\n" * 9_000, filename="a.csv", dry_run=True)
    ),
}


@pytest.mark.parametrize("kind", QUESTIONS)
async def test_answers_that_nobody_reads_take_little_memory_and_none_afterwards(
    tmp_path: Path, kind: str
) -> None:
    question = QUESTIONS[kind]
    async with watched(tmp_path, STREAMD_LIMITS__WAITING_BYTES=str(16 * MB)) as daemon:
        await question.prepare(daemon)
        before = await footprint(daemon)
        most = 0
        async with AsyncExitStack() as attackers:
            greedy = [
                await attackers.enter_async_context(raw_client(daemon, "/?workspace=w", receive_buffer=4_096))
                for _ in range(CLIENTS)
            ]
            with suppress(TimeoutError):
                async with asyncio.timeout(0.5):  # they need not be able to say all of it
                    await asyncio.gather(*(client.send(question.asked * ASKED) for client in greedy))
            most = max(most, daemon.memory())
            async with daemon.client(workspace="w") as other:
                for _ in range(100):
                    assert (await other.ask(type="ping"))["type"] == "pong"
                    await other.ask(type="describe")
                    most = max(most, daemon.memory())
        assert most - before.memory < 80 * MB
        await back_to(daemon, before)
