"""Lists as a table needs them: sorted, searched, grouped, counted, by nested conditions, now and at an earlier position."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.daemon import Client, Daemon, Message, running

WIRES: Final = [
    {"id": "w1", "name": "Copper Wire", "category": "wire", "current_stock": 7, "unit_cost": 0.1},
    {"id": "w2", "name": "steel wire", "category": "wire", "current_stock": 70, "unit_cost": 0.2},
    {"id": "b1", "name": "Bolt M8", "category": "Bolts", "current_stock": 9, "supplier": "Café Métal"},
    {"id": "b2", "name": "Zinc bolt", "category": "Bolts", "min_stock": 5},
    {"id": "x1", "name": "Aluminium rod", "current_stock": 10, "tags": ["copper-coloured"]},
]
FILLED: Final = len(WIRES)
"""The position when all of them are there."""
LIST: Final = {"type": "list_items", "item_type": "inventory"}


@pytest.fixture(params=["streamd.db", ":memory:"])
async def daemon(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, STREAMD_STORE__PATH=request.param) as one:
        yield one


@pytest.fixture
async def client(daemon: Daemon) -> AsyncIterator[Client]:
    async with daemon.client() as one:
        for fields in WIRES:
            item = {"type": "inventory", **{name: value for name, value in fields.items() if name != "id"}}
            assert (await one.ask(type="add_item", id=fields["id"], item=item))["type"] == "ack"
        yield one


def ids(reply: Message) -> list[str]:
    assert reply["type"] == "items", reply
    return [item["id"] for item in reply["items"]]


SORTS: Final[Sequence[tuple[object, list[str]]]] = [
        ("name", ["x1", "b1", "w1", "w2", "b2"]),
        ("-name", ["b2", "w2", "w1", "b1", "x1"]),
        ("current_stock", ["w1", "b1", "x1", "w2", "b2"]),
        ("-current_stock", ["w2", "x1", "b1", "w1", "b2"]),
        (["category", "-current_stock"], ["b1", "b2", "w2", "w1", "x1"]),
        (["-category"], ["w1", "w2", "b1", "b2", "x1"]),
        ("-id", ["x1", "w2", "w1", "b2", "b1"]),
]  # fmt: skip


async def test_a_list_is_sorted_and_comes_in_pages(client: Client) -> None:
    for sort, expected in SORTS:
        whole = await client.ask(**LIST, sort=sort)
        assert (ids(whole), whole["total"], whole["more"]) == (expected, 5, False)
        assert "after" not in whole
        found: list[str] = []
        after: dict[str, Any] = {}
        while len(found) < 5:
            page = await client.ask(**LIST, sort=sort, limit=2, **after)
            assert page["total"] == 5
            found += ids(page)
            after = {"after": page["after"]} if page["more"] else {}
        assert (found, after) == (expected, {})


CONDITIONS: Final[Sequence[tuple[object, list[str]]]] = [
        ({"any": [["category", "==", "Bolts"], ["current_stock", ">", 50]]}, ["w2", "b1", "b2"]),
        ([["category", "==", "wire"], {"not": ["current_stock", "<", 10]}], ["w2"]),
        ([{"not": ["current_stock", "<", 10]}], ["w2", "b2", "x1"]),
        ([{"not": [["category", "==", "wire"], ["current_stock", "<", 10]]}], ["w2", "b1", "b2", "x1"]),
        ({"all": [{"any": [["id", "==", "w1"], ["id", "==", "x1"]]}, ["current_stock", "<", 10]]}, ["w1"]),
        ([{"any": [{"criterion": "out_of_stock"}, ["name", "contains", "rod"]]}], ["x1"]),
]  # fmt: skip


async def test_conditions_nest(client: Client) -> None:
    for where, expected in CONDITIONS:
        reply = await client.ask(**LIST, where=where, total=True)
        assert (ids(reply), reply["total"]) == (expected, len(expected))


SEARCHES: Final[Sequence[tuple[str, list[str]]]] = [
        ("copper", ["w1", "x1"]), ("WIRE cop", ["w1"]), ("bolt", ["b1", "b2"]), ("cafe metal", ["b1"]), ("m8", ["b1"]),
        ("inventory", []), ("nothing", []), (" ", ["w1", "w2", "b1", "b2", "x1"]), ("'; DROP \"bolt\" -- *", []), ('"bolt" *', ["b1", "b2"]),
]  # fmt: skip


async def test_a_search_finds_words_in_any_text(client: Client) -> None:
    for search, expected in SEARCHES:
        assert ids(await client.ask(**LIST, search=search)) == expected


async def test_a_search_follows_edits_and_goes_with_everything_else(client: Client) -> None:
    await client.ask(type="change_item", item_id="w2", set={"name": "Copper cable"})
    await client.ask(type="change_item", item_id="w1", inc={"current_stock": 1})
    removed = await client.ask(type="remove_item", item_id="x1")
    reply = await client.ask(
        **LIST, search="copper", sort="-current_stock", where=[["current_stock", ">", 0]]
    )
    assert (ids(reply), reply["total"]) == (["w2", "w1"], 2)
    assert ids(await client.ask(**LIST, search="steel")) == []
    await client.ask(type="undo", seq=removed["seq"])
    assert ids(await client.ask(**LIST, search="copper")) == ["w1", "w2", "x1"]
    assert ids(await client.ask(**LIST, search="steel", at=FILLED)) == ["w2"]
    past = await client.ask(**LIST, sort="-current_stock", limit=1, at=FILLED)
    assert (ids(past), past["total"], past["seq"]) == (["w2"], 5, FILLED)
    assert ids(await client.ask(**LIST, sort="-current_stock", limit=1, at=FILLED, after=past["after"])) == [
        "x1"
    ]


async def test_groups_have_counts_and_exact_sums(client: Client) -> None:
    reply = await client.ask(**LIST, group_by="category", sum=["current_stock", "unit_cost"], limit=1)
    assert reply["groups"] == [
        {"value": "Bolts", "count": 2, "sums": {"current_stock": 9, "unit_cost": 0}},
        {"value": "wire", "count": 2, "sums": {"current_stock": 77, "unit_cost": 0.3}},
        {"count": 1, "sums": {"current_stock": 10, "unit_cost": 0}},
    ]
    assert (ids(reply), reply["total"], reply["more"]) == (["w1"], 5, True)
    narrowed = await client.ask(**LIST, group_by="category", where=[["category", "==", "wire"]], at=FILLED)
    assert narrowed["groups"] == [{"value": "wire", "count": 2}]
    assert (await client.ask(**LIST, sum="current_stock"))["groups"] == [
        {"count": 5, "sums": {"current_stock": 96}}
    ]


async def test_sums_beyond_what_a_double_counts_are_rounded_once(client: Client) -> None:
    largest = 2**53 - 1
    for number in range(3):
        await client.ask(type="add_item", item={"type": "note", "name": str(number), "size": largest})
    reply = await client.ask(type="list_items", item_type="note", sum="size")
    assert reply["groups"][0]["sums"] == {"size": float(3 * largest)}


async def test_a_sum_that_no_double_can_be_is_refused(client: Client) -> None:
    for name, size in (("a", 1.7e308), ("b", 1.7e308), ("c", -1.7e308)):
        await client.ask(type="add_item", item={"type": "note", "name": name, "size": size})
    total = {"type": "list_items", "item_type": "note", "sum": ["size"]}
    assert (await client.ask(**total))["groups"][0]["sums"] == {"size": 1.7e308}
    refused = await client.ask(**total, where=[["name", "<", "c"]], group_by="type")
    assert (refused["code"], refused["path"]) == ("invalid_message", "sum[0]")


MISTAKES: Final[Sequence[tuple[dict[str, Any], str, str]]] = [
        ({"where": [["curent_stock", "<", 5]]}, "where", "current_stock"),
        ({"where": [{"any": [["name", "==", "x"], ["categroy", "==", "x"]]}]}, "where", "category"),
        ({"sort": ["name", "-unit_csot"]}, "sort[1]", "unit_cost"),
        ({"group_by": "categori"}, "group_by", "category"),
        ({"group_by": "category", "sum": ["curent_stock"]}, "sum[0]", "current_stock"),
        ({"serach": "x"}, "serach", "search"),
        ({"sorts": "name"}, "sorts", "sort"),
        ({"groupby": "name"}, "groupby", "group_by"),
]  # fmt: skip


async def test_an_unknown_field_or_key_is_refused_with_the_one_that_was_meant(client: Client) -> None:
    for asked, path, suggestion in MISTAKES:
        for at in ({}, {"at": FILLED}):
            refused = await client.ask(**LIST, **asked, **at)
            assert (refused["type"], refused["code"], refused["path"]) == ("error", "invalid_message", path)
            assert f"did you mean {suggestion}?" in refused["message"]


async def test_a_field_that_only_some_item_has_is_known_and_other_keys_are_ignored(client: Client) -> None:
    item = {"type": "inventory", "name": "Rare", "colour": "red"}
    await client.ask(type="add_item", id="rare", item=item)
    assert ids(await client.ask(**LIST, where=[["colour", "==", "red"]])) == ["rare"]
    assert ids(await client.ask(**LIST, sort="colour", limit=1)) == ["rare"]
    assert len(ids(await client.ask(**LIST, my_own_key=1))) == 6
    # Of a type that nobody declared and nothing has, nothing is known.
    assert ids(await client.ask(type="list_items", item_type="gadget", where=[["hue", "==", 1]])) == []


async def test_pages_go_on_while_others_edit(daemon: Daemon, client: Client) -> None:
    async with daemon.client() as other:
        first = await client.ask(**LIST, sort="name", limit=2)
        assert ids(first) == ["x1", "b1"]
        await other.ask(type="remove_item", item_id="b1")
        await other.ask(type="add_item", id="a0", item={"type": "inventory", "name": "Aaa"})
        await other.ask(type="add_item", id="z0", item={"type": "inventory", "name": "zzz"})
        rest = await client.ask(**LIST, sort="name", after=first["after"])
        assert ids(rest) == ["w1", "w2", "b2", "z0"]
        refused = await client.ask(**LIST, sort="-name", after=first["after"])
        assert (refused["code"], refused["path"]) == ("invalid_message", "after")


async def test_too_many_groups_are_refused(client: Client) -> None:
    notes = [{"type": "note", "name": f"n{number}", "k": number} for number in range(1_001)]
    done = await client.ask(type="bulk", operation="add_multiple", items=notes)
    assert done["done"] == 1_001
    refused = await client.ask(type="list_items", item_type="note", group_by="k")
    assert (refused["code"], refused["path"]) == ("invalid_message", "group_by")
    narrowed = await client.ask(type="list_items", item_type="note", group_by="k", where=[["k", "<", 1_000]])
    assert len(narrowed["groups"]) == 1_000


async def test_edits_go_on_beside_long_lists(client: Client, daemon: Daemon) -> None:
    """An edit is in the list or not, whole; nobody's edits wait for lists."""
    async with daemon.client() as other:

        async def edit() -> None:
            for number in range(50):
                await other.ask(
                    type="bulk", operation="update_multiple", atomic=True,
                    items=[
                        {"item_id": "w1", "set": {"current_stock": number}},
                        {"item_id": "w2", "set": {"current_stock": 100 - number}},
                    ],
                )  # fmt: skip

        await client.ask(type="bulk", operation="update_multiple", atomic=True, items=[
            {"item_id": "w1", "set": {"current_stock": 0}}, {"item_id": "w2", "set": {"current_stock": 100}},
        ])  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            editing = tasks.create_task(edit())
            while not editing.done():
                reply = await client.ask(**LIST, where=[["category", "==", "wire"]], sum="current_stock")
                assert reply["groups"] == [{"count": 2, "sums": {"current_stock": 100}}]
