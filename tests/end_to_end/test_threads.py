"""Conversations over the wire: where a thread stands and stood, changing that, going back, and parting from it."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import Follower, follow

WRITE: Final[Message] = {"type": "user_request", "agent": "writes", "thread_id": "lisbon"}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **installed(tmp_path / "site")) as one:
        yield one


async def written(
    client: Client, request_id: str = "r", user_input: str = "a trip", **keys: object
) -> Follower:
    return await follow(client, request_id, **{**WRITE, "user_input": user_input, **keys})


async def thread(client: Client, **keys: object) -> Message:
    answer = await client.ask(**{"type": "thread", "thread_id": "lisbon", **keys})
    answer.pop("request_id", None)
    return answer


async def history(client: Client, **keys: object) -> list[Message]:
    answer = await thread(client, action="history", **keys)
    checkpoints: list[Message] = answer["checkpoints"]
    return checkpoints


async def test_a_thread_tells_where_it_stands_and_where_it_stood_after_a_restart_too(daemon: Daemon) -> None:
    async with daemon.client() as client:
        run = await written(client)
        assert [message["node"] for message in run.told if message["type"] == "node"] == [
            "plan", "draft", "draft", "publish",
        ]  # fmt: skip
        now = await thread(client)
        assert (now["status"], now["next"], now["interrupts"], now["run_id"]) == ("idle", [], [], run.run_id)
        assert now["values"]["draft"] == "draft 2 after plan of a trip"
        stood = await history(client)
        assert [(point["source"], point.get("node"), point["next"]) for point in stood] == [
            ("end", None, []), ("node", "publish", []), ("node", "draft", ["publish"]),
            ("node", "draft", ["draft"]), ("node", "plan", ["draft"]), ("input", None, ["plan"]),
        ]  # fmt: skip
        assert now["checkpoint"]["checkpoint_id"] == stood[0]["checkpoint_id"]
        assert [point.get("parent_id") for point in stood[:-1]] == [
            point["checkpoint_id"] for point in stood[1:]
        ]
        assert {(point["agent"], point["run_id"]) for point in stood} == {("writes", run.run_id)}
        assert await history(client, limit=2) == stood[:2]
        assert await history(client, before=stood[1]["checkpoint_id"], limit=2) == stood[2:4]
        then = await thread(client, checkpoint_id=stood[3]["checkpoint_id"])
        assert (then["values"]["drafts"], then["next"]) == (1, ["draft"])
        await daemon.kill()
    await daemon.start()
    async with daemon.client() as client:
        assert await thread(client) == now
        assert await history(client) == stood


async def test_threads_are_listed_found_renamed_and_deleted(daemon: Daemon) -> None:
    async with daemon.client() as client:
        run = await written(client)
        await written(client, "s", "an Ode", thread_id="porto")
        first = await client.ask(type="list_threads", limit=1)
        assert [(row["title"], row["status"]) for row in first["threads"]] == [("an Ode", "idle")]
        second = await client.ask(type="list_threads", before=first["next"])
        assert [row["thread_id"] for row in second["threads"]] == ["lisbon"]
        assert second["threads"][0]["run_id"] == run.run_id
        renamed = await thread(client, action="rename", title="Three days")
        assert renamed == {"type": "ack", "thread_id": "lisbon", "title": "Three days"}
        found = await client.ask(type="list_threads", query="three")
        assert [(row["title"], row["last_message"]) for row in found["threads"]] == [("Three days", "a trip")]
        runs = await client.ask(type="list_runs", statuses=["completed"], thread_id="lisbon")
        assert (await client.ask(type="list_runs", before="never"))["code"] == "not_found"
        assert [row["run_id"] for row in runs["runs"]] == [run.run_id]
        assert await thread(client, action="delete") == {"type": "ack", "thread_id": "lisbon", "runs": 1}
        assert (await thread(client))["code"] == "not_found"
        assert (await client.ask(type="attach", run_id=run.run_id))["code"] == "not_found"
        again = await written(client, "again")
        assert (await thread(client))["run_id"] == again.run_id


async def test_a_state_that_somebody_changed_is_what_the_next_request_goes_on_with(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await written(client, options={"use_hitl": True})
        changed = await thread(client, action="update", values={"draft": "better", "note": [1, {"a": None}]})
        assert (changed["values"]["draft"], changed["checkpoint"]["source"]) == ("better", "update")
        assert changed["values"]["note"] == [1, {"a": None}]
        assert changed["next"] == ["publish"]
        assert (await written(client, "again")).last["message"] == "better"


async def test_as_if_a_node_had_been_done_what_follows_it_comes_next(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await written(client, options={"use_hitl": True})
        changed = await thread(
            client, action="update", values={"plan": "my plan", "drafts": 0}, as_node="plan"
        )
        assert changed["next"] == ["draft"]
        run = await written(client, "again")
        assert [message["node"] for message in run.told if message["type"] == "node"] == [
            "draft", "draft", "publish"
        ]  # fmt: skip
        assert run.last["message"] == "draft 2 after my plan"
        refused = await thread(client, action="update", values={}, as_node="nowhere")
        assert (refused["code"], refused["path"]) == ("invalid_message", "as_node")


async def test_going_back_to_a_checkpoint_loses_nothing_and_goes_on_from_there(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await written(client)
        stood = await history(client)
        after_plan = stood[4]["checkpoint_id"]
        back = await thread(client, action="rewind", checkpoint_id=after_plan)
        assert (back["next"], back["values"]["drafts"], back["checkpoint"]["source"]) == (
            ["draft"],
            0,
            "rewind",
        )
        assert back["checkpoint"]["parent_id"] == after_plan
        assert (await history(client))[1:] == stood
        run = await written(client, "again", "never mind")
        assert run.last["message"] == "draft 2 after plan of a trip"
        assert [message["node"] for message in run.told if message["type"] == "node"] == [
            "draft", "draft", "publish"
        ]  # fmt: skip
        assert len(await history(client)) > len(stood) + 1


async def test_a_fork_goes_its_own_way_and_leaves_the_first_as_it_is(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await written(client)
        stood = await history(client)
        fork = await thread(
            client, action="fork", checkpoint_id=stood[3]["checkpoint_id"], to_thread_id="porto"
        )
        assert (fork["thread_id"], fork["status"], fork["next"]) == ("porto", "idle", ["draft"])
        assert fork["checkpoint"]["source"] == "fork"
        await thread(client, thread_id="porto", action="update", values={"plan": "another plan"})
        run = await written(client, "forked", thread_id="porto")
        assert run.last["message"] == "draft 2 after another plan"
        assert await history(client) == stood
        named = await thread(client, action="fork")
        assert named["thread_id"] not in ("lisbon", "porto")
        assert named["values"] == (await thread(client))["values"]
        assert (await thread(client, action="fork", to_thread_id="porto"))["code"] == "exists"


async def test_a_conversation_is_kept_and_known_to_the_runs_on_it(daemon: Daemon) -> None:
    async with daemon.client() as client:
        for number in (1, 2):
            await follow(
                client, f"r{number}", type="user_request", user_input=f"Add {number} notes", thread_id="c"
            )
        values = str((await thread(client, thread_id="c"))["values"])
        assert values.index("Add 1 notes") < values.index("Add 2 notes")
        assert "Add 1 notes" not in str((await thread(client, thread_id="other")).get("values", ""))


async def test_what_there_is_not_is_said_and_other_workspaces_see_nothing(daemon: Daemon) -> None:
    async with daemon.client() as client, daemon.client(workspace="elsewhere") as stranger:
        await written(client)
        point = (await history(client))[0]["checkpoint_id"]
        for wrong in (
            {"thread_id": "never"},
            {"thread_id": "never", "action": "history"},
            {"thread_id": "never", "action": "update", "values": {}},
            {"thread_id": "never", "action": "rewind", "checkpoint_id": point},
            {"thread_id": "never", "action": "fork"},
            {"checkpoint_id": "checkpoint-none"},
            {"action": "rewind", "checkpoint_id": "checkpoint-none"},
            {"action": "fork", "checkpoint_id": "checkpoint-none"},
        ):
            assert (await thread(client, **wrong))["code"] == "not_found", wrong
        for action in (
            {},
            {"action": "history"},
            {"action": "rewind", "checkpoint_id": point},
            {"action": "fork"},
        ):
            assert (await thread(stranger, **action))["code"] == "not_found"
        assert (await thread(stranger, action="update", values={"plan": "mine"}))["code"] == "not_found"
        for malformed in (
            {"action": "dance"},
            {"action": "rewind"},
            {"action": "update"},
            {"limit": 0, "action": "history"},
        ):
            assert (await thread(client, **malformed))["code"] == "invalid_message", malformed


async def test_a_busy_thread_is_not_changed_but_may_be_looked_at_and_forked(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await written(client)
        point = (await history(client))[2]["checkpoint_id"]
        await client.send(
            type="user_request", user_input="wait", agent="waits", thread_id="lisbon", request_id="w"
        )
        run = Follower("w")
        await run.hear_type(client, "content")
        now = await thread(client)
        assert (now["status"], now["run_id"]) == ("busy", run.run_id)
        for change in ({"action": "update", "values": {}}, {"action": "rewind", "checkpoint_id": point}):
            refused = await thread(client, **change)
            assert (refused["code"], refused["run_id"], refused["retryable"]) == ("busy", run.run_id, True)
        assert (await thread(client, action="fork", checkpoint_id=point))["next"] == ["publish"]
        await client.send(type="cancel", thread_id="lisbon")
        assert (await run.hear(client))["type"] == "cancelled"
        assert (await thread(client, action="rewind", checkpoint_id=point))["next"] == ["publish"]


async def at_once(client: Client, messages: Sequence[Message]) -> list[Message]:
    """Send messages about the thread without waiting for replies; the replies, in the order they come."""
    for number, message in enumerate(messages):
        await client.send(type="thread", thread_id="lisbon", request_id=f"m{number}", **message)
    return [
        await client.until(lambda answer: str(answer.get("request_id", "")).startswith("m")) for _ in messages
    ]


async def test_whatever_many_change_at_once_nothing_that_was_accepted_is_lost(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await written(client)
        answers = await at_once(client, [{"action": "update", "values": {f"note {n}": n}} for n in range(20)])
        assert {answer["code"] for answer in answers if answer["type"] == "error"} <= {"conflict"}
        accepted = [answer for answer in answers if answer["type"] == "thread"]
        assert accepted
        stood = await history(client)
        updates = [point for point in stood if point["source"] == "update"]
        assert len(updates) == len(accepted)
        assert [point["parent_id"] for point in updates] == [
            point["checkpoint_id"] for point in stood[1 : len(updates) + 1]
        ]
        values = (await thread(client))["values"]
        assert len([key for key in values if key.startswith("note ")]) == len(accepted)


async def test_of_many_that_part_from_a_thread_to_one_name_one_does(daemon: Daemon) -> None:
    async with daemon.client() as client:
        await written(client)
        answers = await at_once(client, [{"action": "fork", "to_thread_id": "porto"}] * 4)
        assert sorted(answer.get("code", "") for answer in answers) == ["", "exists", "exists", "exists"]
