"""Runs that are stopped, watched and limited: cancel, detach and attach, busy threads, turns of users, time."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Final

import pytest

from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import LAST, Follower, follow

pytestmark = pytest.mark.requirement("C6")

WAITS: Final = {"type": "user_request", "user_input": "wait", "agent": "waits"}
MANY: Final = {"type": "user_request", "context": {"item_type": "note", "count": 5_000}}


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, module="streamd", **installed(tmp_path / "site")) as one:
        yield one


def is_last(message: Message, request_id: str) -> bool:
    return message.get("request_id") == request_id and "run_seq" in message and message["type"] in LAST


async def waiting(client: Client, request_id: str = "r", **keys: object) -> Follower:
    """A run that does not end by itself."""
    await client.send(**WAITS, **keys, request_id=request_id)
    follower = Follower(request_id)
    await follower.hear_type(client, "content")
    return follower


async def test_a_run_is_cancelled_from_another_socket_by_its_thread_and_twice_is_harmless(
    daemon: Daemon,
) -> None:
    async with daemon.client() as asking, daemon.client(user_id="ann") as other:
        run = await waiting(asking, thread_id="t")
        await other.send(type="cancel", thread_id="t", request_id="c1")
        await other.send(type="cancel", run_id=run.run_id, mode="immediate", request_id="c2")
        for request_id in ("c1", "c2"):
            answer = await other.reply(request_id)
            assert answer["type"] == "ack" or answer["code"] == "not_found"
        last = await run.hear(asking)
        assert (last["type"], last["data"]["partial"]) == ("cancelled", "Waiting")
        assert "ann" in last["message"]
        for named in ({"thread_id": "t"}, {"run_id": run.run_id}, {"thread_id": "never"}):
            assert (await other.ask(type="cancel", **named))["code"] == "not_found"
        attached = await other.ask(type="attach", thread_id="t")
        assert attached["status"] == "cancelled"
        # The thread is free again.
        assert (
            await follow(asking, "next", type="user_request", user_input="Hello", thread_id="t")
        ).has_ended


async def test_after_the_turn_lets_the_answer_end_and_the_next_node_not_begin(daemon: Daemon) -> None:
    async with daemon.client() as asking, daemon.client() as other:
        await asking.send(
            type="user_request", user_input="speak", agent="speaks", thread_id="s", request_id="s"
        )
        speaking = Follower("s")
        await speaking.hear_type(asking, "content")
        assert (await other.ask(type="cancel", thread_id="s", mode="after_turn"))["type"] == "ack"
        last = await speaking.hear(asking)
        assert last["type"] in ("cancelled", "complete")  # it has but one node: its end may be its end anyway
        said = "".join(message["content"] for message in speaking.told if message["type"] == "content")
        assert said.endswith("has been counted once.")

        await asking.send(
            type="user_request", user_input="work", agent="works", thread_id="w", request_id="w"
        )
        working = Follower("w")
        await working.hear_type(asking, "content")
        assert (await other.ask(type="cancel", run_id=working.run_id, mode="after_turn"))["type"] == "ack"
        last = await working.hear(asking)
        assert last["type"] == "cancelled"
        done = [message["node"] for message in working.told if message["type"] == "node"]
        assert sorted(done) == ["left", "prepare", "right"]
        assert "deciding" not in [message.get("message") for message in working.told]


async def test_cancelled_at_once_the_answer_stops_within_it_and_what_was_done_stays(daemon: Daemon) -> None:
    async with daemon.client() as asking:
        await asking.send(
            type="user_request", user_input="work", agent="works", thread_id="w", request_id="w"
        )
        run = Follower("w")
        await run.hear_type(asking, "content")
        await asking.send(type="cancel", thread_id="w")
        last = await run.hear(asking)
        assert last["type"] == "cancelled"
        assert len(last["data"]["added"]) == 16
        await asking.ask(type="ping")
        changed = [message["item_id"] for message in run.told if message["type"] == "field_changed"]
        assert last["data"]["changed"] == changed
        state = await asking.ask(type="thread", thread_id="w")
        assert (state["status"], state["run_id"]) == ("idle", run.run_id)


async def test_a_run_goes_on_while_nobody_watches_and_whoever_attaches_gets_the_rest(daemon: Daemon) -> None:
    async with daemon.client() as leaving:
        await leaving.send(**MANY, thread_id="t", request_id="r")
        before = Follower("r")
        await before.hear(leaving, 100)
    async with daemon.client() as back, daemon.client() as late:
        await before.attach(back)
        await before.hear(back)
        whole = Follower("r")
        await late.send(type="attach", thread_id="t")
        await whole.hear(late)
    assert whole.told == before.told
    assert len(whole.last["data"]["added"]) == 5_000


async def test_attaching_again_tells_only_what_was_asked_for(daemon: Daemon) -> None:
    async with daemon.client() as client:
        run = await waiting(client)
        top = run.top
        for after in (1, top, 99):
            attached = await client.ask(type="attach", run_id=run.run_id, after=after)
            assert (attached["status"], attached["top"]) == ("running", top)
            assert attached["after"] == min(after, top)
        await client.ask(type="ping")
        again = [message["run_seq"] for message in client.responses if message.get("replayed")]
        assert again == [message["run_seq"] for message in run.told[1:]]
        await client.send(type="cancel", run_id=run.run_id)
        assert (await run.hear(client))["type"] == "cancelled"
        await client.ask(type="ping")
        assert sum(message["type"] == "cancelled" for message in client.responses) == 1


async def test_a_busy_thread_refuses_queues_or_is_interrupted_as_the_request_says(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as client, daemon.client(user_id="bob") as other:
        first = await waiting(client, "first", thread_id="t")
        refused = await other.ask(type="user_request", user_input="Add 1 note", thread_id="t")
        assert (refused["code"], refused["run_id"], refused["retryable"]) == ("busy", first.run_id, True)
        assert (await other.ask(type="thread", thread_id="t"))["status"] == "busy"
        refused = await other.ask(type="thread", thread_id="t", action="update", values={"a": 1})
        assert (refused["code"], refused["run_id"]) == ("busy", first.run_id)

        queued: Message = {**WAITS, "thread_id": "t", "options": {"multitask": "enqueue"}}
        await other.send(**queued, request_id="second")
        await other.send(**queued, request_id="third")
        assert (await other.ask(type="ping"))["type"] == "pong"
        assert not [
            message for message in other.responses if message.get("run_id") not in (None, first.run_id)
        ]
        second, third = Follower("second"), Follower("third")
        await client.send(type="cancel", run_id=first.run_id)
        assert (await first.hear(client))["type"] == "cancelled"
        await second.hear_type(other, "content")
        assert not third.told

        await client.send(
            type="user_request", user_input="Add 1 note", thread_id="t", options={"multitask": "interrupt"},
            request_id="last",
        )  # fmt: skip
        last = Follower("last")
        assert (await last.hear(client))["type"] == "complete"
        # All that was going on there has ended before it, also what had been waiting.
        for request_id in ("second", "third"):
            (end,) = [message for message in other.responses if is_last(message, request_id)] or [
                await other.until(partial(is_last, request_id=request_id))
            ]
            assert (end["type"], end["message"]) == ("cancelled", "Cancelled by ann.")
            begun = next(message for message in last.told if message["type"] != "notice")
            assert end["timestamp"] <= begun["timestamp"]


async def test_cancelling_what_waits_for_a_thread_lets_nothing_pass_by_what_goes_on_there(
    daemon: Daemon,
) -> None:
    async with daemon.client() as client:
        first = await waiting(client, "first", thread_id="t")
        queued: Message = {**WAITS, "thread_id": "t", "options": {"multitask": "enqueue"}}
        await client.send(**queued, request_id="second")
        second = await client.ask(type="attach", thread_id="t")  # the newest
        assert (second["type"], second["status"]) == ("attached", "pending")
        await client.send(**queued, request_id="third")
        await client.send(type="cancel", run_id=second["run_id"])
        await client.until(partial(is_last, request_id="second"))
        await client.ask(type="ping")
        told = [message for message in client.responses if message.get("request_id") == "third"]
        assert {message["type"] for message in told} <= {"notice"}  # that it is queued
        # The thread's name means what is going on there, not what waits.
        await client.send(type="cancel", thread_id="t")
        assert (await first.hear(client))["type"] == "cancelled"
        await Follower("third").hear_type(client, "content")


async def test_one_user_waits_for_a_turn_while_others_are_served(tmp_path: Path) -> None:
    limit = {"STREAMD_RUNS__MAX_CONCURRENT_PER_USER": "2", **installed(tmp_path / "site")}
    async with (
        running(tmp_path, module="streamd", **limit) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
    ):
        runs = [await waiting(ann, f"r{number}") for number in range(2)]
        await ann.send(type="user_request", user_input="Add 1 note", request_id="waits")
        assert (await follow(bob, "b", type="user_request", user_input="Add 1 note")).last[
            "type"
        ] == "complete"
        assert not [message for message in ann.responses if message.get("request_id") == "waits"]
        await ann.send(type="cancel", run_id=runs[0].run_id)
        held = Follower("waits")
        assert (await held.hear(ann))["type"] == "complete"


@pytest.mark.parametrize(
    ("limits", "options"),
    [
        ({"STREAMD_RUNS__REQUEST_TIMEOUT_SECONDS": "0.2"}, {}),
        ({}, {"budget": {"seconds": 0.2}}),
        ({"STREAMD_RUNS__REQUEST_TIMEOUT_SECONDS": "0.2"}, {"budget": {"seconds": 1000}}),
    ],
)
async def test_the_shorter_of_the_two_times_ends_a_run_with_what_it_had_said(
    tmp_path: Path, limits: dict[str, str], options: Message
) -> None:
    async with (
        running(tmp_path, module="streamd", **limits, **installed(tmp_path / "site")) as daemon,
        daemon.client() as client,
    ):
        begun = asyncio.get_running_loop().time()
        run = await follow(client, "r", **WAITS, options=options)
        assert asyncio.get_running_loop().time() - begun >= 0.2
        assert (run.last["type"], run.last["code"], run.last["partial"]) == ("error", "timed_out", "Waiting")
        assert "0.2 seconds" in run.last["message"]
        attached = await client.ask(type="attach", run_id=run.run_id)
        assert attached["status"] == "timed_out"
