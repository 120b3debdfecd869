"""Names of what items refer to: heard by who follows the items alone, and what lists are sorted, chosen and searched by."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.daemon import Client, Daemon, Message, running

CONFIG: Final = """
[item_types.supplier]
[item_types.part]
[item_types.part.fields]
stock = { type = "number" }
supplier = { type = "reference", refers_to = "supplier" }
[item_types.offer]
[item_types.offer.fields]
supplier = { type = "reference", refers_to = "supplier", on_remove = "clear" }
[item_types.note]
"""
PARTS: Final = {"item_types": "part"}
FILLED: Final = 5
"""The position when all of them are there."""
LOW: Final = {"where": '[["stock","<",5]]'}


@pytest.fixture(params=["streamd.db", ":memory:"])
async def daemon(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Daemon]:
    (tmp_path / "config.toml").write_text(CONFIG)
    async with running(tmp_path, STREAMD_STORE__PATH=request.param) as started:
        yield started


@pytest.fixture
async def client(daemon: Daemon) -> AsyncIterator[Client]:
    async with daemon.client() as connected:
        await add(connected, "s1", "supplier", name="Zenith")
        await add(connected, "s2", "supplier", name="Acme 3M")
        await add(connected, "p1", "part", name="Copper wire", stock=40, supplier="s1")
        await add(connected, "p2", "part", name="Steel wire", stock=7, supplier="s2")
        await add(connected, "p3", "part", name="Bolt")
        yield connected


async def add(client: Client, item_id: str, item_type: str, **fields: object) -> Message:
    reply = await client.ask(type="add_item", id=item_id, item={"type": item_type, **fields})
    assert reply["type"] == "ack", reply
    return reply


async def change(client: Client, item_id: str, **values: object) -> int:
    reply = await client.ask(type="change_item", item_id=item_id, set=values)
    assert reply["type"] == "ack", reply
    return int(reply["seq"])


def is_snapshot(message: Message) -> bool:
    return message.get("type") == "snapshot"


def names_heard(client: Client) -> dict[str, str]:
    """The names as a client keeps them: those that came last."""
    heard: dict[str, str] = {}
    for event in client.events:
        heard |= event.get("names", {})
    return heard


async def ids(client: Client, **keys: object) -> list[str]:
    reply = await client.ask(type="list_items", **keys)
    assert reply["type"] == "items", reply
    return [item["id"] for item in reply["items"]]


async def test_a_new_name_is_heard_by_who_follows_only_the_items_that_refer_to_it(
    daemon: Daemon, client: Client
) -> None:
    async with (
        daemon.client(**PARTS, snapshot=1) as parts,
        daemon.client(item_types="note") as notes,
        daemon.client(item_types="part,supplier", snapshot=1) as both,
    ):
        await parts.until(is_snapshot)
        await both.until(is_snapshot)
        since, epoch = parts.greeting["seq"], parts.greeting["epoch"]
        seq = await change(client, "s1", name="Zenith Ltd")
        await parts.heard(seq)
        told = parts.events[-1]
        assert (told["event_type"], told["view"], told["data"]) == ("names_changed", "referred", {})
        assert (told["seq"], told["names"], told["user_id"]) == (seq, {"s1": "Zenith Ltd"}, "anonymous")
        assert set(parts.items) == {"p1", "p2", "p3"}
        await both.heard(seq)
        assert (both.events[-1]["event_type"], both.events[-1]["item_id"]) == ("item_updated", "s1")

        # Another field of it, and a new supplier, are none of theirs.
        await change(client, "s1", city="Lisbon")
        await add(client, "n1", "note", name="done")
        last = await change(client, "p3", stock=1)
        await parts.heard(last)
        assert [event["event_type"] for event in parts.events] == ["names_changed", "field_changed"]
        await notes.heard(last - 1)
        assert [event["event_type"] for event in notes.events] == ["item_added"]
    async with daemon.client(**PARTS, since=since, epoch=epoch) as back:
        await back.heard(last)
        assert [event["event_type"] for event in back.events] == ["names_changed", "field_changed"]
        assert names_heard(back) == {"s1": "Zenith Ltd"}


async def test_who_follows_conditions_hears_names_too_and_of_items_that_come_in(
    daemon: Daemon, client: Client
) -> None:
    async with daemon.client(**LOW, snapshot=1) as low:
        await low.until(is_snapshot)
        since, epoch = low.greeting["seq"], low.greeting["epoch"]
        await change(client, "s2", name="Apex")
        last = await change(client, "p2", stock=2)
        await low.heard(last)
        assert [(event["event_type"], event["names"]) for event in low.events] == [
            ("names_changed", {"s2": "Apex"}),
            ("item_added", {"s2": "Apex"}),
        ]
    async with daemon.client(**LOW, since=since, epoch=epoch) as back:
        await back.heard(last)
        assert names_heard(back) == {"s2": "Apex"}


async def test_a_reference_that_goes_with_its_item_is_heard_as_a_change_of_who_referred(
    daemon: Daemon, client: Client
) -> None:
    await add(client, "s3", "supplier", name="Nadir")
    await add(client, "o1", "offer", name="Offer", supplier="s3")
    async with daemon.client(item_types="offer", snapshot=1) as offers:
        await offers.until(is_snapshot)
        ack = await client.ask(type="remove_item", item_id="s3")
        assert ack["cleared"] == 1
        await client.ask(type="undo", seq=ack["seq"])
        last = await change(client, "s3", name="Nadir Ltd")
        await offers.heard(last)
        told = [(event["event_type"], event["data"], event.get("names")) for event in offers.events]
        assert told == [
            ("field_changed", {"supplier": None}, None),
            ("field_changed", {"supplier": "s3"}, {"s3": "Nadir"}),
            ("names_changed", {}, {"s3": "Nadir Ltd"}),
        ]


async def test_the_names_of_what_the_same_write_adds_are_told_before_it_is_there(
    daemon: Daemon, client: Client
) -> None:
    async with daemon.client(**PARTS) as parts:
        items = [
            {"id": "p9", "type": "part", "name": "Rope", "supplier": "s9"},
            {"id": "s9", "type": "supplier", "name": "Ropers"},
        ]
        ack = await client.ask(type="bulk", operation="add_multiple", atomic=True, items=items)
        assert ack["done"] == 2
        await parts.until(lambda message: message.get("event_type") == "item_added")
        assert parts.events[0]["names"] == {"s9": "Ropers"}


async def test_nobody_publishes_new_names(client: Client) -> None:
    refused = await client.ask(type="publish", event_type="names_changed", data={})
    assert (refused["code"], refused["path"]) == ("invalid_message", "event_type")


LISTS: Final[tuple[tuple[Mapping[str, Any], list[str]], ...]] = (
    ({"sort": "supplier.name"}, ["p2", "p1", "p3"]),
    ({"sort": "-supplier.name"}, ["p1", "p2", "p3"]),
    ({"sort": "supplier"}, ["p1", "p2", "p3"]),
    ({"where": [["supplier", "==", "s2"]]}, ["p2"]),
    ({"where": [["supplier.name", "=~", "ZENITH"]]}, ["p1"]),
    ({"where": {"not": ["supplier.name", "contains", "acme"]}}, ["p1", "p3"]),
    ({"search": "zenith"}, ["p1"]),
    ({"search": "wire acm"}, ["p2"]),
    ({"search": "3m steel"}, ["p2"]),
    ({"search": "bolt zenith"}, []),
    ({"search": "wire"}, ["p1", "p2"]),
)  # fmt: skip


@pytest.mark.parametrize("keys", [{"item_type": "part"}, {"item_type": "part", "at": True}])
async def test_lists_sort_choose_and_search_by_the_names_that_are_shown(
    client: Client, keys: Mapping[str, Any]
) -> None:
    at: dict[str, int] = {}
    if "at" in keys:
        at = {"at": FILLED}
        await change(client, "s1", name="Another")
    for asked, expected in LISTS:
        assert await ids(client, item_type="part", **asked, **at) == expected, asked
    grouped = await client.ask(
        type="list_items", item_type="part", group_by="supplier.name", sum="stock", **at
    )
    first = "Acme 3M"
    assert grouped["groups"][0] == {"value": first, "count": 1, "sums": {"stock": 7}}
    assert all("supplier.name" not in item for item in grouped["items"])


async def test_pages_of_a_list_that_is_sorted_by_names_go_on_where_they_ended(client: Client) -> None:
    found: list[str] = []
    after: dict[str, object] = {}
    while True:
        page = await client.ask(type="list_items", item_type="part", sort="supplier.name", limit=1, **after)
        found += [item["id"] for item in page["items"]]
        if not page["more"]:
            break
        after = {"after": page["after"]}
    assert found == ["p2", "p1", "p3"]


async def test_a_path_that_is_none_is_refused_and_so_is_a_filter_by_names(client: Client) -> None:
    refused = await client.ask(type="list_items", item_type="part", sort="suplier.name")
    assert (refused["code"], "did you mean supplier.name?" in refused["message"]) == ("invalid_message", True)
    refused = await client.ask(type="list_items", item_type="supplier", where=[["supplier.name", "==", "x"]])
    assert refused["code"] == "invalid_message"
    for message in ({"type": "subscribe"}, {"type": "snapshot"}, {"type": "hello"}):
        refused = await client.ask(**message, where=[{"any": [["supplier.name", "==", "Zenith"]]}])
        assert (refused["code"], refused["path"]) == ("invalid_message", "where"), message
        assert "compare supplier with an id" in refused["message"]


async def test_a_field_of_an_items_own_that_is_called_like_a_path_stays_what_it_is(client: Client) -> None:
    await change(client, "p1", **{"supplier.name": "Mine"})
    assert await ids(client, item_type="part", where=[["supplier.name", "==", "Mine"]]) == ["p1"]
    page = await client.ask(type="list_items", item_type="part", sort="supplier.name")
    assert [item.get("supplier.name") for item in page["items"]] == [None, "Mine", None]


async def test_search_finds_ids_and_numbers_and_signs_find_nothing(client: Client) -> None:
    await add(client, "sku-4711", "part", name="Nut", cost=[12.5, 80.0], due={"in": 30})
    for search, expected in {
        "4711": ["sku-4711"], "SKU": ["sku-4711"], "12.5": ["sku-4711"], "80": ["sku-4711"], "30 nut": ["sku-4711"],
        "4": ["p1", "sku-4711"], "40": ["p1"], "p2": ["p2"], "7 steel": ["p2"], "99": [],
    }.items():  # fmt: skip
        assert await ids(client, item_type="part", search=search) == expected, search
    for signs in ("???", " - ", "\N{NUT AND BOLT}"):
        reply = await client.ask(type="list_items", item_type="part", search=signs, group_by="supplier")
        assert (reply["items"], reply["total"], reply["groups"], reply["more"]) == ([], 0, [], False)
    assert len(await ids(client, item_type="part", search="  ")) == 4
