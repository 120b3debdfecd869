"""Taking back: a whole run or one change, by events that everyone hears; all of it, or nothing and why."""

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
