"""Calls of tools that a person approves, run side by side and are timed, by a language model, while the daemon may die."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import paying_agent
from tests.support.daemon import Client, Daemon, Message
from tests.support.model_replies import Call, called, said
from tests.support.scripted_model import Scripted, ask, ask_until, kinds, rest, results, text, the_rest

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES: Final = paying_agent.FILES
VARIABLES: Final = {**paying_agent.VARIABLES, "STREAMD_RUNS__MAX_ATTEMPTS": "100"}
LARGE: Final = Call("pay", {"to": "landlord", "amount": 900}, "toolu_large")
SMALL: Final = Call("pay", {"to": "baker"}, "toolu_small")


def paid(directory: Path, thread: str) -> list[tuple[str, int]]:
    """What was paid in a thread, each call once."""
    found = [one for one in paying_agent.lines(directory / paying_agent.PAYMENTS) if one["thread"] == thread]
    return list({one["key"]: (one["to"], one["amount"]) for one in found}.values())


def read(result: Mapping[str, Any]) -> object:
    return json.loads(result["content"])


@pytest.mark.parametrize("killed", ["not", "before the answer", "after the answer"])
async def test_a_call_is_made_when_it_is_approved_once_and_those_beside_it_at_once(
    daemon: Daemon, workspace: str, model: Scripted, directory: Path, killed: str
) -> None:
    last = said("Paid ", "both.", holds=frozenset({1} if killed == "after the answer" else ()))
    model.says(called(LARGE, SMALL, text=("I pay. ",)), last, said("Paid both."))
    async with daemon.client(workspace=workspace) as client:
        told = await ask(client, "Pay the rent", agent="payer", thread_id=workspace)
        assert kinds(told)[-1] == "interrupt", told[-1]
        assert paid(directory, workspace) == [("baker", 10)]
        if killed == "before the answer":
            await daemon.kill()
    if killed == "before the answer":
        await daemon.start()
    async with daemon.client(workspace=workspace, user_id="ann") as client:
        (asked,) = (await client.ask(type="list_interrupts"))["interrupts"]
        assert (asked["reason"], asked["message"]) == (
            "tool_approval", 'Call pay with to "landlord", amount 900?',
        )  # fmt: skip
        assert asked["value"]["arguments"] == {"to": "landlord", "amount": 900}
        await client.send(type="respond", interrupt_id=asked["interrupt_id"], decision="approve")
        told = [await client.until(lambda message: "run_seq" in message)]
        while kinds(told)[-1] != "complete" and "Paid " not in told[-1].get("content", ""):
            told.append(await client.until(lambda message: "run_seq" in message))
        if killed == "after the answer":
            await daemon.kill()
        elif kinds(told)[-1] != "complete":
            told += await rest(client)
    if killed == "after the answer":
        await daemon.start()
        told = await the_rest(daemon, workspace, told)
    assert (kinds(told)[-1], text(told)) == ("complete", "Paid both.")
    assert paid(directory, workspace) == [("baker", 10), ("landlord", 900)]
    large, small = results(model.asked[1])
    assert (large["tool_use_id"], read(large)) == ("toolu_large", {"to": "landlord", "amount": 900})
    assert (small["tool_use_id"], read(small)) == ("toolu_small", {"to": "baker", "amount": 10})
    (progress,) = [one for one in told if one["type"] == "tool_progress"]
    assert (progress["message"], progress["progress"], progress["tool"]) == ("paying landlord", 0.5, "pay")
    assert progress["tool_call_id"] == asked["value"]["tool_call_id"]


async def test_a_changed_call_is_checked_and_made_so_and_a_rejected_one_goes_on_without_it(
    client: Client, model: Scripted, directory: Path, workspace: str
) -> None:
    other = Call("pay", {"to": "friend", "amount": 500}, "toolu_other")
    model.says(called(LARGE, other), said("Some of it."))
    told = await ask(client, "Pay", agent="payer", thread_id=workspace)
    asked: Message = told[-1]["interrupt"]
    answer = {"type": "respond", "interrupt_id": asked["interrupt_id"], "decision": "edit"}
    refused = await client.ask(**answer, value={"to": "landlord", "amount": "all"})
    assert (refused["code"], refused["path"]) == ("invalid_message", "value.amount")
    await client.send(**answer, value={"to": "landlord", "amount": 450})
    told = await rest(client)
    assert told[-1]["message"] == 'Call pay with to "friend", amount 500?'
    await client.send(
        type="respond",
        interrupt_id=told[-1]["interrupt"]["interrupt_id"],
        decision="reject",
        value="no friend",
    )
    told = await rest(client)
    assert (kinds(told)[-1], text(told)) == ("complete", "Some of it.")
    changed, rejected = results(model.asked[1])
    assert 'changed the arguments to {"to":"landlord","amount":450}' in changed["content"]
    assert rejected["is_error"]
    assert 'rejected this call of pay, saying "no friend"' in rejected["content"]
    assert paid(directory, workspace) == [("landlord", 450)]


async def test_yes_in_words_approves_the_call(
    client: Client, model: Scripted, directory: Path, workspace: str
) -> None:
    model.says(called(LARGE), said("Paid."))
    told = await ask(client, "Pay", agent="payer", thread_id=workspace)
    assert kinds(told)[-1] == "interrupt"
    told = await ask(client, "Yes, go ahead", thread_id=workspace)
    assert kinds(told)[-1] == "complete"
    assert paid(directory, workspace) == [("landlord", 900)]


async def test_killed_in_the_middle_of_calls_side_by_side_only_those_that_had_not_ended_are_made_again(
    daemon: Daemon, workspace: str, model: Scripted, directory: Path
) -> None:
    slow = Call("pay", {"to": "slow"}, "toolu_slow")
    model.says(called(slow, SMALL, text=("I ", "pay. ")), said("Both are paid."))
    async with daemon.client(workspace=workspace) as client:
        before = await ask_until(client, "pay. ", "Pay", agent="payer", thread_id=workspace)
        while {one["message"] for one in before if one["type"] == "tool_progress"} != {
            "paying slow",
            "paying baker",
        }:
            before.append(await client.until(lambda message: "run_seq" in message))
        await daemon.logs("payment_started", "slow")
        await daemon.kill()
    (directory / paying_agent.GO).touch()
    await daemon.start()
    whole = await the_rest(daemon, workspace, before)
    assert text(whole) == "I pay. Both are paid."
    assert sorted(paid(directory, workspace)) == [("baker", 10), ("slow", 10)]
    assert sorted(one["message"] for one in whole if one["type"] == "tool_progress") == [
        "paying baker",
        "paying slow",
    ]
    assert [one["tool_use_id"] for one in results(model.asked[1])] == ["toolu_slow", "toolu_small"]
    assert len(model.asked) == 2, "the turn that asked for them is not bought again"


async def test_a_call_that_takes_too_long_and_a_blocking_one_are_told_beside_each_other(
    client: Client, daemon: Daemon, model: Scripted
) -> None:
    model.says(
        called(Call("audit", {}, "toolu_audit"), Call("rates", {}, "toolu_rates")), said("That is all.")
    )
    told = await ask(client, "Look it up", agent="payer")
    assert kinds(told)[-1] == "complete"
    late, found = results(model.asked[1])
    assert late["is_error"]
    assert "audit took longer than 0.05 seconds" in late["content"]
    assert read(found) == [{"currency": "EUR", "rate": 1.0}]
    await daemon.logs("tool_timed_out", "audit")
    described = await client.ask(type="describe", sections=["agents"])
    tools = described["agents"]["payer"]["tools"]
    assert tools["pay"]["needs_approval"]
    assert tools["audit"]["timeout_seconds"] == 0.05
    assert tools["rates"]["output_schema"]["type"] == "array"


async def test_what_tools_depend_on_opens_once_with_the_daemon_and_closes_when_it_stops(
    daemon: Daemon, directory: Path
) -> None:
    (directory / paying_agent.OPENINGS).unlink(missing_ok=True)
    await daemon.stop()
    await daemon.start()
    await daemon.stop()
    assert [one["is"] for one in paying_agent.lines(directory / paying_agent.OPENINGS)] == [
        "closed", "opened", "closed",
    ]  # fmt: skip
    await daemon.start()
