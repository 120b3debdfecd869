"""Runs, seen from outside: watched by several, attached to, cancelled, long, interrupted, and called by name."""

import asyncio
import statistics
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import is_in_order

LAST: Final = ("complete", "interrupt", "cancelled", "error")
MANY: Final = {"item_type": "inventory", "count": 10_000}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


async def begin(client: Client, user_input: str = "", **keys: object) -> Message:
    await client.send(type="user_request", user_input=user_input, **keys)
    return await client.until(lambda message: message.get("type") in ("start", "error"))


async def until_told(client: Client, kind: str) -> Message:
    return await client.until(lambda message: message.get("type") == kind and "run_seq" in message)


async def ended(client: Client, run_id: str) -> Message:
    """The run's last response, which may have come already."""

    def is_last(message: Message) -> bool:
        return message.get("run_id") == run_id and "run_seq" in message and message["type"] in LAST

    found = next(filter(is_last, client.responses), None)
    return found or await client.until(is_last)


def told(client: Client, run_id: str) -> list[Message]:
    return [
        message for message in client.responses if message.get("run_id") == run_id and "run_seq" in message
    ]


def without_mark(messages: Sequence[Message]) -> list[Message]:
    return [{key: value for key, value in message.items() if key != "replayed"} for message in messages]


def check_heard(client: Client, whole: Sequence[Message], *, after: int = 0) -> None:
    """It heard the run from there to its end, once and in order, and knows what is from the past."""
    run_id = whole[0]["run_id"]
    heard = told(client, run_id)
    assert without_mark(heard) == [message for message in whole if message["run_seq"] > after]
    (attached,) = [message for message in client.responses if message["type"] == "attached"]
    assert (attached["run_id"], attached["after"]) == (run_id, after)
    assert [message["run_seq"] <= attached["top"] for message in heard] == [
        message.get("replayed", False) for message in heard
    ]


async def test_several_sockets_watch_one_run_and_it_can_be_read_after_its_end_and_after_a_restart(
    daemon: Daemon,
) -> None:
    async with daemon.client() as asking, daemon.client() as by_run, daemon.client() as by_thread:
        start = await begin(
            asking, context={"item_type": "note", "count": 1500}, thread_id="t-1", request_id="r"
        )
        run_id = start["run_id"]
        await until_told(asking, "item_added")
        await by_run.send(type="attach", run_id=run_id)
        await by_thread.send(type="attach", thread_id="t-1", after=2)
        for client in (asking, by_run, by_thread):
            assert (await ended(client, run_id))["type"] == "complete"
        whole = told(asking, run_id)
        assert is_in_order(whole)
        assert not any("replayed" in message for message in whole)
        check_heard(by_run, whole)
        check_heard(by_thread, whole, after=2)

        async with daemon.client() as late:
            await late.send(type="attach", run_id=run_id, after=whole[-4]["run_seq"])
            await ended(late, run_id)
            check_heard(late, whole, after=whole[-4]["run_seq"])
            attached = next(message for message in late.responses if message["type"] == "attached")
            assert attached["status"] == "completed"
        async with daemon.client(workspace="elsewhere") as stranger:
            refusal = await stranger.ask(type="attach", run_id=run_id)
            assert refusal["code"] == "not_found"
        await daemon.kill()
    await daemon.start()
    async with daemon.client() as later:
        await later.send(type="attach", thread_id="t-1")
        await ended(later, run_id)
        check_heard(later, whole)


async def test_who_asked_for_the_topic_runs_hears_the_runs_of_others_from_their_start(daemon: Daemon) -> None:
    async with daemon.client() as asking, daemon.client() as watching, daemon.client() as other:
        subscribed = await watching.ask(type="subscribe", topics=["runs"])
        assert subscribed["topics"] == ["items", "runs"]
        responses = await asking.request("Add 3 suppliers")
        run_id = responses[0]["run_id"]
        await ended(watching, run_id)
        assert told(watching, run_id) == responses
        await watching.ask(type="unsubscribe", topics=["runs"])
        responses = await asking.request("Add 2 suppliers")
        await watching.heard(5)
        await watching.ask(type="ping")
        await other.heard(5)
        assert not told(watching, responses[0]["run_id"])
        assert not told(other, run_id)


async def test_anybody_in_the_workspace_can_cancel_a_run_and_what_it_did_stays(daemon: Daemon) -> None:
    async with (
        daemon.client() as asking,
        daemon.client(user_id="ann") as other,
        daemon.client(workspace="w2") as stranger,
    ):
        run_id = (await begin(asking, context=MANY))["run_id"]
        await until_told(asking, "item_added")
        assert (await stranger.ask(type="cancel", run_id=run_id))["code"] == "not_found"
        ack = await other.ask(type="cancel", run_id=run_id)
        assert (ack["type"], ack["run_id"]) == ("ack", run_id)
        last = await ended(asking, run_id)
        assert last["type"] == "cancelled"
        assert "ann" in last["message"]
        added = last["data"]["added"]
        assert 0 < len(added) < 10_000
        await asking.heard(len(added))
        assert list(asking.items) == added
        assert [
            message["item_id"] for message in told(asking, run_id) if message["type"] == "item_added"
        ] == added
        assert (await other.ask(type="cancel", run_id=run_id))["code"] == "not_found"
        async with daemon.client() as fresh:
            assert fresh.greeting["seq"] == len(added), "nothing comes after the end"


@pytest.mark.alone
async def test_a_run_of_ten_thousand_items_streams_one_by_one_with_progress_and_blocks_nobody(
    daemon: Daemon,
) -> None:
    async with daemon.client() as asking, daemon.client() as other:
        await other.ask(type="add_item", item={"type": "note", "name": "Counter", "count": 0}, id="counter")

        async def seconds() -> float:
            begun = asyncio.get_running_loop().time()
            await other.ask(type="change_item", item_id="counter", inc={"count": 1})
            await other.ask(type="ping")
            return asyncio.get_running_loop().time() - begun

        idle = statistics.median([await seconds() for _ in range(20)])
        began = asyncio.get_running_loop().time()
        run = asyncio.create_task(asking.request("", MANY))
        meanwhile = [await seconds()]
        while not run.done():
            meanwhile.append(await seconds())
        responses = await run
        took = asyncio.get_running_loop().time() - began

        added = [message["item_id"] for message in responses if message["type"] == "item_added"]
        assert len(set(added)) == 10_000
        assert responses[-1]["data"]["added"] == added
        progress = [message["progress"] for message in responses if message["type"] == "progress"]
        assert progress == sorted(progress)
        assert len(progress) >= 10
        kinds = [message["type"] for message in responses]
        assert kinds.index("progress") < kinds.index("item_added") + 2_000, "progress comes on the way"
        # Everybody shares two busy cores: what must not be is that others usually wait for much of the run.
        assert len(meanwhile) > 10
        assert statistics.median(meanwhile) < max(took / 20, idle * 20)
        await asking.heard(1 + 20 + 10_000 + len(meanwhile))
        assert asking.items["counter"]["count"] == 20 + len(meanwhile)
        assert len(asking.items) == 10_001


async def test_a_client_that_drops_in_mid_run_comes_back_to_it(daemon: Daemon) -> None:
    async with daemon.client() as dropping:
        run_id = (await begin(dropping, context=MANY, thread_id="t"))["run_id"]
        while len(told(dropping, run_id)) < 100:
            await dropping.next()
        dropping.socket.transport.abort()
    before = told(dropping, run_id)
    async with daemon.client(since=dropping.seq, epoch=dropping.greeting["epoch"]) as back:
        back.items, back.seq = dropping.items, dropping.seq
        await back.send(type="attach", thread_id="t", after=before[-1]["run_seq"])
        last = await ended(back, run_id)
        assert last["type"] == "complete"
        assert is_in_order([*before, *told(back, run_id)])
        await back.heard(10_000)
        assert list(back.items) == last["data"]["added"]


async def test_a_run_whose_daemon_was_killed_goes_on_and_leaves_room_for_others(daemon: Daemon) -> None:
    async with daemon.client() as asking:
        run_id = (await begin(asking, context=MANY))["run_id"]
        await until_told(asking, "item_added")
        await daemon.kill()
    await daemon.start()
    async with daemon.client(snapshot=1) as back, daemon.client() as other:
        await back.send(type="attach", run_id=run_id)
        assert (await other.request("Add 1 supplier"))[-1]["type"] == "complete"
        last = await ended(back, run_id)
        assert last["type"] == "complete"
        await back.heard(10_001)
        await back.ask(type="ping")
        responses = told(back, run_id)
        assert sum(message["type"] in LAST for message in responses) == 1
        added = [message["item_id"] for message in responses if message["type"] == "item_added"]
        assert added == last["data"]["added"]
        assert added == [item_id for item_id, item in back.items.items() if item["type"] == "inventory"]
        assert len(set(added)) == 10_000


async def test_a_persons_edit_in_mid_run_is_kept_and_the_run_says_what_it_left_alone(daemon: Daemon) -> None:
    async with daemon.client() as asking, daemon.client(user_id="ann") as person:
        items = [
            {"id": f"i{number}", "type": "inventory", "name": f"Item {number}", "reorder_point": 1}
            for number in range(3000)
        ]
        assert (await asking.ask(type="bulk", operation="add_multiple", items=items))["done"] == 3000
        run = asyncio.create_task(asking.request("Set reorder point to 60 for all items"))
        await person.until(lambda message: message.get("event_type") == "field_changed")
        mine = await person.ask(type="change_item", item_id="i2999", set={"reorder_point": 7})
        other_field = await person.ask(type="change_item", item_id="i2998", set={"current_stock": 5})
        gone = await person.ask(type="remove_item", item_id="i2997", reason="ann wants it gone")
        assert {mine["type"], other_field["type"], gone["type"]} == {"ack"}
        responses = await run
        assert responses[-1]["type"] == "complete"
        assert len(responses[-1]["data"]["refused"]) == 2
        assert "Item 2999 was left alone" in responses[-1]["message"]
        await asking.heard(3000 + 3 + 2998)
        assert asking.items["i2999"]["reorder_point"] == 7
        assert (
            asking.items["i2998"].items() >= {**items[2998], "reorder_point": 60, "current_stock": 5}.items()
        )
        assert "i2997" not in asking.items
        assert sum(item["reorder_point"] == 60 for item in asking.items.values()) == 2998
        assert len(responses[-1]["data"]["changed"]) == 2998


async def test_increases_of_two_runs_and_a_person_add_up(daemon: Daemon) -> None:
    async with daemon.client() as one, daemon.client() as two, daemon.client() as person:
        await one.ask(
            type="add_item", id="x", item={"type": "inventory", "name": "Bolt", "current_stock": 100}
        )
        for _ in range(5):
            await asyncio.gather(
                one.request("Increase the stock of Bolt by 10"),
                two.request("Reduce the stock of Bolt by 3"),
                person.ask(type="change_item", item_id="x", inc={"current_stock": 1}),
            )
        item = await person.ask(type="get_item", item_id="x")
        assert item["item"]["current_stock"] == 100 + 5 * (10 - 3 + 1)


async def test_an_unknown_agent_is_an_error_with_the_names_there_are_and_the_connection_lives(
    daemon: Daemon,
) -> None:
    async with daemon.client() as client:
        await client.send(type="user_request", user_input="Hello", agent="nobody", request_id="r")
        last = await client.until(lambda message: message.get("type") == "error")
        assert (last["code"], last["request_id"]) == ("not_found", "r")
        assert "inventory" in last["message"]
        assert (await client.ask(type="ping"))["type"] == "pong"
        responses = await client.request("Hello")
        assert responses[-1]["type"] == "complete"


@pytest.mark.parametrize("name", ["inventory", "supplier", "forecasting", "general"])
async def test_a_built_in_agent_can_be_called_by_name(daemon: Daemon, name: str) -> None:
    async with daemon.client() as client:
        await client.send(type="user_request", user_input="Add an item named Cog", agent=name)
        last = await client.until(lambda message: message.get("type") == "complete")
        await client.heard(1)
        assert client.events[0]["item_id"] == last["data"]["added"][0]
        assert client.events[0]["agent_id"] == f"{name}_agent"
