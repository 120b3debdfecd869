"""What a run may cost: a model's answer is stopped in its middle, and its connection closed at once."""

import asyncio
from typing import Any, Final

import pytest

from tests.support.daemon import PATIENCE_SECONDS, Client, Daemon, Message
from tests.support.following import is_in_order
from tests.support.messages_api import Request
from tests.support.model_replies import BEFORE_THE_HEAD, Call, Fault, called, said
from tests.support.scripted_model import LAST, Scripted, ask, kinds, rest, text

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C6")]

LONG: Final = ("Sixty-four characters of an answer that nobody wants to end so. ",) * 200
ADD: Final = Call("add_items", {"items": [{"type": "note", "name": "Memo"}]})


async def begun(client: Client, **keys: object) -> Message:
    await client.send(type="user_request", user_input="Go on", agent="general", **keys)
    return await client.until(lambda message: message.get("type") == "start")


async def heard(client: Client, words: str) -> None:
    await client.until(lambda message: words in str(message.get("content", "")))


async def is_cut(request: Request) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await request.cut.wait()


async def run_of(client: Client, start: Message) -> list[Message]:
    """All that its run told, when nothing more can come."""
    await client.ask(type="ping")
    return [one for one in client.responses if one.get("run_id") == start["run_id"] and "run_seq" in one]


async def test_cancel_closes_the_connection_to_the_model_and_nothing_comes_after(
    client: Client, model: Scripted
) -> None:
    model.says(said("One, ", "two, ", "three.", holds=frozenset({2})))
    start = await begun(client, thread_id="stopped", user_id="ann")
    await heard(client, "two, ")
    await client.send(type="cancel", run_id=start["run_id"])
    await is_cut(await model.was_asked(1))
    last = await client.until(lambda message: message.get("type") in LAST and "run_seq" in message)
    assert (last["type"], last["data"]["partial"]) == ("cancelled", "One, two, ")
    told = await run_of(client, start)
    assert told[-1] == last
    assert sum(kind in LAST for kind in kinds(told)) == 1
    assert text(told) == "One, two, "
    model.says(said("Yes?"))
    told = await ask(client, "Still there?", agent="general", thread_id="stopped")
    assert text(told) == "Yes?"


@pytest.mark.parametrize("where", ["before the answer", "in thoughts", "in a tool"])
async def test_cancel_stops_a_model_wherever_it_is(client: Client, model: Scripted, where: str) -> None:
    reply = {
        "before the answer": said("x", holds=frozenset({BEFORE_THE_HEAD})),
        "in thoughts": said("x", thought=("Hm, ", "well"), holds=frozenset({1})),
        "in a tool": called(ADD, holds=frozenset({1})),
    }[where]
    model.says(reply)
    start = await begun(client)
    asked = await model.was_asked(1)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reply.reached(next(iter(reply.holds)))
    await client.send(type="cancel", run_id=start["run_id"])
    await is_cut(asked)
    told = await rest(client)
    assert told[-1]["type"] == "cancelled"
    assert told[-1]["data"]["added"] == []


async def test_a_client_that_goes_away_stops_no_model_and_hears_the_rest_when_it_is_back(
    daemon: Daemon, workspace: str, model: Scripted
) -> None:
    reply = said("One, ", "two, ", "three.", holds=frozenset({2}))
    model.says(reply)
    async with daemon.client(workspace=workspace) as leaving:
        start = await begun(leaving)
        await heard(leaving, "two, ")
        before = await run_of(leaving, start)
        leaving.socket.transport.abort()
    async with daemon.client(workspace=workspace) as back:
        await back.send(type="attach", run_id=start["run_id"], after=before[-1]["run_seq"])
        await back.until(lambda message: message.get("type") == "attached")
        reply.release()
        whole = [*before, *(await rest(back))]
    assert text(whole) == whole[-1]["message"] == "One, two, three."
    assert is_in_order(whole)
    assert len(model.asked) == 1


async def test_a_request_that_interrupts_its_thread_closes_the_stream_that_was_going_on_there(
    client: Client, model: Scripted
) -> None:
    model.says(said("One, ", "two", holds=frozenset({1})), said("As you wish."))
    first = await begun(client, thread_id="busy")
    await heard(client, "One, ")
    second = await begun(client, thread_id="busy", options={"multitask": "interrupt"})
    told = await rest(client)
    assert text(told) == "As you wish."
    assert {message["run_id"] for message in told} == {second["run_id"]}
    await is_cut(model.asked[0])
    assert (await run_of(client, first))[-1]["type"] == "cancelled"


async def test_cancel_while_it_is_told_what_the_request_is_about(client: Client, model: Scripted) -> None:
    model.says()
    reply = said("{", holds=frozenset({1}))
    model.api.script(reply)
    await client.send(type="user_request", user_input="Hello")
    start = await client.until(lambda message: message.get("type") == "start")
    async with asyncio.timeout(PATIENCE_SECONDS):
        await reply.reached(1)
    await client.send(type="cancel", run_id=start["run_id"])
    assert kinds(await rest(client))[-1] == "cancelled"
    await is_cut(model.api.requests[0])


async def test_cancel_after_the_turn_lets_the_model_say_what_it_is_saying_and_does_no_more(
    client: Client, model: Scripted
) -> None:
    reply = called(ADD, text=("I shall ", "add it."), holds=frozenset({1}))
    model.says(reply)
    start = await begun(client)
    await heard(client, "I shall ")
    assert (await client.ask(type="cancel", run_id=start["run_id"], mode="after_turn"))["type"] == "ack"
    reply.release()
    told = await rest(client)
    assert told[-1]["type"] == "cancelled"
    assert "after the turn" in told[-1]["message"]
    told = await run_of(client, start)
    assert text(told) == told[-1]["data"]["partial"] == "I shall add it."
    assert told[-1]["data"]["added"] == []
    assert len(model.asked) == 1
    assert not model.asked[0].cut.is_set()


BUDGETS: Final[dict[str, tuple[dict[str, Any], int]]] = {
    "tokens": ({"tokens": 500}, 500 * 4),
    "money": ({"cost_usd": 0.005}, 500 * 4),  # at 10 USD for a million tokens, as configured
}


@pytest.mark.parametrize(("budget", "characters"), BUDGETS.values(), ids=BUDGETS)
async def test_a_budget_ends_an_answer_in_its_middle(
    client: Client, model: Scripted, budget: dict[str, Any], characters: int
) -> None:
    model.says(said(*LONG, holds=frozenset({60})))
    told = await ask(client, "Tell me all", agent="general", options={"budget": budget})
    last = told[-1]
    assert (last["type"], last["code"]) == ("error", "budget_exceeded")
    assert last["partial"] == text(told)
    assert characters - 256 < len(text(told)) <= characters + 256
    await is_cut(model.asked[0])
    assert len(model.asked) == 1


async def test_a_budget_counts_all_turns_and_attempts_and_ends_before_the_next_is_asked(
    client: Client, model: Scripted
) -> None:
    model.says(
        called(ADD), said(*LONG[:10], fault=Fault(10, "cut")), said("."), said("never asked")
    )  # fmt: skip
    budget = {"tokens": 12 + 34 + 12 + 100}
    told = await ask(client, "Go on", agent="general", options={"budget": budget})
    assert (told[-1]["type"], told[-1]["code"]) == ("error", "budget_exceeded")
    assert len(told[-1]["data"]["added"]) == 1
    assert len(model.asked) == 2


async def test_a_run_that_may_not_take_so_long_closes_the_connection_too(
    client: Client, model: Scripted
) -> None:
    model.says(said("One, ", "two", holds=frozenset({1})))
    told = await ask(client, "Count", agent="general", options={"budget": {"seconds": 0.5}})
    assert (told[-1]["type"], told[-1]["code"]) == ("error", "timed_out")
    assert told[-1]["partial"] == "One, "
    await is_cut(model.asked[0])
