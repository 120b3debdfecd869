"""A question to a person that was answered, withdrawn or has expired is taken from the screens of all who follow progress."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.support.agents import installed
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.following import follow

pytestmark = pytest.mark.requirement("C6")

CHANGED: Final[Mapping[str, object]] = {
    "type": "thread", "thread_id": "t", "action": "update", "values": {"draft": "mine"},
}  # fmt: skip


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **installed(tmp_path / "site")) as one:
        yield one


async def question(client: Client) -> Message:
    """A question of the agent `works` on the thread `t`."""
    run = await follow(client, "asked", type="user_request", user_input="go", agent="works", thread_id="t")
    assert run.last["type"] == "interrupt", run.last
    interrupt: Message = run.last["interrupt"]
    return interrupt


async def closing(client: Client) -> Message:
    """The next broadcast of a closed question."""
    return await client.until(lambda heard: heard.get("event_type") == "interrupt_closed")


async def closings_in_history(client: Client) -> list[Message]:
    report = await client.ask(type="get_progress", history=100)
    assert "works_agent" in report["agents"]
    assert report["agents"]["works_agent"]["status"] in ("running", "interrupted", "completed", "cancelled")
    return [one for one in report["history"] if one["event_type"] == "interrupt_closed"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"type": "respond", "decision": "approve", "value": {"word": "moss"}},
            {"status": "resolved", "by": "bob", "decision": "approve"},
        ),
        (
            {"type": "respond", "decision": "reject"},
            {"status": "resolved", "by": "bob", "decision": "reject"},
        ),
        (CHANGED, {"status": "cancelled", "by": "bob"}),
        (
            {"type": "user_request", "user_input": "Add 1 note", "agent": "general", "thread_id": "t"},
            {"status": "cancelled", "by": "bob"},
        ),
    ],
)
async def test_another_screen_hears_that_a_question_is_closed_and_by_whom_also_after_a_reconnect(
    daemon: Daemon, change: Mapping[str, object], told: Mapping[str, object]
) -> None:
    async with daemon.client(user_id="ann") as ann, daemon.client(user_id="bob") as bob:
        await ann.ask(type="subscribe", topics=["progress"])
        asked = await question(ann)
        assert (await bob.ask(type="list_interrupts"))["interrupts"] == [asked]
        named = {"interrupt_id": asked["interrupt_id"]} if change["type"] == "respond" else {}
        await bob.send(**change, **named, request_id="closes")
        heard = await closing(ann)
        resumed = heard["data"].pop("resumed_run_id", None)
        of = {key: asked[key] for key in ("interrupt_id", "run_id", "thread_id")}
        assert (heard["agent_id"], heard["data"]) == ("works_agent", {**of, **told})
        assert (resumed is not None) == (told["status"] == "resolved")
        assert (await ann.ask(type="list_interrupts"))["interrupts"] == []
    async with daemon.client(user_id="ann") as back:
        (kept,) = await closings_in_history(back)
        assert kept["data"]["interrupt_id"] == asked["interrupt_id"]
        assert kept["data"]["status"] == told["status"]


async def test_a_question_that_expires_is_told_too_and_is_still_known_after_a_kill(tmp_path: Path) -> None:
    soon = {"STREAMD_RUNS__INTERRUPT_EXPIRES_SECONDS": "0.5"}
    async with running(tmp_path, **installed(tmp_path / "site"), **soon) as daemon:
        async with daemon.client() as asking, daemon.client() as watching:
            await watching.ask(type="subscribe", topics=["progress"])
            asked = await question(asking)
            heard = await closing(watching)
            of = {key: asked[key] for key in ("interrupt_id", "run_id", "thread_id")}
            assert heard["data"] == {**of, "status": "expired"}
            await daemon.kill()
        await daemon.start()
        async with daemon.client() as back:
            assert await closings_in_history(back) == [heard]


async def test_the_topic_interrupts_tells_of_questions_and_their_ends_and_of_nothing_else(
    daemon: Daemon,
) -> None:
    async with daemon.client(user_id="ann") as asking, daemon.client(user_id="bob") as watching:
        assert (await watching.ask(type="subscribe", topics=["interrupts"]))["topics"] == [
            "interrupts",
            "items",
        ]
        asked = await question(asking)
        told = await watching.until(lambda heard: heard.get("event_type") == "interrupt_asked")
        assert told["data"].pop("user_id") == "ann"
        assert told["data"] == {
            key: asked[key]
            for key in (
                "interrupt_id",
                "run_id",
                "thread_id",
                "agent",
                "node",
                "reason",
                "message",
                "expires_at",
            )
            if key in asked
        }
        attached = await watching.ask(type="attach", run_id=asked["run_id"])
        assert attached["interrupt"] == {
            **{key: asked[key] for key in ("interrupt_id", "run_id", "thread_id")}, "status": "pending",
        }  # fmt: skip
        await asking.send(type="respond", interrupt_id=asked["interrupt_id"], decision="reject")
        closed = (await closing(watching))["data"]
        assert (closed["status"], closed["by"], closed["decision"]) == ("resolved", "ann", "reject")
        assert (await watching.ask(type="attach", run_id=asked["run_id"]))["interrupt"] == closed
        assert "interrupt" not in await watching.ask(type="attach", run_id=closed["resumed_run_id"])
        assert {one["event_type"] for one in watching.feeds} == {"interrupt_asked", "interrupt_closed"}


async def test_a_rewind_withdraws_what_was_asked_after_its_place_and_it_is_asked_anew(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as ann:
        await ann.ask(type="subscribe", topics=["interrupts"])
        asked = await question(ann)
        past = (await ann.ask(type="thread", thread_id="t", action="history"))["checkpoints"]
        place = next(one["checkpoint_id"] for one in past if one["source"] == "node")
        back = await ann.ask(type="thread", thread_id="t", action="rewind", checkpoint_id=place)
        assert (back["status"], back["interrupts"]) == ("idle", [])
        heard = next(one for one in ann.feeds if one["event_type"] == "interrupt_closed")
        assert (heard["data"]["interrupt_id"], heard["data"]["status"]) == (
            asked["interrupt_id"],
            "cancelled",
        )
        anew = await follow(ann, "anew", type="user_request", user_input="go on", thread_id="t")
        assert anew.last["interrupt"]["interrupt_id"] != asked["interrupt_id"]


async def test_only_those_who_follow_that_agent_hear_of_it(daemon: Daemon) -> None:
    async with daemon.client() as asking, daemon.client() as other, daemon.client() as deaf:
        await other.ask(type="subscribe", topics=["progress"], agents=["inventory_agent"])
        asked = await question(asking)
        await asking.ask(type="subscribe", topics=["progress"])
        await deaf.ask(**CHANGED)
        assert (await closing(asking))["data"]["interrupt_id"] == asked["interrupt_id"]
        for client in (other, deaf):
            await client.ask(type="ping")
            assert client.feeds == []


async def test_who_asked_hears_at_once_how_the_question_ends_without_a_subscription(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as ann, daemon.client(user_id="bob") as bob:
        asked = await question(ann)
        again = await ann.ask(type="attach", run_id=asked["run_id"])
        assert again["interrupt"]["status"] == "pending"
        await bob.send(
            type="respond", interrupt_id=asked["interrupt_id"], decision="approve", value={"word": "moss"}
        )
        heard = (await closing(ann))["data"]
        assert (heard["interrupt_id"], heard["status"]) == (asked["interrupt_id"], "resolved")
        assert (heard["by"], heard["decision"]) == ("bob", "approve")


async def test_who_attaches_to_a_run_that_asks_hears_how_the_question_ends(daemon: Daemon) -> None:
    async with daemon.client(user_id="ann") as ann:
        asked = await question(ann)
    async with daemon.client(user_id="ann") as back, daemon.client(user_id="bob") as bob:
        await back.ask(type="attach", run_id=asked["run_id"], after=1000)
        await back.ask(type="ping")
        await bob.send(type="respond", interrupt_id=asked["interrupt_id"], decision="reject")
        assert (await closing(back))["data"]["decision"] == "reject"
