"""Fifty runs on a model at the same time: each is whole and in order, and everybody hears of all they did."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import attrs
import pytest

from tests.support.daemon import PATIENCE_SECONDS, Client, Message, running
from tests.support.following import is_in_order
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import Call, Fault, Reply, called, said, structured
from tests.support.scripted_model import LAST, environ, kinds, text

RUNS: Final = 50
CLIENTS: Final = 5


@attrs.define
class Crowd:
    """A model that adds two notes for each request, when all have come; every fifth stream breaks before that."""

    waiting: list[Reply] = attrs.field(factory=list)
    all_wait: asyncio.Event = attrs.field(factory=asyncio.Event)

    def answer(self, request: Request) -> Reply:
        if request.schema is not None:
            return structured({"primary_intent": "general", "confidence": 1, "steps": []})
        number = request.body["messages"][0]["content"][0]["text"].rpartition(" number ")[2]
        newest = request.body["messages"][-1]["content"]
        if newest[0]["type"] == "tool_result":
            return said("I added both ", f"for {number}.")
        goes_on = "was interrupted" in request.words
        if int(number) % 5 == 0 and not goes_on:
            return said("Let me ", "never told", fault=Fault(1, "cut"))
        items = [{"type": "note", "name": f"Note {number} {side}"} for side in ("left", "right")]
        words = ("see. ",) if goes_on else ("Let me ", "see. ")
        reply = called(Call("add_items", {"items": items}), text=words, holds=frozenset({len(words)}))
        self.waiting.append(reply)
        if len(self.waiting) == RUNS:
            self.all_wait.set()
        return reply


@pytest.fixture
async def api() -> AsyncIterator[MessagesApi]:
    async with MessagesApi() as one:
        yield one


async def test_fifty_runs_at_once_are_each_complete_and_without_gaps(
    api: MessagesApi, tmp_path: Path
) -> None:
    crowd = Crowd()
    api.answer = crowd.answer
    async with running(tmp_path, **environ(api.url)) as daemon, AsyncExitStack() as stack:
        watching = await stack.enter_async_context(daemon.client())
        clients = [await stack.enter_async_context(daemon.client(user_id=f"u{n}")) for n in range(CLIENTS)]
        for number in range(RUNS):
            await clients[number % CLIENTS].send(
                type="user_request", user_input=f"Add two notes, number {number}", request_id=number
            )
        hearing = [asyncio.create_task(told_to(client, RUNS // CLIENTS)) for client in clients]
        async with asyncio.timeout(PATIENCE_SECONDS):
            await crowd.all_wait.wait()
        for reply in crowd.waiting:
            reply.release()
        told = [run for heard in await asyncio.gather(*hearing) for run in heard]
        await watching.heard(2 * RUNS)

    assert len(told) == RUNS
    assert len(api.requests) == RUNS * 3 + RUNS // 5
    added = [item_id for run in told for item_id in check(run)]
    events = watching.events
    assert [event["seq"] for event in events] == list(range(1, 2 * RUNS + 1))
    assert sorted(event["item_id"] for event in events) == sorted(added)
    assert sorted(str(item["name"]) for item in watching.items.values()) == sorted(
        f"Note {number} {side}" for number in range(RUNS) for side in ("left", "right")
    )
    for client in clients:
        assert client.events == events[: len(client.events)]


async def told_to(client: Client, count: int) -> list[list[Message]]:
    """What so many runs tell on one socket, each in order."""
    told: dict[str, list[Message]] = {}
    while sum(run[-1]["type"] in LAST for run in told.values()) < count:
        message = await client.until(lambda message: "run_seq" in message)
        told.setdefault(message["run_id"], []).append(message)
    return list(told.values())


def check(run: list[Message]) -> list[str]:
    """Give the items that it added."""
    assert is_in_order(run)
    assert (kinds(run)[0], kinds(run)[-1]) == ("start", "complete")
    assert "attempt_reset" not in kinds(run)
    number = run[0]["request_id"]
    assert {message["request_id"] for message in run} == {number}
    assert text(run) == f"Let me see. I added both for {number}."
    added: list[str] = run[-1]["data"]["added"]
    assert [message["item_id"] for message in run if message["type"] == "item_added"] == added
    assert len(added) == 2
    assert run[-1]["data"]["usage"]["estimated"] == (number % 5 == 0)
    return added
