"""The promise of the journal: kill -9, again and again, loses nothing that was acknowledged and does nothing twice."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from websockets.exceptions import ConnectionClosed

from streamd.core.event import fold
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import is_in_order
from tests.support.lives import LAST, Lives, Requester, StubbornWriter, Watcher
from tests.support.run_streams import check_stream

pytestmark = pytest.mark.requirement("A10")

HALL, OFFICE = "hall", "office"


async def set_up(lives: Lives, counters: Sequence[str]) -> None:
    async with lives.daemon.client(workspace=HALL) as client:
        items = [{"id": name, "type": "inventory", "name": name, "stock": 0} for name in counters]
        ack = await client.ask(type="bulk", operation="add_multiple", items=items, atomic=True)
        assert ack["done"] == len(counters)


async def whole_story(daemon: Daemon, workspace: str, epoch: str) -> Client:
    """Somebody who comes with nothing and hears everything."""
    async with daemon.client(workspace=workspace, since=0, epoch=epoch) as client:
        await client.heard(client.greeting["seq"])
        return client


async def listed(daemon: Daemon, workspace: str) -> dict[str, dict[str, object]]:
    items: dict[str, dict[str, object]] = {}
    async with daemon.client(workspace=workspace) as client:
        page: Message = {"more": True, "after": 0}
        while page["more"]:
            page = await client.ask(type="list_items", limit=1000, after=page["after"])
            assert not items.keys() & {item["id"] for item in page["items"]}
            items |= {item["id"]: item for item in page["items"]}
    return items


async def snapshot(daemon: Daemon, workspace: str) -> dict[str, dict[str, object]]:
    async with daemon.client(workspace=workspace, snapshot=1) as client:
        await client.until(lambda message: message.get("type") == "snapshot" and not message["more"])
        return client.items


def folded(events: Sequence[Message]) -> dict[str, dict[str, object]]:
    items: dict[str, dict[str, object]] = {}
    for event in events:
        fold(items, event["event_type"], event.get("item_id"), event["data"])
    return items


def check_acknowledged(writer: StubbornWriter, story: Sequence[Message]) -> None:
    """Each answer names the position at which its own event stands."""
    for op_id, ack in writer.acks.items():
        for result in ack.get("results", [ack]):
            index = "" if "results" not in ack else f"/{result['index']}"
            assert story[result["seq"] - 1]["op_id"] in (op_id, f"{op_id}{index}")


def check_items(writers: Sequence[StubbornWriter], items: dict[str, dict[str, object]]) -> None:
    counted: Counter[str] = Counter()
    for writer in writers:
        counted.update(writer.counted)
        for item_id, item in writer.items.items():
            assert items.pop(item_id) == item
    for counter in {"all", "left", "right", *(writer.name for writer in writers)}:
        assert items.pop(counter)["stock"] == counted[counter]
    assert counted["left"] == counted["right"]
    assert Counter(item["name"] for item in items.values()) == Counter(
        name for writer in writers for name in writer.named
    )


def check_runs(requester: Requester, story: Sequence[Message]) -> None:
    for run_id, told in requester.told.items():
        last = told[-1]
        assert [response["type"] for response in told if response["type"] in LAST] == [last["type"]]
        assert last["type"] == "complete", last
        done = [(event["event_type"], event["item_id"]) for event in story if event.get("run_id") == run_id]
        assert done == [(one["type"], one["item_id"]) for one in told if "item_id" in one]
    assert requester.cut_off, "no run was cut off"
    assert requester.told.keys() - requester.cut_off, "every run was cut off"


@pytest.mark.long
@pytest.mark.soak
async def test_nothing_acknowledged_is_lost_and_nothing_is_done_twice_however_often_it_is_killed(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    random = Random(9)
    lives = Lives(Daemon(tmp_path, {"STREAMD_RUNS__MAX_ATTEMPTS": "100"}))
    writers = [StubbornWriter(lives, f"w{number}", HALL) for number in range(4)]
    watchers = [Watcher(lives, HALL), Watcher(lives, HALL), Watcher(lives, HALL, absent_for=700)]
    clerk = Watcher(lives, OFFICE)
    requester = Requester(lives, OFFICE)
    try:
        await lives.begin()
        async with asyncio.TaskGroup() as tasks:
            watching = [tasks.create_task(watcher.watch()) for watcher in (*watchers, clerk)]
            await set_up(lives, ["all", "left", "right", *(writer.name for writer in writers)])
            working = [tasks.create_task(writer.work()) for writer in writers]
            working.append(tasks.create_task(requester.work()))
            for _ in range(soak(10, 500)):
                await lives.answers_reach(lives.answers + random.choice((0, 1, 10, 100, 300)))
                await requester.has_its_share()
                await lives.end()
                await lives.begin()
            lives.finish()
            await asyncio.gather(*working)
            tops = {}
            for workspace in (HALL, OFFICE):
                async with lives.daemon.client(workspace=workspace) as client:
                    tops[workspace] = client.greeting["seq"]
            for watcher in (*watchers, clerk):
                watcher.upto = tops[watcher.workspace]
            async with lives.daemon.client(workspace=HALL) as hall:
                await hall.ask(type="publish", event_type="end", data={})
            async with lives.daemon.client(workspace=OFFICE) as office:
                await office.ask(type="publish", event_type="end", data={})
            await asyncio.gather(*watching)

        hall_story = await whole_story(lives.daemon, HALL, clerk.epoch)
        office_story = await whole_story(lives.daemon, OFFICE, clerk.epoch)
        for watcher in watchers:
            assert watcher.epoch == hall_story.greeting["epoch"]
            assert watcher.bodies[: watcher.upto] == hall_story.events[: watcher.upto]
        assert clerk.bodies[: clerk.upto] == office_story.events[: clerk.upto]
        for story in (hall_story, office_story):
            workspace = story.greeting["workspace"]
            assert [event["seq"] for event in story.events] == list(range(1, len(story.events) + 1))
            assert {event["workspace"] for event in story.events} == {workspace}
            items = folded(story.events)
            assert items == await listed(lives.daemon, workspace) == await snapshot(lives.daemon, workspace)
        for writer in writers:
            assert writer.repeated, "every edit was answered the first time"
            check_acknowledged(writer, hall_story.events)
        published = [event["data"]["op"] for event in hall_story.events if event["event_type"] == "told"]
        assert Counter(published) == Counter(op_id for writer in writers for op_id in writer.published)
        check_items(writers, folded(hall_story.events))
        check_runs(requester, office_story.events)
        for told in requester.told.values():
            check_stream(lives.daemon, told)
    finally:
        await lives.end()


async def test_a_run_that_was_cut_off_goes_on_and_is_the_same_for_everyone_who_attaches(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            await client.send(
                type="user_request", user_input="Add 2000 notes", request_id="r1", thread_id="t1"
            )
            begun = await client.until(lambda message: message.get("type") == "start")
            await client.until(lambda message: message.get("run_seq", 0) > 40)
            await daemon.kill()
            with pytest.raises(ConnectionClosed):
                await client.until(lambda message: message.get("type") in LAST)
        await daemon.start()
        known = [response for response in client.responses if "run_seq" in response]

        wholes = []
        for asked in ({"run_id": begun["run_id"]}, {"thread_id": "t1"}):
            async with daemon.client() as late:
                attached = await late.ask(type="attach", **asked)
                assert attached["type"] == "attached"
                await late.until(lambda message: message.get("type") in LAST and "run_seq" in message)
                told = [response for response in late.responses if "run_seq" in response]
                assert is_in_order(told)
                replayed = [response.pop("replayed", False) for response in told]
                assert replayed == [response["run_seq"] <= attached["top"] for response in told]
                wholes.append(told)
        assert wholes[0][: len(known)] == known
        assert all(whole == wholes[0] for whole in wholes)
        assert [response["type"] for response in wholes[0] if response["type"] in LAST] == ["complete"]
        assert {response["request_id"] for response in wholes[0]} == {"r1"}
        added = [response["item_id"] for response in wholes[0] if response["type"] == "item_added"]
        assert list(await listed(daemon, "default")) == added
        assert len(added) == 2000


async def test_a_run_that_had_ended_before_the_kill_ends_the_same_way_after_it(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            told = await client.request("Add 3 notes")
            await daemon.kill()
            await daemon.start()
        async with daemon.client() as late:
            await late.send(type="attach", run_id=told[0]["run_id"], after=2)
            again = [await late.until(lambda message: "run_seq" in message) for _ in told[2:]]

    assert [{**response, "replayed": True} for response in told[2:]] == again
    assert again[-1]["type"] == "complete"
