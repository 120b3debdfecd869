"""Taking back: a whole run or one change, by events that everyone hears; all of it, or nothing and why."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import Follower, follow

BOLT: Final = {"type": "inventory", "name": "Bolt", "current_stock": 80, "tags": ["m8"]}
Items = dict[str, dict[str, object]]


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **installed(tmp_path / "site")) as one:
        yield one


async def items_of(client: Client) -> Items:
    return {item["id"]: item for item in (await client.ask(type="list_items"))["items"]}


async def set_up(client: Client) -> Items:
    for item_id in ("bolt", "nut", "washer"):
        await client.ask(type="add_item", id=item_id, item={**BOLT, "name": item_id.title()})
    return await items_of(client)


async def asked(client: Client, *wishes: str) -> list[str]:
    """Have these done; the runs."""
    return [(await client.request(wish))[0]["run_id"] for wish in wishes]


def seqs_of(events: Sequence[Message], run_id: str) -> list[int]:
    return [event["seq"] for event in events if event.get("run_id") == run_id]


async def test_a_whole_run_is_taken_back_and_every_socket_hears_it(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as ann, daemon.client(user_id="bob") as bob:
        before = await set_up(ann)
        for wish, changes in (
            ("Add 3 suppliers", 3),
            ("Set current stock to 5 for all items", 3),
            ("Remove all inventory items", 3),
        ):
            (run_id,) = await asked(ann, wish)
            assert await items_of(ann) != before
            ack = await bob.ask(type="undo", run_id=run_id)
            assert (ack["type"], ack["run_id"], ack["undone"]) == ("ack", run_id, changes), ack
            assert len(ack["seqs"]) == len(ack["item_ids"]) == changes
            assert ack["seq"] == ack["seqs"][-1]
            for client in (ann, bob):
                await client.heard(ack["seq"])
                told = [event for event in client.events if event["seq"] in ack["seqs"]]
                assert [event["item_id"] for event in told] == ack["item_ids"]
                assert {(event["user_id"], event["agent_id"]) for event in told} == {("bob", "user")}
            assert await items_of(ann) == before == {**ann.items} == {**bob.items}


async def test_one_change_is_taken_back_by_its_position_and_so_is_the_taking_back(daemon: Daemon) -> None:
    async with daemon.client() as client:
        before = await set_up(client)
        changes: dict[str, Mapping[str, object]] = {
            "change": {
                "type": "change_item",
                "item_id": "bolt",
                "set": {"current_stock": 1, "colour": "red"},
            },
            "rename": {"type": "change_item", "item_id": "nut", "set": {"name": "Wing nut"}},
            "count": {"type": "change_item", "item_id": "nut", "inc": {"current_stock": -7}},
            "unset": {"type": "change_item", "item_id": "washer", "unset": ["tags"]},
            "add": {"type": "add_item", "id": "new", "item": BOLT},
            "remove": {"type": "remove_item", "item_id": "washer"},
        }
        for name, change in changes.items():
            seq = (await client.ask(**change))["seq"]
            changed = await items_of(client)
            assert changed != before, name
            undone = await client.ask(type="undo", seq=seq)
            assert (undone["type"], undone["undone"]) == ("ack", 1), (name, undone)
            assert await items_of(client) == before, name
            again = await client.ask(type="undo", seq=undone["seq"])
            assert again["type"] == "ack", (name, again)
            assert await items_of(client) == changed, name
            await client.ask(type="undo", seq=again["seq"])
            assert await items_of(client) == before, name
        await client.ask(type="ping")
        assert client.items == before


async def test_where_somebody_edited_later_nothing_is_taken_back_and_it_is_said_what_and_whose(
    daemon: Daemon,
) -> None:
    async with daemon.client(user_id="ann") as ann, daemon.client(user_id="bob") as bob:
        await set_up(ann)
        (run_id,) = await asked(ann, "Set current stock to 5 for all items")
        edit = await bob.ask(type="change_item", item_id="nut", set={"current_stock": 6})
        await bob.ask(type="change_item", item_id="nut", set={"colour": "blue"})  # not in the way
        other = await bob.ask(type="change_item", item_id="bolt", set={"colour": "red"})
        before = await items_of(ann)
        refused = await ann.ask(type="undo", run_id=run_id)
        assert (refused["type"], refused["code"], refused["item_id"]) == ("error", "conflict", "nut")
        later = refused["later"]
        assert (later["seq"], later["user_id"], later["agent_id"]) == (edit["seq"], "bob", "user")
        assert (later["event_type"], later["data"]) == ("field_changed", {"current_stock": 6})
        assert "bob edited item nut" in refused["message"]
        assert await items_of(ann) == before
        async with daemon.client() as late:
            assert late.greeting["seq"] == other["seq"], "nothing was written"
        # What is in the way is taken back first; another field of an item is not in the way.
        await bob.ask(type="undo", seq=edit["seq"])
        assert (await ann.ask(type="undo", run_id=run_id))["type"] == "ack"
        after = await items_of(ann)
        assert {item["current_stock"] for item in after.values()} == {80}
        assert after["bolt"]["colour"] == "red"


async def test_added_items_that_somebody_changed_or_removed_stay_as_they_are(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as ann, daemon.client(user_id="bob") as bob:
        for edit, code in (
            ({"type": "change_item", "set": {"note": "mine"}}, "conflict"),
            ({"type": "remove_item"}, "conflict"),
        ):
            told = await ann.request("Add 2 suppliers")
            first = told[-1]["data"]["added"][0]
            await bob.ask(**edit, item_id=first)
            before = await items_of(ann)
            refused = await ann.ask(type="undo", run_id=told[0]["run_id"])
            assert (refused["code"], refused["item_id"], refused["later"]["user_id"]) == (code, first, "bob")
            assert await items_of(ann) == before


async def test_undo_is_repeatable_with_an_op_id_and_without_one_there_is_nothing_left(daemon: Daemon) -> None:
    async with daemon.client() as client:
        (run_id,) = await asked(client, "Add 3 suppliers")
        first = await client.ask(type="undo", run_id=run_id, op_id="u-1")
        again = await client.ask(type="undo", run_id=run_id, op_id="u-1")
        for answer in (first, again):
            answer.pop("request_id")
        assert first == again
        assert first["seqs"] == [4, 5, 6]
        twice = await client.ask(type="undo", run_id=run_id)
        assert twice["type"] == "error"
        async with daemon.client() as late:
            assert late.greeting["seq"] == 6
        change = (await client.ask(type="add_item", id="bolt", item=BOLT))["seq"]
        first = await client.ask(type="undo", seq=change, op_id="u-2")
        again = await client.ask(type="undo", seq=change, op_id="u-2")
        assert first["seqs"] == again["seqs"] == [8]


async def test_what_cannot_be_taken_back_is_refused(daemon: Daemon) -> None:
    async with daemon.client() as client, daemon.client(workspace="elsewhere") as stranger:
        (run_id, idle) = await asked(client, "Add 1 supplier", "Hello")
        published = (await client.ask(type="publish", event_type="bell", data={}))["seq"]
        for wrong in ({"run_id": "run-none"}, {"run_id": idle}, {"seq": published}, {"seq": 999}):
            assert (await client.ask(type="undo", **wrong))["code"] == "not_found", wrong
        for wrong in ({"run_id": run_id}, {"seq": 1}):
            assert (await stranger.ask(type="undo", **wrong))["code"] == "not_found", wrong
        for wrong in ({}, {"run_id": run_id, "seq": 1}, {"seq": 0}, {"seq": "1"}):
            assert (await client.ask(type="undo", **wrong))["code"] == "invalid_message", wrong
        await client.send(type="user_request", user_input="go", agent="waits", request_id="w")
        going_on = Follower("w")
        await going_on.hear_type(client, "content")
        refused = await client.ask(type="undo", run_id=going_on.run_id)
        assert (refused["code"], refused["retryable"]) == ("busy", True)


async def test_a_run_that_was_cancelled_failed_or_killed_in_the_middle_can_be_taken_back(
    daemon: Daemon,
) -> None:
    async with daemon.client() as client:
        before = await set_up(client)
        many = Follower("many")
        await client.send(
            type="user_request",
            context={"item_type": "note", "count": 3000},
            thread_id="t",
            request_id="many",
        )
        await many.hear(client, 200)
        await daemon.kill()
        await many.hear_rest(client)
    await daemon.start()
    async with daemon.client(snapshot=1) as client:
        await many.attach(client)
        await client.send(type="cancel", run_id=many.run_id)
        await many.hear(client)
        ack = await client.ask(type="undo", run_id=many.run_id)
        assert ack["undone"] == len(many.last["data"]["added"]) > 0
        assert await items_of(client) == before


async def test_each_part_of_a_run_that_asked_a_person_is_taken_back_on_its_own(daemon: Daemon) -> None:
    async with daemon.client() as client:
        asking = await follow(client, "a", type="user_request", user_input="go", agent="works", thread_id="w")
        prepared = await items_of(client)
        answer = {"decision": "approve", "value": {"word": "yes"}}
        done = await follow(
            client, "d", type="respond", interrupt_id=asking.last["interrupt"]["interrupt_id"], **answer
        )
        assert (await client.ask(type="undo", run_id=done.run_id))["undone"] == 8
        assert await items_of(client) == prepared
        assert (await client.ask(type="undo", run_id=asking.run_id))["type"] == "ack"
        assert await items_of(client) == {}


async def test_a_change_is_taken_back_whole_by_any_of_its_events(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as client:
        before = await set_up(client)
        for part in (0, 1):
            ack = await client.ask(
                type="change_item", item_id="bolt", set={"name": "Screw", "current_stock": 1}
            )
            first, second = ack["seq"] - 1, ack["seq"]
            undone = await client.ask(type="undo", seq=(first, second)[part])
            await client.heard(undone["seq"])
            assert await items_of(client) == before
            events = {event["seq"]: event for event in client.events}
            assert events[second]["change"] == first
            assert "change" not in events[first]
            assert events[undone["seq"]]["undoes"] == [first, second]
            again = await client.ask(type="undo", seq=first)
            assert again["code"] == "conflict"
            assert "undone already, by ann" in again["message"]
            redone = await client.ask(type="undo", seq=undone["seq"])
            assert (await items_of(client))["bolt"]["name"] == "Screw"
            assert (await client.ask(type="undo", seq=redone["seq"]))["type"] == "ack"
            assert await items_of(client) == before


async def test_restored_items_are_listed_in_their_old_places(daemon: Daemon) -> None:
    async with daemon.client() as client:
        before = list(await set_up(client))
        (run_id,) = await asked(client, "Remove bolt and nut")
        await client.ask(type="add_item", id="last", item=BOLT)
        ack = await client.ask(type="undo", run_id=run_id)
        assert ack["item_ids"] == ["bolt", "nut"]
        assert list(await items_of(client)) == [*before, "last"]
        async with daemon.client(snapshot=1) as other:
            while not other.items:
                await other.next()
            assert list(other.items) == [*before, "last"]


async def test_an_id_that_comes_again_is_another_item(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await set_up(client)
        changed = await client.ask(type="change_item", item_id="bolt", set={"current_stock": 5})
        await client.ask(type="remove_item", item_id="bolt")
        added = await client.ask(type="add_item", id="bolt", item={**BOLT, "current_stock": 5})
        for edit in (
            {"type": "change_item", "set": {"note": "new"}},
            {"type": "change_item", "inc": {"current_stock": 1}},
            {"type": "remove_item"},
        ):
            refused = await client.ask(**edit, item_id="bolt", base=changed["seq"])
            assert refused["code"] == "conflict", edit
            above = await client.ask(**edit, item_id="bolt", base=added["seq"] + 1)
            assert (above["code"], above["path"]) == ("invalid_message", "base"), edit
        assert (await client.ask(type="undo", seq=changed["seq"]))["code"] == "conflict"
        assert (await items_of(client))["bolt"].items() >= {"id": "bolt", **BOLT, "current_stock": 5}.items()
        taken = await client.ask(
            type="change_item", item_id="bolt", set={"note": "new"}, base=added["seq"], on_conflict="reject"
        )
        assert taken["type"] == "ack"


async def test_the_history_of_an_item_says_who_changed_what_and_when(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as ann, daemon.client(user_id="bob") as bob:
        await set_up(ann)
        changed = await bob.ask(type="change_item", item_id="bolt", set={"name": "Screw", "current_stock": 1})
        undone = await ann.ask(type="undo", seq=changed["seq"])
        await bob.ask(type="remove_item", item_id="bolt", reason="sold")
        history = await ann.ask(type="history", item_id="bolt")
        changes = history["changes"]
        assert [(one["event_type"], one["by"]) for one in changes] == [
            ("item_removed", "bob"),
            ("field_changed", "ann"),
            ("item_updated", "ann"),
            ("field_changed", "bob"),
            ("item_updated", "bob"),
            ("item_added", "ann"),
        ]
        assert (changes[0]["reason"], changes[0]["after"], changes[0]["before"]["name"]) == (
            "sold",
            None,
            "Bolt",
        )
        assert (changes[3]["before"], changes[3]["after"]) == ({"current_stock": 80}, {"current_stock": 1})
        assert changes[1]["undoes"] == [changed["seq"] - 1, changed["seq"]]
        assert changes[1]["seq"] == undone["seq"]
        assert (changes[-1]["before"], changes[-1]["after"]["name"]) == (None, "Bolt")
        page = await ann.ask(type="history", item_id="bolt", limit=2)
        assert page["more"]
        assert page["changes"] == changes[:2]
        rest = await ann.ask(type="history", item_id="bolt", before=page["before"])
        assert rest["changes"] == changes[2:]
        assert (await ann.ask(type="history", item_id="nobody"))["code"] == "not_found"
        assert (await ann.ask(type="history", item_id="nut", before=1))["changes"] == []


async def test_items_can_be_listed_as_they_were(daemon: Daemon) -> None:
    async with daemon.client() as client:
        states = {0: {}, 3: await set_up(client)}
        for message in (
            {"type": "change_item", "item_id": "nut", "set": {"name": "Wing nut", "current_stock": 2}},
            {"type": "remove_item", "item_id": "bolt"},
            {"type": "add_item", "id": "bolt", "item": {"type": "note", "name": "Bolt"}},
            {"type": "undo", "seq": 7},
            {"type": "undo", "seq": 6},
        ):
            ack = await client.ask(**message)
            assert ack["type"] == "ack", ack
            states[ack["seq"]] = await items_of(client)
        for seq, items in states.items():
            found = await client.ask(type="list_items", at=seq)
            assert {item["id"]: item for item in found["items"]} == items, seq
            assert [item["id"] for item in found["items"]] == list(items), seq
            assert found["seq"] == seq
        assert (await client.ask(type="list_items", at=max(states) + 1))["path"] == "at"


async def test_an_atomic_bulk_is_one_change_and_is_taken_back_whole_by_any_of_its_events(
    daemon: Daemon,
) -> None:
    async with daemon.client(user_id="ann") as client:
        before = await set_up(client)
        edits = [
            {"item_id": "bolt", "set": {"name": "Screw", "current_stock": 1}},
            {"item_id": "nut", "inc": {"current_stock": -5}},
        ]
        for position in (-1, 0, 1):
            bulk = await client.ask(type="bulk", operation="update_multiple", atomic=True, items=edits)
            seqs = [result["seq"] for result in bulk["results"]]
            assert seqs[1] - seqs[0] == 1
            first, changed = seqs[0] - 1, await items_of(client)
            undone = await client.ask(type="undo", seq=seqs[0] + position)
            assert (undone["type"], undone["undone"]) == ("ack", 2), undone
            assert await items_of(client) == before
            await client.heard(undone["seq"])
            events = {event["seq"]: event for event in client.events}
            assert [events[seq].get("change") for seq in range(first, first + 3)] == [None, first, first]
            assert sorted(seq for one in undone["seqs"] for seq in events[one].get("undoes", ())) == [
                first, first + 1, first + 2,
            ]  # fmt: skip
            # What took it back is one change, too.
            redone = await client.ask(type="undo", seq=undone["seqs"][0])
            assert redone["type"] == "ack", redone
            assert await items_of(client) == changed
            await client.ask(type="undo", seq=redone["seq"])
            assert await items_of(client) == before


async def test_a_long_atomic_bulk_is_taken_back_whole_and_others_item_by_item(daemon: Daemon) -> None:
    async with daemon.client() as client:
        items = [{**BOLT, "id": f"i{number}"} for number in range(1_100)]
        bulk = await client.ask(type="bulk", operation="add_multiple", atomic=True, items=items)
        assert bulk["done"] == 1_100
        undone = await client.ask(type="undo", seq=bulk["results"][700]["seq"])
        assert undone["undone"] == 1_100
        assert await items_of(client) == {}

        bulk = await client.ask(type="bulk", operation="add_multiple", items=items[:3])
        assert (await client.ask(type="undo", seq=bulk["results"][1]["seq"]))["undone"] == 1
        assert set(await items_of(client)) == {"i0", "i2"}


async def test_a_repeated_undo_gets_its_first_answer_also_when_the_journal_has_forgotten_what_it_took_back(
    tmp_path: Path,
) -> None:
    few = {"STREAMD_JOURNAL__RETAIN_ENTRIES": "3", "STREAMD_JOURNAL__TRIM_SECONDS": "0.05"}
    async with running(tmp_path, **few) as daemon, daemon.client() as client:
        added = await client.ask(type="add_item", id="bolt", item=BOLT)
        (run_id,) = await asked(client, "Add 1 supplier")
        undoing = [{"seq": added["seq"], "op_id": "change"}, {"run_id": run_id, "op_id": "run"}]
        first = [{**await client.ask(type="undo", **one), "request_id": 0} for one in undoing]
        assert [one["undone"] for one in first] == [1, 1]
        await client.ask(type="bulk", operation="add_multiple", items=[{"type": "note", "name": "N"}] * 9)
        async with asyncio.timeout(20):
            while (await client.ask(type="history", item_id="bolt")).get("changes"):
                pass
        again = [{**await client.ask(type="undo", **one), "request_id": 0} for one in undoing]
        assert again == first
        other = await client.ask(type="undo", seq=client.events[-1]["seq"], op_id="run")
        assert other["code"] == "op_id_reused"
