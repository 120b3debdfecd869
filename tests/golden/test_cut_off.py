"""Runs that an earlier daemon was killed in: they go on where they were, and what was heard of them stays as it was heard."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.golden.asking import run, without
from tests.golden.opening import reopened
from tests.golden.sets import Golden, goldens
from tests.support.daemon import Daemon, Message
from tests.support.following import LAST, Follower
from tests.support.messages_api import Request
from tests.support.model_replies import BEFORE_THE_HEAD, Reply, said

CUT_OFF = pytest.mark.parametrize("golden", goldens("killed", "restored"), ids=str)
KILLED = pytest.mark.parametrize("golden", goldens("killed"), ids=str)
FIRST = pytest.mark.parametrize("golden", goldens("first"), ids=str)


def heard_by_run(golden: Golden) -> Mapping[tuple[str, str], list[Message]]:
    """By workspace and name: what was heard of each run before the kill."""
    return {
        (workspace, name): heard
        for workspace, notes in golden.notes.items()
        for name, heard in notes["heard"].items()
    }


@CUT_OFF
async def test_what_was_heard_stays_what_follows_is_told_once_and_items_are_changed_once(
    golden: Golden, tmp_path: Path
) -> None:
    async with reopened(golden, tmp_path) as stage:
        for (workspace, name), heard in heard_by_run(golden).items():
            run_id = golden.run(workspace, name)
            whole = (await run(stage.daemon, workspace, run_id))["told"]
            told = [without(message, "replayed") for message in whole]
            assert told[: len(heard)] == heard, (workspace, name)
            check_whole(told)
            after = heard[-1]["run_seq"] if heard else 0
            again = (await run(stage.daemon, workspace, run_id, after=after))["told"]
            assert [without(message, "replayed") for message in again] == told[len(heard) :]
        for workspace in golden.notes:
            await check_items(stage.daemon, workspace)


async def check_items(daemon: Daemon, workspace: str) -> None:
    """Each change of an item happened once."""
    async with daemon.client(workspace=workspace) as client:
        top, epoch = client.greeting["seq"], client.greeting["epoch"]
    async with daemon.client(workspace=workspace, since=0, epoch=epoch) as client:
        await client.heard(top)
    assert [event["seq"] for event in client.events] == list(range(1, top + 1))
    changes = Counter(
        (event["event_type"], event["item_id"], repr(event["data"]))
        for event in client.events
        if event["event_type"] != "kept"
    )
    assert set(changes.values()) <= {1}, workspace
    assert [event["data"]["visits"] for event in client.events if "visits" in event["data"]] == (
        [0] * 6 + [1] * 6 if workspace in ("survey", "resumed") else []
    )


@KILLED
async def test_runs_that_wait_can_be_cancelled_while_what_they_wait_for_goes_on(
    golden: Golden, tmp_path: Path
) -> None:
    def slow(_: Request) -> Reply:
        return said("At ", "last.", holds=frozenset({BEFORE_THE_HEAD}))

    async with reopened(golden, tmp_path, slow) as stage:
        async with stage.daemon.client(workspace="cut", user_id="boss") as client:
            run_id = golden.run("cut", "queued")
            attached = await client.ask(type="attach", run_id=run_id)
            assert attached["status"] == "pending"
            await client.send(type="cancel", run_id=run_id)
            last = await client.until(lambda message: message.get("type") in LAST and "run_seq" in message)
            assert (last["type"], last["message"]) == ("cancelled", "Cancelled by boss.")
            told = [one for one in client.responses if "run_seq" in one]
            assert {one["type"] for one in told[:-1]} <= {"notice"}, "it waits, and says so"
        async with stage.daemon.client(workspace="cut", user_id="boss") as client:
            going_on = await client.ask(type="attach", run_id=golden.run("cut", "run"), after=5)
            assert going_on["status"] == "running"
            await client.send(type="cancel", thread_id="run")
            last = await client.until(lambda message: message.get("type") in LAST and "run_seq" in message)
            assert last["type"] == "cancelled"


@FIRST
async def test_a_run_of_the_first_schema_ends_and_what_it_did_can_be_seen(
    golden: Golden, tmp_path: Path
) -> None:
    cut: Mapping[str, Any] = golden.notes["cut"]["cut"]
    async with reopened(golden, tmp_path) as stage, stage.daemon.client(workspace="cut") as client:
        follower = Follower("run")
        attached = await client.ask(type="attach", run_id=cut["run_id"])
        assert attached["status"] == "failed"
        await follower.hear(client)
        assert follower.told[: len(cut["heard"])] == cut["heard"]
        assert (follower.last["type"], follower.last["code"]) == ("error", "abandoned")
        check_whole(follower.told)
        items = [item["id"] for item in golden.found["cut"]["listed"]]
        assert follower.last["data"]["added"] == items
        undone = await client.ask(type="undo", run_id=cut["run_id"])
        assert (undone["type"], undone["undone"]) == ("ack", len(items))


def check_whole(told: list[Message]) -> None:
    """Positions that ascend, and exactly one last response, at the end."""
    positions = [message["run_seq"] for message in told]
    assert positions == sorted(set(positions))
    assert [message["type"] in LAST for message in told] == [False] * (len(told) - 1) + [True]
