"""A request with an `op_id` begins one run, however often it is sent, also after a kill."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import Message, running
from tests.support.following import Follower, follow

ASK: dict[str, Any] = {
    "type": "user_request",
    "user_input": "Add 2 notes",
    "context": {"a": 1},
    "op_id": "op-1",
}


def as_told(told: list[Message]) -> list[Message]:
    return [{key: value for key, value in one.items() if key != "request_id"} for one in told]


async def test_a_request_sent_again_attaches_to_the_run_that_it_began(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client(user_id="ann") as ann, daemon.client(user_id="ann") as again:
            await ann.send(**ASK, request_id="first")
            await again.send(**ASK, request_id="second")
            first, second = Follower("first"), Follower("second")
            await asyncio.gather(first.hear(ann), second.hear(again))
            assert as_told(first.told) == as_told(second.told)
            third = await follow(ann, "third", **ASK)
            assert as_told(third.told) == as_told(first.told)
            for other in (
                {"user_input": "Add 3 notes"},
                {"thread_id": "t"},
                {"agent": "general"},
                {"context": {"a": True}},
            ):
                refused = await ann.ask(**{**ASK, **other})
                assert refused["code"] == "op_id_reused"
            await daemon.kill()
        await daemon.start()
        async with daemon.client(user_id="ann") as ann, daemon.client(user_id="bob") as bob:
            fourth = await follow(ann, "fourth", **ASK)
            assert as_told(fourth.told) == as_told(first.told)
            assert len((await ann.ask(type="list_items"))["items"]) == 2
            own = await follow(bob, "own", **ASK)
            assert own.run_id != first.run_id


@pytest.mark.parametrize("beside", [False, True])
async def test_so_does_a_question_to_several_agents(tmp_path: Path, beside: bool) -> None:
    ask: dict[str, Any] = {"type": "multi_agent_request", "request": {"query": "What is low?"}}
    (ask if beside else ask["request"])["op_id"] = "op-1"
    async with running(tmp_path) as daemon, daemon.client() as client:
        first = await follow(client, "first", **ask)
        again = await follow(client, "again", **ask)
        assert as_told(again.told) == as_told(first.told)


async def test_so_does_a_yes_in_words(tmp_path: Path) -> None:
    asks = {"STREAMD_RUNS__APPROVE_REMOVALS_OVER": "1"}
    async with running(tmp_path, **asks) as daemon, daemon.client() as client:
        await follow(client, "add", type="user_request", user_input="Add 3 notes")
        run = await follow(client, "ask", type="user_request", user_input="Remove all notes", thread_id="t")
        assert run.last["type"] == "interrupt"
        yes: dict[str, Any] = {
            "type": "user_request",
            "user_input": "yes",
            "thread_id": "t",
            "op_id": "yes-1",
        }
        first = await follow(client, "first", **yes)
        again = await follow(client, "again", **yes)
        assert len(first.last["data"]["removed"]) == 3
        assert as_told(again.told) == as_told(first.told)
