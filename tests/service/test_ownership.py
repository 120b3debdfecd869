"""Requests, threads and questions are for those whose they are, and for administrators."""

from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
from structlog.testing import capture_logs

from streamd.core.principal import Right
from tests.support.daemon import Client
from tests.support.guarded import OWN, Place, guest, open_place

ALL: Final[tuple[Right, ...]] = ("read", "edit", "request", "respond")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with open_place() as one:
        guest(one, *ALL, name="ann")
        guest(one, *ALL, name="bob")
        yield one


async def asks(client: Client, thread_id: str = "plans") -> dict[str, Any]:
    """Have a run ask something; return its last response."""
    await client.send(type="user_request", user_input="secret", agent="asker", thread_id=thread_id)
    while (heard := await client.next()).get("type") != "interrupt":
        assert heard.get("type") != "error", heard
    return heard


def forbidden(about: dict[str, Any]) -> list[dict[str, Any]]:
    question, run_id = about["interrupt"]["interrupt_id"], about["run_id"]
    thread = {"type": "thread", "thread_id": "plans"}
    return [
        thread,
        {**thread, "action": "history"},
        {**thread, "action": "update", "values": {"a": 1}},
        {**thread, "action": "fork"},
        {**thread, "action": "rename", "title": "mine"},
        {**thread, "action": "delete"},
        {"type": "attach", "run_id": run_id},
        {"type": "attach", "thread_id": "plans"},
        {"type": "list_interrupts", "thread_id": "plans"},
        {"type": "list_threads", "user_id": "ann"},
        {"type": "list_runs", "user_id": "ann"},
        {"type": "respond", "interrupt_id": question, "decision": "approve"},
        {"type": "user_request", "user_input": "yes", "thread_id": "plans"},
        {"type": "user_request", "user_input": "go on", "thread_id": "plans", "agent": "says"},
        {"type": "multi_agent_request", "request": {"query": "go on", "thread_id": "plans"}},
    ]


async def test_nobody_else_reads_changes_continues_or_answers(place: Place) -> None:
    async with place.client("ann", OWN) as ann, place.client("bob", OWN) as bob:
        asked = await asks(ann)
        for message in forbidden(asked):
            assert (await bob.ask(**message)).get("code") == "forbidden", message
        assert (await ann.ask(type="thread", thread_id="plans"))["type"] == "thread"


async def test_lists_show_ones_own_and_all_to_an_admin(place: Place) -> None:
    shown: dict[str, list[int]] = {}
    async with place.client("ann", OWN) as ann:
        await asks(ann)
    for who in ("ann", "bob", "root"):
        async with place.client(who, OWN) as client:
            answers = [await client.ask(type=f"list_{kind}") for kind in ("threads", "runs", "interrupts")]
            shown[who] = [
                len(answer[key])
                for answer, key in zip(answers, ("threads", "runs", "interrupts"), strict=True)
            ]
    assert shown == {"ann": [1, 1, 1], "bob": [0, 0, 0], "root": [1, 1, 1]}


async def test_an_admin_answers_and_the_owner_goes_on(place: Place) -> None:
    async with place.client("ann", OWN) as ann, place.client("root", OWN) as root:
        question = (await asks(ann))["interrupt"]["interrupt_id"]
        answer = await root.ask(type="respond", interrupt_id=question, decision="reject")
        assert answer.get("code") != "forbidden"
        assert (await asks(ann))["type"] == "interrupt"


async def test_topics_bring_the_runs_and_questions_of_oneself(place: Place) -> None:
    async with place.client("ann", OWN) as ann, place.client("bob", OWN) as bob:
        await bob.ask(type="subscribe", topics=["runs", "interrupts"])
        asked = await asks(ann)
        await bob.send(type="ping", request_id="p")
        heard = [await bob.next()]
        while heard[-1].get("type") != "pong":
            heard.append(await bob.next())
        assert asked["run_id"] not in str(heard)


async def test_an_admin_hears_of_questions_and_whose_they_are(place: Place) -> None:
    async with place.client("ann", OWN) as ann, place.client("root", OWN) as root:
        await root.ask(type="subscribe", topics=["interrupts"])
        await asks(ann)
        told = await root.next()
        assert (told["event_type"], told["data"]["user_id"]) == ("interrupt_asked", "ann")


async def test_a_fork_is_its_maker_s(place: Place) -> None:
    async with place.client("ann", OWN) as ann, place.client("root", OWN) as root:
        await asks(ann)
        await root.ask(type="thread", thread_id="plans", action="fork", to_thread_id="copy")
        assert (await ann.ask(type="thread", thread_id="copy"))["code"] == "forbidden"


async def test_the_name_of_an_agent_that_does_not_exist_is_not_logged(place: Place) -> None:
    with capture_logs() as logs:
        async with place.client("ann", OWN) as ann:
            await ann.send(type="user_request", user_input="secret", agent="my secret agent")
            while (await ann.next())["type"] != "error":
                pass
    assert any(one["event"] == "run_finished" for one in logs)
    assert "secret" not in str(logs)
