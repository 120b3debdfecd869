"""What agents declare: the requests that come to them, the question that sorts requests, the responses that they emit."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Any

import orjson
import pytest

from streamd.agents import BUILT_IN
from streamd.core.prompt import Prompt
from streamd.core.run import Response
from streamd.engine.live.intent_routes import IntentRoutes
from streamd.errors import NotFoundError
from streamd.ports.agent import Agent, Run
from streamd.ports.generation import Chunk
from streamd.ports.model import ModelStreamEvent, TextDelta
from streamd.stores.memory import MemoryStore
from tests.support.engines import engine_on
from tests.support.runs import Script, ScriptedModel, begin, ended, outcome, told, turn, types

Told = list[dict[str, Any]]


def emitting(name: str, *kinds: str, **declared: Any) -> Agent:
    """An agent that emits responses of these types."""

    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        for kind in kinds:
            yield Response(kind, f"{name} says {kind}", {"of": name})

    return Agent(name, steps, **declared)


COUNTER = emitting("counter", "counted", phrases=("count the shelves",), responses={"counted"})


async def asked(*agents: Agent, say: str, model: ScriptedModel | None = None) -> Told:
    """What is told about a request that chooses no agent."""
    async with engine_on(MemoryStore(), None, *agents, model=model) as engine:
        return await outcome(engine, "", say)


def sorts(intent: str, *steps: str) -> Script:
    """A model that says so of every request, and to whatever else it is asked that it is done."""

    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        answer = {"primary_intent": intent, "confidence": 0.9, "steps": list(steps)}
        text = "Done." if prompt.schema is None else orjson.dumps(answer).decode()
        yield TextDelta(text)
        yield turn(text)

    return script


def sorted_intent(responses: Told) -> dict[str, Any]:
    (analysis,) = [one for one in responses if one["type"] == "intent_analysis"]
    return dict(analysis["intent"])


async def test_an_agent_is_reached_by_its_phrase_and_reports_its_own_intent() -> None:
    responses = await asked(*BUILT_IN, COUNTER, say="Please count the shelves")

    assert types(responses) == ["start", "intent_analysis", "counted", "complete"]
    assert sorted_intent(responses)["primary_intent"] == "counter"
    assert sorted_intent(responses)["agent"] == "counter"


async def test_the_question_that_sorts_requests_is_made_of_what_the_agents_say_of_themselves() -> None:
    shop = emitting("shop", intents={"sales"}, description="what was sold, and to whom")
    model = ScriptedModel(sorts("sales"))
    responses = await asked(*BUILT_IN, COUNTER, shop, say="Who bought the wire?", model=model)

    assert sorted_intent(responses)["agent"] == "shop"
    question = model.asked[0]
    assert question.system.splitlines() == [
        "You sort requests to a system in which people and agents work on shared items.",
        "inventory_management: stock and items of any type: adding, changing, removing, showing, counting, analysing them.",
        "supplier_management: suppliers, their performance, risks and costs, whom to buy from.",
        "forecasting: demand in the future, seasons, anomalies, scenarios.",
        "counter: requests for the agent counter. For example: “count the shelves”.",
        "sales: what was sold, and to whom.",
        "general: everything else, questions about documents and conversation.",
        "steps lists, in the order asked, every one but general that the request asks an analysis from.",
    ]
    assert question.schema is not None
    assert orjson.loads(orjson.dumps(question.schema))["properties"]["steps"]["items"]["enum"] == [
        "inventory_management", "supplier_management", "forecasting", "counter", "sales",
    ]  # fmt: skip


async def test_with_a_language_model_its_answer_and_no_phrase_says_who_is_meant() -> None:
    model = ScriptedModel(sorts("general"))
    responses = await asked(*BUILT_IN, COUNTER, say="Count the shelves", model=model)

    assert sorted_intent(responses)["primary_intent"] == "general"


async def test_an_intent_that_no_agent_declares_leaves_what_the_rules_say() -> None:
    model = ScriptedModel(sorts("astrology"))
    responses = await asked(*BUILT_IN, say="Forecast the demand", model=model)

    assert sorted_intent(responses)["primary_intent"] == "forecasting"


@pytest.mark.parametrize("is_offline", [True, False], ids=["by phrases", "by a model"])
async def test_a_request_with_several_parts_goes_to_the_team_of_built_in_and_installed_agents(
    *, is_offline: bool
) -> None:
    model = None if is_offline else ScriptedModel(sorts("counter", "counter", "inventory_management"))
    responses = await asked(*BUILT_IN, COUNTER, say="Count the shelves, then analyze the stock", model=model)

    assert sorted_intent(responses)["agent"] == "team"
    assert sorted_intent(responses)["steps"] == ["counter", "inventory_management"]
    (counted,) = [one for one in responses if one["type"] == "counted"]
    assert counted["agent"] == "counter"
    assert [one["agent"] for one in responses if one["type"] == "agent_complete"] == ["counter", "inventory"]


async def test_what_an_agent_does_not_declare_ends_its_run_and_says_what_to_do() -> None:
    careless = emitting("careless", "content", "counted", "content")
    responses = await asked_by_name(careless)

    assert types(responses)[2:] == ["content", "error"]
    assert responses[-1]["code"] == "run_failed"
    assert responses[-1]["message"] == (
        "the agent careless emitted counted, which it does not declare; add it to its responses"
    )


@pytest.mark.parametrize("kind", ["complete", "error", "item_added", "start"])
async def test_no_agent_emits_what_clients_know_from_the_engine(kind: str) -> None:
    responses = await asked_by_name(emitting("forger", kind))

    assert types(responses) == ["start", "intent_analysis", "error"]
    assert responses[-1]["message"] == (
        f"the agent forger emitted {kind}, which only the engine does; emit another type"
    )


async def test_a_format_of_chunks_is_checked_as_well() -> None:
    def lines(kind: str) -> Callable[[Chunk], Response]:
        return lambda chunk: Response(kind, extra={"content": chunk.content})

    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        for kind in ("line", "verse"):
            async for response in run.think("Write", chunk_format=lines(kind)):
                yield response

    responses = await asked_by_name(Agent("poet", steps, responses={"line"}))

    assert "line" in types(responses)
    assert "verse" not in types(responses)
    assert "emitted verse, which it does not declare" in responses[-1]["message"]


async def test_an_agent_hands_on_what_the_one_that_it_consults_declares() -> None:
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.consult("counter", "How many?"):
            yield response

    responses = await asked_by_name(Agent("chief", steps), COUNTER)

    assert types(responses)[2:] == ["agent_start", "counted", "agent_complete", "interaction", "complete"]


async def test_an_agent_may_ask_who_takes_a_kind_of_request() -> None:
    found: list[str] = []

    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        found.extend(run.agent_for(intent) for intent in ("counter", "forecasting"))
        with pytest.raises(NotFoundError, match="no agent takes requests about astrology"):
            run.agent_for("astrology")
        yield Response("content")

    await asked_by_name(Agent("chief", steps), COUNTER, *BUILT_IN)

    assert found == ["counter", "forecasting"]


async def asked_by_name(agent: Agent, *others: Agent) -> Told:
    async with engine_on(MemoryStore(), None, agent, *others) as engine:
        async with asyncio.timeout(10):
            run = await ended(begin(engine, agent.name))
        return await told(engine.store, run.record.run_id)


def test_of_two_agents_with_one_intent_the_first_takes_it() -> None:
    first, second = emitting("first", intents={"sales"}), emitting("second", intents={"sales"})

    assert IntentRoutes.of({"first": first, "second": second}).agent_for("sales") is first
