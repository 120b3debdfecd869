"""What is told while a run waits, and who answers where the model cannot be reached."""

import asyncio
from typing import Any

import pytest

from streamd.config import Config, ModelOptions, RunsOptions
from streamd.models.anthropic import AgentModel, Settings, open_anthropic
from tests.agents.model_office import MODEL, ModelOffice, model_office
from tests.agents.office import office
from tests.support.messages_api import closed_port
from tests.support.model_replies import Call, called, failed, said
from tests.support.runs import ended, told

BOLTS = [{"id": f"bolt-{number}", "type": "inventory", "name": f"Bolt {number}"} for number in range(3)]


def notices(responses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in responses if one["type"] == "notice"]


async def test_a_long_call_of_a_tool_is_told_as_it_grows() -> None:
    items = [{"type": "inventory", "name": f"Nut {number} {'x' * 80}"} for number in range(40)]
    async with model_office() as place:
        place.model.says(called(Call("add_items", {"items": items})), said("Added."))
        responses = await place.ask("Add nuts", "inventory")

    writing = [one for one in notices(responses) if one["reason"] == "tool_call"]
    assert [one["size_bytes"] // 1024 for one in writing] == [1, 2, 4]
    assert {one["tool"] for one in writing} == {"add_items"}
    assert writing[-1]["message"] == "Writing add_items: 4 KB so far"


@pytest.mark.parametrize("headers", [{"retry-after": "2"}, {}], ids=["told when", "not told"])
async def test_a_further_attempt_is_told_with_its_reason_and_time(headers: dict[str, str]) -> None:
    async with model_office(retry_base_seconds=2) as place:
        place.model.says(failed(529, "overloaded_error", headers=headers))
        run = place.begun("Hello", "general")
        await place.model.was_asked(1)
        async with asyncio.timeout(30):
            while not notices(await told(place.engine.store, run.record.run_id)):
                await place.engine.journal.flushed()
        place.engine.runs.cancel(run.record.run_id, "ann")
        await place.end(run)
        (notice,) = notices(await told(place.engine.store, run.record.run_id))

    assert (notice["reason"], notice["kind"], notice["attempt"]) == ("model_retry", "overloaded", 2)
    assert 1000 <= notice["wait_ms"] <= 3000
    assert notice["message"].startswith("The language model is overloaded; attempt 2 in ")


async def told_of(place: ModelOffice, run: Any) -> list[dict[str, Any]]:
    return await told(place.engine.store, (await ended(run)).record.run_id)


async def test_who_waits_hears_the_place_in_the_line_and_what_it_waits_for() -> None:
    async with model_office(runs=RunsOptions(max_concurrent=1)) as place:
        held = said("One", "two", holds=frozenset({1}))
        place.model.says(held, said("Done."), said("Done."), said("Done."))
        runs = [place.begun("Hello", "general")]
        await asyncio.wait_for(held.reached(1), 30)
        runs += [place.begun("Hello", "general") for _ in range(3)]
        await place.engine.journal.flushed()
        held.release()
        heard = [[one["place"] for one in notices(await told_of(place, run))] for run in runs]

    assert heard == [[], [1], [2, 1], [3, 1]]


async def away(fallback: str, *asked: tuple[str, str]) -> list[list[dict[str, Any]]]:
    config = Config(models=ModelOptions(retry_base_seconds=0.0, max_attempts=2, fallback=fallback))  # type: ignore[arg-type]
    async with (
        open_anthropic(Settings("sk-of-a-test", AgentModel(MODEL), base_url=closed_port())) as model,
        office(*BOLTS, model=model, config=config) as place,
    ):
        return [await place.ask(words, agent) for words, agent in asked]


async def test_where_the_model_cannot_be_reached_rules_answer_what_they_understand_and_say_so() -> None:
    change, question, named, other = await away(
        "offline",
        ("Remove Bolt 1", ""),
        ("How many bolts are there?", ""),
        ("How many bolts are there?", "inventory"),
        ("Sing me something", "inventory"),
    )

    assert change[-1]["data"]["removed"] == ["bolt-1"]
    assert "2" in question[-1]["message"]
    assert named[-1]["message"] == question[-1]["message"]
    for responses in (change, question, named):
        (notice,) = notices(responses)
        assert (notice["reason"], notice["kind"]) == ("offline", "unreachable")
        assert responses[-1]["model"] == "offline"
    assert (other[-1]["code"], other[-1]["kind"]) == ("model_failed", "unreachable")


async def test_without_a_fallback_the_failure_is_told() -> None:
    ((*_, last),) = await away("", ("How many bolts are there?", ""))

    assert (last["code"], last["kind"]) == ("model_failed", "unreachable")
