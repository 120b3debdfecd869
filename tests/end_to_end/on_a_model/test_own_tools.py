"""A model calls an agent's own tools, and tools that a front end brought, while the daemon may die at any moment."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.support import tool_agents
from tests.support.daemon import Client, Daemon, Message
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import Call, Reply, called, said
from tests.support.scripted_model import Scripted, ask, ask_until, kinds, rest, results, text, the_rest
from tests.support.tool_agents import SECRET, orders

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES: Final = tool_agents.FILES
VARIABLES: Final = {**tool_agents.VARIABLES, "STREAMD_RUNS__MAX_ATTEMPTS": "100"}
BOLT: Final = Call("order", {"item": "bolt", "quantity": 2}, "toolu_bolt")
MAP: Final = Call("show_map", {"place": "Lisbon"}, "toolu_map")


async def test_a_model_is_told_of_the_tools_and_calls_several_in_one_turn(
    client: Client, model: Scripted, directory: Path, workspace: str
) -> None:
    price = Call("price", {"item": "bolt"}, "toolu_price")
    model.says(called(BOLT, price, text=("I order. ",)), said("Two bolts."))
    told = await ask(client, "Order bolts", agent="buyer", thread_id=workspace)
    assert text(told) == "I order. Two bolts."
    told_of = {spec["name"]: spec for spec in model.asked[0].body["tools"]}
    assert list(told_of)[-3:] == ["order", "price", "show_map"]
    assert told_of["order"]["description"] == "Order an item."
    assert told_of["order"]["input_schema"] == {
        "type": "object",
        "properties": {
            "item": {"type": "string", "description": "What to order."},
            "quantity": {"type": "integer", "description": "How many.", "default": 1},
        },
        "required": ["item"],
        "additionalProperties": False,
    }
    ordered, priced = results(model.asked[1])
    assert (ordered["tool_use_id"], json.loads(ordered["content"])) == (
        "toolu_bolt",
        {"ordered": "bolt", "quantity": 2},
    )
    assert (priced["tool_use_id"], priced["content"]) == ("toolu_price", "4.0")
    assert len(orders(directory, workspace)) == 1


@pytest.mark.parametrize(
    ("call", "hint"),
    [
        (Call("order", {"item": 7}), "item must be text"),
        (Call("order", {"item": "nothing"}), "order something"),
        (Call("order", {"item": "bomb"}), "order failed inside the daemon"),
        (Call("show_map", {"place": 7}), "input.place must be string"),
        (Call("sell", {"item": "bolt"}), "there is no tool sell; there are add_items"),
    ],
)
async def test_what_goes_wrong_comes_back_to_the_model_as_an_error_and_leaks_nothing(
    client: Client, model: Scripted, daemon: Daemon, call: Call, hint: str
) -> None:
    model.says(called(call), called(BOLT), said("Now it is."))
    told = await ask(client, "Order", agent="buyer")
    (wrong,) = results(model.asked[1])
    assert wrong["is_error"]
    assert hint in wrong["content"]
    assert SECRET not in str([request.body for request in model.asked]) + str(told)
    assert not results(model.asked[2])[0]["is_error"]
    assert (kinds(told)[-1], text(told)) == ("complete", "Now it is.")
    if call.input["item" if "item" in call.input else "place"] == "bomb":
        await daemon.logs("tool_failed", SECRET)


async def test_killed_after_a_call_it_is_not_made_again(
    daemon: Daemon, workspace: str, model: Scripted, directory: Path
) -> None:
    model.says(
        called(BOLT, Call("order", {"item": "bomb"}, "toolu_bomb"), text=("I order. ",)),
        said("They ", "come.", holds=frozenset({1})),
        said("They came."),
    )
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "They ", "Order", agent="buyer", thread_id=workspace)
        await daemon.kill()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert text(whole) == "I order. They came."
    assert [one["item"] for one in orders(directory, workspace)] == ["bolt", "bomb"]
    assert model.asked[2].body == model.asked[1].body, "what came of the calls was kept, failures too"


async def test_killed_in_the_middle_of_a_call_it_is_made_again_with_the_same_key(
    daemon: Daemon, workspace: str, model: Scripted, directory: Path
) -> None:
    slow = Call("order", {"item": "slow"}, "toolu_slow")
    model.says(called(BOLT, slow, text=("I ", "order. ")), said("They came."))
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "order. ", "Order", agent="buyer", thread_id=workspace)
        await daemon.logs("order_started", "slow")
        await daemon.kill()
    (directory / tool_agents.GO).touch()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert text(whole) == "I order. They came."
    made = orders(directory, workspace)
    keys = {item: {order["key"] for order in made if order["item"] == item} for item in ("bolt", "slow")}
    assert [order["item"] for order in made].count("slow") == 2
    # The other call of the turn ran beside it: its result may have been on its way to the disk, too.
    assert all(len(same) == 1 for same in keys.values())
    assert keys["bolt"] != keys["slow"]
    assert len(model.asked) == 2, "the turn that asked for it is not bought again"


# ── tools without a function ─────────────────────────────────────────────────────────────────────────────────────────


async def asked_for_results(client: Client, model: Scripted, thread_id: str) -> Message:
    """The interrupt of a turn that asks for two pending calls and an order."""
    other = Call("show_map", {"place": "Porto"}, "toolu_other")
    model.says(called(MAP, BOLT, other, text=("Look. ",)), said("Two ", "marks."))
    told = await ask(client, "Show me", agent="buyer", thread_id=thread_id)
    assert kinds(told)[-1] == "interrupt", told[-1]
    interrupt: Message = told[-1]["interrupt"]
    return interrupt


def check_results(asked: Request) -> None:
    """The model reads what came of all three calls, in the order of the calls."""
    first, ordered, second = results(asked)
    assert (first["tool_use_id"], json.loads(first["content"]), first["is_error"]) == (
        "toolu_map",
        {"marks": [1, 2]},
        False,
    )
    assert (ordered["tool_use_id"], ordered["is_error"]) == ("toolu_bolt", False)
    assert (second["tool_use_id"], second["content"], second["is_error"]) == (
        "toolu_other",
        "the map is closed",
        True,
    )


def answer_to(interrupt: Message, **changed: object) -> dict[str, Any]:
    """What came of the calls for Lisbon and Porto, and what the test says of them, or of `bolt`, instead."""
    ids = ids_of(interrupt)
    results = {"Lisbon": {"output": {"marks": [1, 2]}}, "Porto": {"error": "the map is closed"}, **changed}
    return {
        "results": {ids.get(place, place): result for place, result in results.items() if result is not None}
    }


def ids_of(interrupt: Message) -> dict[str, str]:
    return {call["input"]["place"]: call["tool_call_id"] for call in interrupt["value"]["calls"]}


@pytest.mark.parametrize("killed", ["not", "before the answer", "after the answer"])
async def test_calls_that_are_left_pending_end_the_run_and_it_resumes_with_what_came_of_them(
    daemon: Daemon, workspace: str, model: Scripted, directory: Path, killed: str
) -> None:
    async with daemon.client(workspace=workspace) as client:
        interrupt = await asked_for_results(client, model, workspace)
        assert (interrupt["reason"], interrupt["node"]) == ("tool_call", "work")
        assert interrupt["message"] == "What came of show_map?"
        ids = ids_of(interrupt)
        assert interrupt["value"] == {
            "calls": [
                {"tool_call_id": ids["Lisbon"], "name": "show_map", "input": {"place": "Lisbon"}},
                {"tool_call_id": ids["Porto"], "name": "show_map", "input": {"place": "Porto"}},
            ]
        }
        assert len(orders(directory, workspace)) == 1, "what can be done is done before"
        if killed == "before the answer":
            await daemon.kill()
    if killed == "before the answer":
        await daemon.start()
    answer = {"type": "respond", "interrupt_id": interrupt["interrupt_id"], "decision": "approve"}
    async with daemon.client(workspace=workspace, user_id="ann") as client:
        (listed,) = (await client.ask(type="list_interrupts"))["interrupts"]
        assert listed == interrupt
        if killed == "after the answer":
            model._replies[0] = said("Two ", "marks.", holds=frozenset({1}))
            model._replies.append(said("Two marks."))
        await client.send(**answer, value=answer_to(interrupt))
        if killed == "after the answer":
            told = [await client.until(lambda message: "run_seq" in message)]
            while "Two " not in told[-1].get("content", ""):
                told.append(await client.until(lambda message: "run_seq" in message))
            await daemon.kill()
        else:
            told = await rest(client)
    if killed == "after the answer":
        await daemon.start()
        told = await the_rest(daemon, workspace, told)
    assert (kinds(told)[-1], text(told)) == ("complete", "Two marks.")
    for asked in model.asked[1:]:
        check_results(asked)
    assert len(model.asked) == (3 if killed == "after the answer" else 2)
    assert len(orders(directory, workspace)) == 1
    async with daemon.client(workspace=workspace) as client:
        await client.send(**answer, value=answer_to(interrupt))
        again = await client.until(lambda message: "run_seq" in message)
        assert again["run_id"] == told[0]["run_id"]
        other = answer_to(interrupt, Lisbon={"output": 1})
        assert (await client.ask(**answer, value=other))["code"] == "answered"


@pytest.mark.parametrize(
    ("changed", "path"),
    [
        (None, "value"),
        ({}, "value"),
        ({"Porto": None}, "value.results"),
        ({"bolt": {"output": 1}}, "value.results"),
        ({"Porto": {"error": 1}}, "value.results.Porto.error"),
        ({"Porto": {}}, "value.results.Porto"),
        ({"Porto": {"output": 1, "error": "x"}}, "value.results.Porto"),
    ],
)
async def test_an_answer_that_says_not_of_each_open_call_what_came_of_it_is_refused(
    client: Client, model: Scripted, workspace: str, changed: dict[str, object] | None, path: str
) -> None:
    interrupt = await asked_for_results(client, model, workspace)
    given: dict[str, object] = {}
    if changed is not None:
        given["value"] = answer_to(interrupt, **changed) if changed else {}
    path = path.replace("Porto", ids_of(interrupt)["Porto"])
    refused = await client.ask(
        type="respond", interrupt_id=interrupt["interrupt_id"], decision="approve", **given
    )
    assert (refused["code"], refused["path"]) == ("invalid_message", path), refused
    assert len((await client.ask(type="list_interrupts"))["interrupts"]) == 1
    assert len(model.asked) == 1


async def test_nobody_need_answer_a_rejection_ends_the_run(
    client: Client, model: Scripted, workspace: str
) -> None:
    interrupt = await asked_for_results(client, model, workspace)
    await client.send(type="respond", interrupt_id=interrupt["interrupt_id"], decision="reject")
    assert kinds(await rest(client))[-1] == "cancelled"
    assert len(model.asked) == 1


# ── who only helps ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_supporting_agent_has_the_tools_that_read_and_a_call_of_another_is_refused(
    client: Client, model: Scripted, directory: Path, workspace: str
) -> None:
    note = Call("add_items", {"items": [{"type": "note", "name": "N"}]}, "toolu_note")
    price = Call("price", {"item": "bolt"}, "toolu_price")
    model.says(called(BOLT, note, MAP, price), said("They cost four."), said("Buy bolts."), intent="general")
    request = {
        "query": "What do bolts cost?", "primary_agent": "general", "supporting_agents": ["buyer"],
        "thread_id": workspace,
    }  # fmt: skip
    await client.send(type="multi_agent_request", request=request)
    told = await rest(client)
    assert kinds(told)[-1] == "complete", told[-1]
    names = [spec["name"] for spec in model.asked[0].body["tools"]]
    assert names == ["list_items", "get_item", "search_knowledge", "search_memory", "price"]
    *refused, priced = results(model.asked[1])
    assert [result["is_error"] for result in refused] == [True] * 3
    assert all("is not allowed here" in result["content"] for result in refused)
    assert priced["content"] == "4.0"
    assert orders(directory, workspace) == []
    assert (await client.ask(type="list_items"))["items"] == []


async def test_the_agent_that_answers_may_change_what_the_request_wants_changed(
    client: Client, model: Scripted
) -> None:
    note = Call("add_items", {"items": [{"type": "note", "name": "N"}]}, "toolu_note")
    model.says(called(note), said("Noted."))
    request = {
        "query": "Kindly note it",
        "primary_agent": "general",
        "coordination_mode": "primary_only",
    }
    await client.send(type="multi_agent_request", request=request)
    told = await rest(client)
    assert len(told[-1]["data"]["added"]) == 1


# ── by chance ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.soak
async def test_every_order_is_made_under_one_key_whatever_moment_the_daemon_dies_at(
    api: MessagesApi, daemon: Daemon, directory: Path, soak: Callable[[int, int], int]
) -> None:
    chance = Random(11)

    def answer(request: Request) -> Reply:
        turn = sum(message["role"] == "assistant" for message in request.body["messages"])
        if turn == 3:
            return said("All ", "is ", "ordered.")
        made = [
            Call("order", {"item": f"part-{turn}-{number}"}, f"toolu_{turn}_{number}") for number in range(4)
        ]
        return called(*made, text=(f"Turn {turn}. ",))

    api.answer = answer
    for round_ in range(soak(2, 60)):
        workspace = f"chance-{round_}"
        async with daemon.client(workspace=workspace) as client:
            await client.send(type="user_request", user_input="Order", agent="buyer", thread_id=workspace)
            told = [await client.until(lambda message: "run_seq" in message)]
            for _ in range(chance.randrange(1, 6)):
                if kinds(told)[-1] != "complete":
                    told.append(await client.until(lambda message: "run_seq" in message))
            await daemon.kill()
        await daemon.start()
        whole = told if kinds(told)[-1] == "complete" else await the_rest(daemon, workspace, told)
        assert text(whole) == "Turn 0. Turn 1. Turn 2. All is ordered."
        keys: dict[str, set[str]] = {}
        for one in orders(directory, workspace):
            keys.setdefault(one["item"], set()).add(one["key"])
        assert len(keys) == 12
        assert all(len(found) == 1 for found in keys.values()), keys
        assert len(orders(directory, workspace)) <= 13, "only the call in flight is made again"
