"""Strict types take what the daemon itself writes, and say which field was meant by another word."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.daemon import Client, running

CONFIG = """
[item_types.part]
strict = true
[item_types.part.fields]
sku = { type = "string" }
stock = { type = "integer", title = "units in stock", aliases = ["qty"] }
price = { type = "decimal", places = 2 }
[item_types.part.criteria]
low = { where = [["stock", "<", 10]] }
[item_types.note]
"""


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "config.toml").write_text(CONFIG)
    async with running(tmp_path) as daemon, daemon.client() as connected:
        yield connected


async def test_an_import_with_ids_of_its_own_fills_a_strict_type(client: Client) -> None:
    table = {"type": "import", "item_type": "part", "text": "ID,Name,SKU,Qty\n7,Bolt,B-1,3\n"}

    first, again = await client.ask(**table), await client.ask(**table)

    assert (first["added"], first["refused"], again["unchanged"]) == (1, 0, 1)
    item = (await client.ask(type="get_item", item_id="part-7"))["item"]
    assert (item["source_id"], item["stock"]) == ("7", 3)
    exported = await client.ask(type="export", item_type="part")
    back = await client.ask(type="import", item_type="part", text=exported["text"])
    assert (back["refused"], back["unchanged"]) == (0, 1)


async def test_another_word_for_a_field_is_refused_with_its_name(client: Client) -> None:
    for word in ("qty", "Qty", "units_in_stock", "Units in stock", "stok"):
        reply = await client.ask(type="add_item", item={"type": "part", "name": "Bolt", word: 3})

        assert (reply["code"], reply["path"]) == ("invalid_message", word)
        assert "did you mean stock?" in reply["message"]


async def test_a_decimal_is_read_only_from_plain_digits(client: Client) -> None:
    await client.ask(type="add_item", id="p", item={"type": "part", "name": "Bolt"})
    for text in ("1_000", "\u0663", "1,5", "1e20", "1e400", "1e-400", "NaN", "0x10", ""):
        reply = await client.ask(type="change_item", item_id="p", set={"price": text})
        assert (reply.get("code"), reply.get("path")) == ("invalid_message", "price"), text
    for text, value in (("1.50", 1.5), ("-.5", -0.5), ("+3.", 3), ("1e3", 1000), (" 0.00 ", 0)):
        await client.ask(type="change_item", item_id="p", set={"price": text})
        assert (await client.ask(type="get_item", item_id="p"))["item"]["price"] == value


async def test_a_criterion_of_another_type_is_not_said_to_be_unknown(client: Client) -> None:
    context = {"action": "remove", "criteria": "low", "item_type": "note"}
    complete = (await client.request("", context=context))[-1]
    assert "low for note; it is declared for: part" in complete["message"]


async def test_a_comparison_with_a_list_needs_a_list(client: Client) -> None:
    reply = await client.ask(type="list_items", where=[["name", "in", "Bolt"]])
    assert (reply["code"], reply["path"]) == ("invalid_message", "where[0]")
