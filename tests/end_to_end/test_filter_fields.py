"""Fields in the conditions of filters: what no item can have, and what is misspelled, is refused as in lists."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import orjson
import pytest
from websockets.asyncio.client import connect

from tests.support.daemon import Daemon, Message, running

TYPES: Final = """
[item_types.part]
other_fields = false
[item_types.part.fields]
stock = { type = "number" }
[item_types.part.criteria]
low = { where = [["stock", "<", 5]] }
[item_types.note.fields]
stock = { type = "number" }
"""

PART: Final = {"item_types": ["part"]}
NOTE: Final = {"item_types": ["note"]}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    (tmp_path / "config.toml").write_text(TYPES)
    async with running(tmp_path) as one:
        yield one


@pytest.mark.parametrize("kind", ["subscribe", "snapshot"])
async def test_a_field_that_is_none_is_refused(daemon: Daemon, kind: str) -> None:
    cases: list[tuple[Message, str, str]] = [
        (PART, "stok", "; did you mean stock?"),
        (PART, "colour", ""),  # no part can ever have it
        (NOTE, "stok", "; did you mean stock?"),
        ({}, "stok", "; did you mean stock?"),
    ]
    async with daemon.client() as client:
        for chosen, field, meant in cases:
            where = [{"any": [["stock", "==", 1], {"not": [field, "==", 1]}]}]
            refused = await client.ask(type=kind, where=where, **chosen)
            assert (refused["code"], refused["path"]) == ("invalid_message", "where")
            assert refused["message"] == f"there is no field {field}{meant}"


@pytest.mark.parametrize("kind", ["subscribe", "snapshot"])
async def test_a_field_that_items_may_have_is_allowed(daemon: Daemon, kind: str) -> None:
    cases: list[tuple[Message, str]] = [
        (PART, "id"),
        (PART, "name"),
        (NOTE, "colour"),  # a note may have one tomorrow
        ({}, "colour"),
        ({"item_types": ["task"]}, "stok"),  # of a type that is not declared nothing is known
        ({"item_types": ["task", "part"]}, "stok"),
    ]
    for chosen, field in cases:
        async with daemon.client() as client:
            await client.send(type=kind, where=[[field, "==", "red"]], **chosen)
            told = await client.until(
                lambda message: message.get("type") in ("subscribed", "snapshot", "error")
            )
            assert told["type"] != "error", (chosen, field)


async def test_a_field_that_an_item_has_is_none_that_is_misspelled(daemon: Daemon) -> None:
    async with daemon.client() as client:
        ack = await client.ask(type="add_item", item={"type": "note", "name": "A", "stocks": 1})
        assert ack["type"] == "ack"
        told = await client.ask(type="subscribe", where=[["stocks", "==", 1]], snapshot=False, **NOTE)
        assert told["type"] == "subscribed"
        # what holds for its conditions holds while they stay
        await client.ask(type="remove_item", item_id=ack["item_id"])
        assert (await client.ask(type="subscribe", topics=["progress"]))["type"] == "subscribed"


async def test_a_criterion_of_the_configuration_stays_a_filter(daemon: Daemon) -> None:
    async with daemon.client(where="low") as client:
        assert (await client.ask(type="ping"))["type"] == "pong"


async def test_an_address_with_a_misspelled_field_is_told_which_is_meant(daemon: Daemon) -> None:
    address = f"{daemon.url}?{urlencode({'where': orjson.dumps([['stok', '<', 5]]).decode()})}"
    async with connect(address) as socket:
        refused = orjson.loads(await socket.recv())
    assert refused["code"] == "invalid_message"
    assert refused["message"].endswith("did you mean stock?")
