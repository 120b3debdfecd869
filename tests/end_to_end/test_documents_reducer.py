"""The reducer of the front end's document, run by node on a client from npm, ends where the store is."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import attrs
import orjson
import pytest

from tests.support.daemon import PATIENCE_SECONDS, ROOT, Client, Daemon, Message, running

pytestmark = pytest.mark.requirement("A5")

AT_THE_TOP: Final = ("id", "type", "name", "subtitle")


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


@attrs.define
class Reducer:
    """The front end's state, kept by node."""

    process: asyncio.subprocess.Process

    async def line(self) -> str:
        assert self.process.stdout is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            line = await self.process.stdout.readline()
        assert line, "node has ended"
        return line.decode().strip()

    async def items_at(self, seq: int) -> list[Message]:
        """Its items, when it has heard the event at this position."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seq}\n".encode())
        await self.process.stdin.drain()
        items: list[Message] = orjson.loads(await self.line())["items"]
        return items


@asynccontextmanager
async def reducer(url: str) -> AsyncIterator[Reducer]:
    process = await asyncio.create_subprocess_exec(
        "node", ROOT / "tests" / "npm" / "reducer.cjs", url,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=1 << 24,
    )  # fmt: skip
    one = Reducer(process)
    try:
        assert await one.line() == "open"
        yield one
    finally:
        assert process.stdin is not None
        process.stdin.close()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()


def as_stored(item: Message) -> dict[str, object]:
    """An item of the front end, flat: what stands at the top is newer there than in `data`, nulls are removed fields."""
    top = {name: item.get(name) for name in AT_THE_TOP}
    fields = {name: value for name, value in item["data"].items() if name not in AT_THE_TOP}
    return {name: value for name, value in {**top, **fields}.items() if value not in (None, "")}


async def check_equal(client: Client, front_end: Reducer) -> None:
    listed = await client.ask(type="list_items", limit=1000)
    stored: Mapping[str, dict[str, object]] = {item["id"]: item for item in listed["items"]}
    shown = await front_end.items_at(listed["seq"])
    assert [item["id"] for item in shown] == list(stored)
    assert {item["id"]: as_stored(item) for item in shown} == stored


async def test_after_requests_of_every_kind_the_documents_state_is_the_stores(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    npm_client("ws")
    async with reducer(daemon.url) as front_end, daemon.client() as person:
        for say in (
            "Add 5 new inventory items for Q1 planning",
            "Create a new inventory item named Copper Wire",
            "Create 2 suppliers and 3 inventory items",
            "Set the stock of Copper Wire to 80",
            "Rename Copper Wire to Copper Wire 2mm",
            "Remove item Copper Wire 2mm",
            "Remove all low stock items",
        ):
            assert (await person.request(say))[-1]["type"] == "complete"
            await check_equal(person, front_end)
        await person.request(
            "", {"operation": "add_multiple", "items": '[{"type":"note","name":"N","text":"t"}]'}
        )
        await check_equal(person, front_end)


async def test_after_mixed_edits_the_documents_state_is_the_stores(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    npm_client("ws")
    chance = random.Random(7)
    async with reducer(daemon.url) as front_end, daemon.client() as person:
        for number in range(300):
            item_id = f"i{chance.randrange(12)}"
            match chance.randrange(7):
                case 0:
                    item = {"type": "note", "name": f"N{number}", "subtitle": "new", "text": "t", "count": 1}
                    await person.ask(type="add_item", id=item_id, item=item)
                case 1:
                    await person.ask(type="remove_item", item_id=item_id)
                case 2:
                    await person.ask(type="change_item", item_id=item_id, set={"name": f"R{number}"})
                case 3:
                    changes = {"subtitle": chance.choice([f"s{number}", None]), "text": f"t{number}"}
                    await person.ask(type="change_item", item_id=item_id, set=changes)
                case 4:
                    kind = chance.choice(["note", "memo", "task"])
                    await person.ask(
                        type="change_item", item_id=item_id, set={"type": kind}, inc={"count": 1}
                    )
                case 5:
                    await person.ask(type="change_item", item_id=item_id, unset=["text", "count"])
                case _:
                    await person.ask(
                        type="publish", event_type="noticed", data={"n": number}, item_id=item_id
                    )
        assert person.items
        await check_equal(person, front_end)
