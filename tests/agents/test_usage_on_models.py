"""What runs use of a language model: told by each for itself, counted once, and bounded."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from streamd.config import BudgetOptions, RunsOptions
from streamd.core.run import RunId
from streamd.core.thread import InterruptAnswer, InterruptId
from streamd.core.usage import UsageFilter, UsageKey
from tests.agents.model_office import ModelOffice, model_office
from tests.support.model_replies import Call, called, failed, said
from tests.support.runs import ended, respond, told

BOLTS = [{"id": f"bolt-{number}", "type": "inventory", "name": f"Bolt {number}"} for number in range(3)]
REMOVAL = Call("remove_items", {"item_ids": ["bolt-0", "bolt-1"], "reason": "old"})
TURN = 12 + 34
"""Tokens of a turn, as the service counts them."""


async def counted(place: ModelOffice, *by: UsageKey) -> Mapping[tuple[str, ...], int]:
    await place.engine.journal.flushed()
    rows = await place.engine.store.usage("hall", UsageFilter("2000-01-01", "2100-01-01"), by, 100)
    return {tuple(str(getattr(one, key)) for key in by): one.usage.tokens for one in rows}


def tokens(response: Mapping[str, Any]) -> int:
    return sum(value for key, value in response["data"]["usage"].items() if key.endswith("_tokens"))


async def test_a_run_that_fails_tells_what_it_did_and_used() -> None:
    async with model_office(*BOLTS, max_attempts=1) as place:
        place.model.says(called(REMOVAL), failed(400, "invalid_request_error"))
        last = (await place.ask("Tidy up", "inventory"))[-1]

    assert last["type"] == "error"
    assert last["data"]["removed"] == ["bolt-0", "bolt-1"]
    assert tokens(last) == TURN


async def test_a_run_that_is_cancelled_tells_what_it_used_with_a_guess_of_the_last_turn() -> None:
    async with model_office(*BOLTS) as place:
        held = said("One", "two", "three", holds=frozenset({2}))
        place.model.says(called(Call("list_items")), held)
        run = place.begun("Count", "inventory")
        await asyncio.wait_for(held.reached(2), 30)
        place.engine.runs.cancel(run.record.run_id, "ann")
        last = await place.end(run)
        in_all = await counted(place)

    assert last["type"] == "cancelled"
    assert last["data"]["usage"]["estimated"]
    assert last["data"]["usage"]["input_tokens"] == 2 * 12
    assert in_all[()] == tokens(last)


async def test_a_run_that_resumes_another_tells_its_own_usage_and_each_is_counted_once() -> None:
    async with model_office(*BOLTS, runs=RunsOptions(approve_removals_over=1)) as place:
        place.model.says(called(REMOVAL), said("Removed."))
        asked = (await place.ask("Tidy up", "inventory"))[-1]
        interrupt_id = InterruptId(asked["interrupt"]["interrupt_id"])
        resumed = await respond(place.engine, interrupt_id, InterruptAnswer("approve"))
        if (run := place.engine.runs.find(resumed)) is not None:
            await ended(run)
        last = (await told(place.engine.store, resumed))[-1]
        in_all, records = (
            await counted(place),
            [await place.engine.store.run("hall", RunId(one)) for one in (asked["run_id"], resumed)],
        )

    assert (last["type"], tokens(asked), tokens(last)) == ("complete", TURN, TURN)
    assert in_all[()] == 2 * TURN
    assert [one.usage.tokens for one in records if one is not None] == [TURN, TURN]


async def test_usage_is_counted_by_user_and_agent_also_of_attempts_that_failed() -> None:
    async with model_office(*BOLTS) as place:
        place.model.says(failed(529, "overloaded_error"), said("Three."), intent="inventory_management")
        await place.ask("How many bolts are there?", user="ann")
        place.model.says(said("Hello."))
        await place.ask("Hello", "general", user="bob")
        by_agent, by_user = await counted(place, "agent"), await counted(place, "user_id")

    assert by_agent == {("general",): TURN, ("intent",): TURN, ("inventory",): TURN}
    assert by_user == {("ann",): 2 * TURN, ("bob",): TURN}


@pytest.mark.parametrize(
    ("budget", "of", "per"),
    [
        (BudgetOptions(user_tokens_per_day=TURN), "user", "day"),
        (BudgetOptions(user_tokens_per_month=TURN), "user", "month"),
        (BudgetOptions(workspace_tokens_per_day=TURN), "workspace", "day"),
        (BudgetOptions(user_tokens_per_day=TURN, workspace_tokens_per_month=TURN), "workspace", "month"),
    ],
)
async def test_who_has_used_the_budget_is_refused_until_it_is_renewed(
    budget: BudgetOptions, of: str, per: str
) -> None:
    async with model_office(budget=budget) as place:
        place.model.says(said("Hello."))
        first = (await place.ask("Hello", "general"))[-1]
        second = (await place.ask("Hello again", "general"))[-1]
        other = (await place.ask("Hello", "general", user="bob"))[-1]

    assert first["type"] == "complete"
    assert (second["code"], second["of"], second["per"]) == ("budget_spent", of, per)
    assert (second["used"], second["limit"], second["unit"]) == (TURN, TURN, "tokens")
    assert second["retryable"]
    assert 0 < second["retry_after_ms"] <= 31 * 86_400_000
    assert "ask again from" in second["message"]
    assert (other["type"] == "complete") == (of == "user")
    assert len(place.model.asked) == 1 + (of == "user")


async def test_the_next_turn_of_a_run_is_refused_as_well() -> None:
    async with model_office(*BOLTS, budget=BudgetOptions(user_tokens_per_day=TURN)) as place:
        place.model.says(called(REMOVAL), said("Removed."))
        last = (await place.ask("Tidy up", "inventory"))[-1]

    assert last["code"] == "budget_spent"
    assert last["data"]["removed"] == ["bolt-0", "bolt-1"]
    assert len(place.model.asked) == 1


async def test_with_a_fallback_rules_answer_what_they_understand_once_the_budget_is_spent() -> None:
    async with model_office(*BOLTS, budget=BudgetOptions(user_tokens_per_day=1), fallback="offline") as place:
        place.model.says(said("Hello."))
        await place.ask("Hello", "general")
        counted_by_rules = await place.ask("How many bolts are there?")
        refused = (await place.ask("Sing me something", "inventory"))[-1]

    (notice,) = [one for one in counted_by_rules if one["type"] == "notice"]
    assert (notice["reason"], notice["kind"]) == ("offline", "budget_spent")
    assert (counted_by_rules[-1]["type"], counted_by_rules[-1]["model"]) == ("complete", "offline")
    assert "3" in counted_by_rules[-1]["message"]
    assert refused["code"] == "budget_spent"
