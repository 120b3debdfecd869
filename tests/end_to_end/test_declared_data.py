"""What a declaration says of items holds on every road in; references hold whatever becomes of the items."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from streamd.tables import report_from
from tests.support.daemon import Client, Daemon, Message, running

CONFIG = """
[item_types.supplier]
strict = true
[item_types.supplier.fields]
vat_id = { type = "string", unique = true }

[item_types.part]
strict = true
[item_types.part.fields]
sku = { type = "string", required = true, unique = true }
current_stock = { type = "integer", minimum = 0, default = 5 }
price = { type = "decimal", places = 2 }
due = { type = "date" }
checked = { type = "datetime" }
tags = { type = "list", of = "string" }
supplier = { type = "reference", refers_to = "supplier" }

[item_types.part.criteria]
low = { where = [["current_stock", "<", 10]] }

[item_types.offer]
[item_types.offer.fields]
supplier = { type = "reference", refers_to = "supplier", on_remove = "clear" }

[item_types.contract]
[item_types.contract.fields]
supplier = { type = "reference", refers_to = "supplier", on_remove = "ask" }
"""


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    (tmp_path / "config.toml").write_text(CONFIG)
    async with running(tmp_path) as started:
        yield started


@pytest.fixture
async def client(daemon: Daemon) -> AsyncIterator[Client]:
    async with daemon.client() as connected:
        yield connected


async def add(client: Client, item_id: str, item_type: str, **fields: object) -> Message:
    reply = await client.ask(
        type="add_item", id=item_id, item={"type": item_type, "name": item_id.title(), **fields}
    )
    if reply["type"] == "ack":
        await client.heard(reply["seq"])
    return reply


async def change(client: Client, item_id: str, **values: object) -> Message:
    reply = await client.ask(type="change_item", item_id=item_id, set=values)
    if reply["type"] == "ack":
        await client.heard(reply["seq"])
    return reply


async def remove(client: Client, item_id: str, **keys: object) -> Message:
    return await client.ask(type="remove_item", item_id=item_id, **keys)


async def flat(client: Client, item_id: str) -> Message:
    reply = await client.ask(type="get_item", item_id=item_id)
    return dict(reply.get("item", {}))


def paths(reply: Message) -> list[str]:
    return [mistake["path"] for mistake in reply["mistakes"]]


async def test_all_mistakes_of_an_item_are_told_at_once_by_path(client: Client) -> None:
    reply = await add(
        client, "p1", "part", curent_stock=3, price="1.999", due="soon", checked="2026-01-01", tags=["a", 3]
    )

    assert reply["code"] == "invalid_message"
    assert sorted(paths(reply)) == ["checked", "curent_stock", "due", "price", "sku", "tags[1]"]
    assert "did you mean current_stock?" in reply["message"]
    assert reply["path"] == reply["mistakes"][0]["path"]
    assert await flat(client, "p1") == {}

    await add(client, "p1", "part", sku="A")
    reply = await client.ask(type="change_item", item_id="p1", set={"price": True, "stok": 1}, unset=["sku"])
    assert sorted(paths(reply)) == ["price", "sku", "stok"]


async def test_values_are_stored_as_their_kind_says(client: Client) -> None:
    await add(client, "p1", "part", sku="A", price="12.50", checked="2026-11-20T10:30:00+01:00", tags=["x"])

    item = await flat(client, "p1")
    assert (item["price"], item["checked"], item["tags"]) == (12.5, "2026-11-20T09:30:00.000000Z", ["x"])
    reply = await client.ask(type="change_item", item_id="p1", inc={"price": 0.001})
    assert paths(reply) == ["price"]


async def test_defaults_hold_for_a_message_a_bulk_an_import_and_a_request(client: Client) -> None:
    await add(client, "p1", "part", sku="A")
    await client.ask(
        type="bulk", operation="add_multiple", items=[{"id": "p2", "type": "part", "name": "P2", "sku": "B"}]
    )
    await client.ask(type="import", format="csv", item_type="part", text="item id,name,sku\np3,P3,C\n")
    none = await add(client, "p4", "part", sku="D", current_stock=None)

    assert [(await flat(client, one))["current_stock"] for one in ("p1", "p2", "p3")] == [5, 5, 5]
    assert none["type"] == "ack"
    assert "current_stock" not in await flat(client, "p4")


async def test_a_unique_value_belongs_to_one_item_on_every_road(client: Client) -> None:
    await add(client, "p1", "part", sku="A")
    await add(client, "p2", "part", sku="B")

    refused = await add(client, "p3", "part", sku="A")
    assert (paths(refused), refused["mistakes"][0]["taken_by"]) == (["sku"], "p1")
    assert paths(await change(client, "p2", sku="A")) == ["sku"]
    assert (await change(client, "p1", sku="A"))["unchanged"]
    bulk = await client.ask(
        type="bulk",
        operation="add_multiple",
        items=[{"id": one, "type": "part", "name": one, "sku": sku} for one, sku in
               (("p4", "X"), ("p5", "X"), ("p6", "Y"))],
    )  # fmt: skip
    assert (bulk["done"], bulk["refused"]) == (2, 1)
    imported = await client.ask(
        type="import", format="csv", item_type="part", text="item id,name,sku\np7,P7,B\n"
    )
    assert imported["refused"] == 1

    await remove(client, "p1")
    assert (await add(client, "p8", "part", sku="A"))["type"] == "ack"


async def test_an_empty_value_is_none_that_another_item_could_have(client: Client) -> None:
    for number, empty in enumerate(("", "", " ", None)):
        reply = await add(client, f"s{number}", "supplier", vat_id=empty)
        assert reply["type"] == "ack"
    await add(client, "s8", "supplier", vat_id="DE1")
    await add(client, "s9", "supplier", vat_id="DE2")
    for item_id in ("s8", "s9"):
        assert (await change(client, item_id, vat_id=""))["type"] == "ack"
    assert (await change(client, "s9", vat_id="DE1"))["type"] == "ack"
    taken = await change(client, "s8", vat_id="DE1")
    assert (taken["code"], taken["mistakes"][0]["taken_by"]) == ("invalid_message", "s9")


async def test_parts_of_one_write_see_each_other_and_may_swap_a_unique_value(client: Client) -> None:
    await add(client, "p1", "part", sku="A")
    await add(client, "p2", "part", sku="B")

    swapped = await client.ask(
        type="bulk",
        operation="update_multiple",
        atomic=True,
        items=[{"id": "p1", "sku": "B"}, {"id": "p2", "sku": "A"}],
    )
    assert swapped["type"] == "ack"
    doubled = await client.ask(
        type="bulk",
        operation="add_multiple",
        atomic=True,
        items=[{"id": "p3", "type": "part", "name": "a", "sku": "Z"}, {"id": "p4", "type": "part", "name": "b", "sku": "Z"}],
    )  # fmt: skip
    assert (paths(doubled), doubled["index"], doubled["item_id"]) == (["sku"], 1, "p4")
    # What the refused write had is free.
    assert (await add(client, "p5", "part", sku="Z"))["type"] == "ack"
    assert (await add(client, "p6", "part", sku="A"))["code"] == "invalid_message"


async def test_an_undo_against_a_unique_value_is_refused_clearly(client: Client) -> None:
    await add(client, "p1", "part", sku="A")
    changed = await change(client, "p1", sku="B")
    await add(client, "p2", "part", sku="A")

    reply = await client.ask(type="undo", seq=changed["seq"])
    assert reply["code"] == "invalid_message"
    assert "cannot be undone" in reply["message"]
    assert "p2" in reply["message"]

    removed = await remove(client, "p2")
    assert (await client.ask(type="undo", seq=changed["seq"]))["type"] == "ack"
    assert (await client.ask(type="undo", seq=removed["seq"]))["code"] == "invalid_message"


async def test_a_reference_is_given_by_id_or_clear_name_and_shown_with_its_name(client: Client) -> None:
    await add(client, "s1", "supplier", name="Acme")
    await add(client, "s2", "supplier", name="Twin")
    await add(client, "s3", "supplier", name="Twin")

    await add(client, "p1", "part", sku="A", supplier="acme")
    assert (await flat(client, "p1"))["supplier"] == "s1"
    assert client.events[-1]["names"] == {"s1": "Acme"}
    await add(client, "p2", "part", sku="B", supplier="s2")
    assert (await flat(client, "p2"))["supplier"] == "s2"

    unclear = await add(client, "p3", "part", sku="C", supplier="Twin")
    assert [one["item_id"] for one in unclear["mistakes"][0]["candidates"]] == ["s2", "s3"]
    assert paths(await add(client, "p3", "part", sku="C", supplier="Nobody")) == ["supplier"]
    assert paths(await add(client, "p3", "part", sku="C", supplier="p1")) == ["supplier"]

    await change(client, "s1", name="Acme Ltd")
    assert (await client.ask(type="get_item", item_id="p1"))["names"] == {"s1": "Acme Ltd"}
    listed = await client.ask(type="list_items", item_type="part")
    assert listed["names"] == {"s1": "Acme Ltd", "s2": "Twin"}
    snapshot = await client.ask(type="snapshot", item_types=["part"])
    assert snapshot["names"] == {"s1": "Acme Ltd", "s2": "Twin"}
    exported = await client.ask(type="export", format="csv", item_type="part")
    assert "Acme Ltd" in exported["text"]
    assert ",s2" in exported["text"]
    again = await client.ask(type="import", format="csv", item_type="part", text=exported["text"])
    assert (again["unchanged"], again["refused"]) == (2, 0)


async def test_what_is_referred_to_is_not_removed_unless_its_references_may_be_cleared(
    client: Client,
) -> None:
    for one in ("s1", "s2", "s3"):
        await add(client, one, "supplier")
    await add(client, "p1", "part", sku="A", supplier="s1")
    await add(client, "o1", "offer", supplier="s2")
    await add(client, "c1", "contract", supplier="s3")

    refused = await remove(client, "s1", clear_references=True)
    assert (refused["code"], refused["on_remove"], refused["count"]) == ("referenced", "refuse", 1)
    assert refused["referred_by"] == [{"item_id": "p1", "name": "P1", "field": "supplier"}]

    asked = await remove(client, "s3")
    assert (asked["code"], asked["on_remove"]) == ("referenced", "ask")
    assert (await remove(client, "s3", clear_references=True))["cleared"] == 1
    assert "supplier" not in await flat(client, "c1")

    cleared = await remove(client, "s2")
    assert cleared["cleared"] == 1
    assert "supplier" not in await flat(client, "o1")
    undone = await client.ask(type="undo", seq=cleared["seq"])
    assert undone["undone"] == 2
    assert (await flat(client, "o1"))["supplier"] == "s2"

    retyped = await client.ask(type="change_item", item_id="s1", set={"type": "note"})
    assert (retyped["code"], retyped["on_remove"]) == ("referenced", "refuse")
    await client.ask(type="add_item", id="s4", item={"type": "supplier", "name": "Delta"})
    await client.ask(type="change_item", item_id="c1", set={"supplier": "s4"})
    retyped = await client.ask(type="change_item", item_id="s4", set={"type": "note"})
    assert (retyped["code"], retyped["on_remove"]) == ("referenced", "refuse")
    assert "clear_references" not in retyped["message"]
    both = await client.ask(type="bulk", operation="remove_multiple", items=["s1", "p1"], atomic=True)
    assert both["type"] == "ack"


async def test_a_damaged_item_leaves_no_references_to_it_either(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for one in ("s1", "s2", "s3"):
            await add(client, one, "supplier")
        await add(client, "p1", "part", sku="A", supplier="s1")
        await add(client, "o1", "offer", supplier="s2")
        await add(client, "c1", "contract", supplier="s3")
    await daemon.stop()
    with closing(sqlite3.connect(daemon.directory / "streamd.db", isolation_level=None)) as database:
        database.execute("UPDATE items SET body = '{' WHERE type = 'supplier'")
    await daemon.start()

    async with daemon.client() as client:
        refused = await remove(client, "s1")
        assert (refused["code"], refused["on_remove"], refused["count"]) == ("referenced", "refuse", 1)
        assert (await remove(client, "s3"))["on_remove"] == "ask"
        assert (await remove(client, "s3", clear_references=True))["cleared"] == 1
        assert (await remove(client, "s2"))["cleared"] == 1
        assert ["supplier" in await flat(client, one) for one in ("p1", "o1", "c1")] == [True, False, False]
        await client.ask(type="change_item", item_id="p1", unset=["supplier"])
        assert (await remove(client, "s1"))["type"] == "ack"
        assert (await add(client, "s1", "supplier"))["type"] == "ack"


async def test_an_undo_that_would_leave_a_dangling_reference_is_refused_clearly(client: Client) -> None:
    added = await add(client, "s1", "supplier")
    part = await add(client, "p1", "part", sku="A", supplier="s1")

    reply = await client.ask(type="undo", seq=added["seq"])
    assert reply["code"] == "referenced"
    assert "cannot be undone" in reply["message"]
    gone = await remove(client, "p1")
    await remove(client, "s1")
    reply = await client.ask(type="undo", seq=gone["seq"])
    assert (reply["code"], paths(reply)) == ("invalid_message", ["supplier"])
    assert part["seq"] < gone["seq"]


async def test_the_rules_hold_after_a_restart(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await add(client, "s1", "supplier", vat_id="1")
        await add(client, "p1", "part", sku="A", supplier="s1")
    await daemon.stop()
    await daemon.start()
    async with daemon.client() as client:
        assert (await remove(client, "s1"))["code"] == "referenced"
        assert paths(await add(client, "s2", "supplier", vat_id="1")) == ["vat_id"]
        assert (await add(client, "p2", "part", sku="B", supplier="S1"))["type"] == "ack"


async def test_an_agent_asks_before_references_are_cleared_and_speaks_of_names(client: Client) -> None:
    await add(client, "s1", "supplier", name="Acme")
    await add(client, "c1", "contract", name="Rope contract", supplier="Acme")

    told = await client.request("Remove Acme")
    asked = told[-1]
    assert asked["type"] == "interrupt"
    assert "Rope contract" in asked["message"]
    await client.send(type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], decision="approve")
    await client.until(lambda message: message["type"] == "complete" if "run_seq" in message else False)
    assert await flat(client, "s1") == {}
    assert "supplier" not in await flat(client, "c1")


async def test_an_agent_asks_about_what_can_be_removed_and_says_what_stays(client: Client) -> None:
    for one in ("s1", "s2", "s3"):
        await add(client, one, "supplier")
    await add(client, "p1", "part", sku="A", supplier="s1")
    await add(client, "c1", "contract", supplier="s1")

    told = await client.request("Remove all suppliers")
    assert told[-1]["type"] == "complete"  # the one that a person would have to be asked about stays
    assert "S1 was left alone" in told[-1]["message"]
    assert "P1 (supplier)" in told[-1]["message"]
    assert await flat(client, "s1") != {}
    assert await flat(client, "s2") == {}

    await add(client, "s4", "supplier")
    await add(client, "c2", "contract", supplier="s4")
    asked = (await client.request("Remove all suppliers"))[-1]
    assert asked["message"].startswith("Remove 1 item (all suppliers): S4?")
    assert "S1 stays: it is referred to by P1 (supplier)" in asked["message"]
    # What was said to stay does, even where nothing holds it any more.
    await remove(client, "p1")
    await client.send(type="respond", interrupt_id=asked["interrupt"]["interrupt_id"], decision="approve")
    await client.until(lambda message: message["type"] == "complete" if "run_seq" in message else False)
    assert await flat(client, "s4") == {}
    assert await flat(client, "s1") != {}


async def test_what_refers_and_what_is_referred_to_are_removed_together(client: Client) -> None:
    await add(client, "s1", "supplier")
    await add(client, "p1", "part", sku="A", supplier="s1")

    told = await client.request("Remove all suppliers and all parts")
    assert "Removed 2 items" in told[-1]["message"]


async def test_conditions_and_order_are_of_the_kind_not_of_the_text(client: Client) -> None:
    await add(client, "p1", "part", sku="A", checked="2026-02-28T10:00:00.500000Z", price="1.50")
    await add(client, "p2", "part", sku="B", checked="2026-02-28T12:00:00+02:00", price=1.5)
    await add(client, "p3", "part", sku="C", checked="2026-02-28T09:00:00Z", price=2)

    async def listed(*where: object, **keys: object) -> list[str]:
        reply = await client.ask(type="list_items", item_type="part", where=list(where), **keys)
        return [item["id"] for item in reply["items"]]

    assert await listed(sort="checked") == ["p3", "p2", "p1"]
    assert await listed(["checked", ">", "2026-02-28T10:00:00Z"]) == ["p1"]
    assert await listed(["checked", "==", "2026-02-28T10:00:00.000Z"]) == ["p2"]
    assert await listed(["checked", "<", "2026-02-28T11:30:00+02:00"]) == ["p3"]
    assert await listed({"not": ["checked", "in", ["2026-02-28T12:00:00+02:00"]]}) == ["p1", "p3"]
    assert await listed(["price", "==", "1.50"]) == ["p1", "p2"]
    assert await listed(["price", "in", ["1.50", 2]]) == ["p1", "p2", "p3"]

    for where, path in (
        ([["checked", "<", "2026-02-28"]], "where[0][2]"),
        ([{"any": [["price", "in", [1, "cheap"]]]}], "where[0].any[0][2][1]"),
        ([["due", ">", "soon"]], "where[0][2]"),
    ):
        for message in ("list_items", "subscribe"):
            types: dict[str, object] = (
                {"item_type": "part"} if message == "list_items" else {"item_types": ["part"]}
            )
            reply = await client.ask(type=message, where=where, **types)
            assert (reply["code"], reply["path"]) == ("invalid_message", path)
    assert (
        "an instant such as"
        in (await client.ask(type="list_items", where=[["checked", "==", "now"]]))["message"]
    )


async def test_a_view_reads_instants_as_a_list_does(client: Client) -> None:
    await add(client, "p1", "part", sku="A", checked="2026-02-28T10:00:00.5Z")
    await add(client, "p2", "part", sku="B", checked="2026-02-28T10:00Z")
    where = [["checked", ">", "2026-02-28T12:00:00+02:00"]]
    page = await client.ask(type="snapshot", item_types=["part"], where=where)
    assert [item["id"] for item in page["items"]] == ["p1"]


@pytest.mark.parametrize("nothing", ["", "  ", "\N{NO-BREAK SPACE}\n", None, []])
async def test_what_is_required_needs_a_value_on_every_road(client: Client, nothing: object) -> None:
    await add(client, "p1", "part", sku="A")
    for refused in (
        await add(client, "p2", "part", sku=nothing),
        await change(client, "p1", sku=nothing),
        await client.ask(
            type="bulk", operation="update_multiple", atomic=True, items=[{"id": "p1", "sku": nothing}]
        ),
    ):
        assert (refused["code"], "sku" in paths(refused)) == ("invalid_message", True), refused
    for item_type in ("part", "undeclared"):
        refused = await client.ask(
            type="add_item", id="p3", item={"type": item_type, "sku": "C", "name": nothing}
        )
        assert (refused["code"], paths(refused)) == ("invalid_message", ["name"])
    told = await client.ask(
        type="import", format="csv", item_type="part", text='item id,name,sku\np4,P4,"  "\n'
    )
    assert (told["added"], told["refused"]) == (0, 1)


async def test_a_dry_run_reports_what_the_import_does(client: Client) -> None:
    await add(client, "s1", "supplier", name="Acme")
    await add(client, "p1", "part", sku="A", supplier="s1")
    text = (
        "item id,name,sku,supplier\n"
        "p1,P1,A,Acme\n"  # unchanged
        "p2,P2,A,s1\n"  # taken by one that is there
        "p3,P3,C,Nobody\n"  # no such supplier
        "p4,P4,D,acme\n"
        "p5,P5,D,s1\n"  # taken by a row before
        "p6,P6,,s1\n"  # not without a sku: refused before it is tried
    )
    message = {"type": "import", "format": "csv", "item_type": "part", "text": text}
    before = await client.ask(type="list_items", total=True)
    tried = await client.ask(**message, dry_run=True)
    after = await client.ask(type="list_items", total=True)
    assert (after["total"], after["seq"]) == (before["total"], before["seq"])
    done = await client.ask(**message)
    for reply in (tried, done):
        reply.pop("request_id")
    assert tried.pop("dry_run") is not done.pop("dry_run")
    assert tried == done
    assert (done["added"], done["unchanged"]) == (1, 1)
    assert [one["item_id"] for one in done["refused_items"]] == ["p2", "p3", "p5"]

    demand = "sku,date,demand\nD,2026-01-01,4\nX,2026-01-01,1\n"
    tried = await client.ask(type="import", format="csv", text=demand, dry_run=True)
    done = await client.ask(type="import", format="csv", text=demand)
    assert (tried["demand"], tried["refused"]) == (done["demand"], done["refused"]) == (1, 1)


async def test_members_join_a_list_as_they_are_stored(tmp_path: Path) -> None:
    config = '[item_types.log.fields]\ntimes = { type = "list", of = "datetime" }\nsums = { type = "list", of = "decimal" }\n'
    (tmp_path / "config.toml").write_text(config)
    async with running(tmp_path) as daemon, daemon.client() as client:
        await add(client, "l1", "log", times=["2026-01-01T10:00:00Z"], sums=[1.5])
        for _ in range(2):
            joined = await client.ask(
                type="change_item",
                item_id="l1",
                add_to_set={"times": ["2026-01-01T11:00:00+01:00", "2026-01-02T00:00Z"], "sums": ["1.50"]},
            )
        assert joined["unchanged"]
        item = await flat(client, "l1")
        assert item["times"] == ["2026-01-01T10:00:00.000000Z", "2026-01-02T00:00:00.000000Z"]
        assert item["sums"] == [1.5]
        refused = await client.ask(type="change_item", item_id="l1", add_to_set={"times": ["soon"]})
        assert paths(refused) == ["times[2]"]


async def test_a_term_that_is_none_is_refused_where_a_number_is_compared(client: Client) -> None:
    for right in ("curent_stock * 1.2", "curent_stock", "1.2 * price", "price / 2", "price + price"):
        reply = await client.ask(type="list_items", item_type="part", where=[["current_stock", "<", right]])
        assert (reply["code"], reply["path"]) == ("invalid_message", "where[0][2]"), right
        assert ("did you mean current_stock?" in reply["message"]) is right.startswith("curent"), right
    reply = await client.ask(type="subscribe", where=[["current_stock", "==", "stcok * 2"]])
    assert (reply["code"], reply["path"]) == ("invalid_message", "where[0][2]")
    for where in (
        ["current_stock", "==", "n/a"],
        ["current_stock", "<", "price * 2"],
        ["sku", "==", "a * 2"],
    ):
        assert (await client.ask(type="list_items", item_type="part", where=[where]))["type"] == "items"


async def test_a_list_is_described_as_it_is_declared(client: Client) -> None:
    described = await client.ask(type="describe", what=["item_types", "messages"])
    assert described["item_types"]["part"]["fields"]["tags"]["kind"] == "list"
    assert "names_changed" in described["messages"]["events"]


async def test_an_import_tells_all_mistakes_of_a_row_at_once(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        """
[item_types.part.fields]
sku = { type = "string", required = true }
stock = { type = "integer", maximum = 5 }
since = { type = "date" }
"""
    )
    text = "id,name,sku,stock,since\n1,A,,9,yesterday\n2,B,b,3,2026-01-02\n3,C,c,9,2026-01-02\n4,D,,3,\n"
    async with running(tmp_path) as daemon, daemon.client() as client:
        for kind in (True, False):
            done = await client.ask(type="import", text=text, item_type="part", dry_run=kind)
            assert (done["added"], done["refused"]) == (1, 3)
            first, second, third = done["report"]["refused"]
            stock = {"column": "stock", "value": "9", "why": "stock must be at most 5, not 9"}
            since = {"column": "since", "value": "yesterday", "why": "is not a date; write it as 2026-11-20"}
            lacks = {"why": "an item of type part needs a sku"}
            assert first == {"row": 2, **stock, "mistakes": [stock, since, lacks]}
            assert second == {"row": 4, **stock}
            assert third == {"row": 5, **lacks}
        assert [line for line in report_from(done["report"]).lines() if line.startswith("refused")] == [
            (
                "refused row 2, stock: '9': stock must be at most 5, not 9; since: 'yesterday': "
                "is not a date; write it as 2026-11-20; an item of type part needs a sku"
            ),
            "refused row 4, stock: '9': stock must be at most 5, not 9",
            "refused row 5: an item of type part needs a sku",
        ]
