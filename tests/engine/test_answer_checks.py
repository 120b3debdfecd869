"""An answer is checked before it uses up its question, and what a person changed or declined is heard."""

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TypedDict

import pytest

from streamd import Agent, Response, Run
from streamd.core.thread import InterruptDecision
from streamd.errors import InvalidMessageError
from streamd.testing import Reply, call, open_harness


class Plan(TypedDict, total=False):
    """What the planner keeps."""

    plan: str
    days: int


async def _plan(run: Run) -> AsyncGenerator[Response, None]:
    run.update(plan="one day", days=1)
    yield Response("general_processing", "planned")


async def _travel(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_complete", f"{run.state['plan']}: {run.state['days']}")


async def _count(run: Run) -> AsyncGenerator[Response, None]:
    answer = await run.ask("How many?", schema={"type": "integer"})
    yield Response("general_complete", f"{answer.value}")


async def _propose(run: Run) -> AsyncGenerator[Response, None]:
    answer = await run.ask("Seven?", schema={"type": "integer"}, value=7)
    yield Response("general_complete", f"{answer.value}")


async def _act(run: Run) -> AsyncGenerator[Response, None]:
    async for response in run.act(run.request.user_input):
        yield response


PLANS = Agent(
    "plans",
    nodes={"plan": _plan, "travel": _travel},
    edges={"plan": "travel"},
    interrupt_before=frozenset({"travel"}),
    state=Plan,
)
COUNTS, PROPOSES = Agent("counts", _count), Agent("proposes", _propose)
LOW = [
    {"type": "inventory", "id": one, "name": one.title(), "current_stock": 1}
    for one in ("nut", "bolt", "pin")
]


@pytest.mark.parametrize(
    ("agent", "decision", "value", "path", "right", "then"),
    [
        (PLANS, "edit", {"plan": 5}, "value.plan", {"plan": "two days", "days": 2}, "two days: 2"),
        (PLANS, "edit", {"days": "two"}, "value.days", {"days": 3}, "one day: 3"),
        (PLANS, "approve", {"days": True}, "value.days", {"mood": "new names are free"}, "one day: 1"),
        (PLANS, "edit", [], "value", {"plan": None}, "None: 1"),
        (COUNTS, "approve", None, "value", 7, "7"),
        (COUNTS, "approve", "seven", "value", 7, "7"),
        (COUNTS, "edit", None, "value", 7, "7"),
        (PROPOSES, "approve", 7.5, "value", None, "None"),
    ],
)
async def test_a_wrong_answer_is_refused_with_its_path_and_the_question_stays_open(
    agent: Agent, decision: InterruptDecision, value: object, path: str, right: object, then: str
) -> None:
    async with open_harness(agent) as harness:
        run = await harness.request("go", agent=agent.name)
        with pytest.raises(InvalidMessageError) as refusal:
            await run.respond(decision, value)
        assert refusal.value.details["path"] == path
        run = await run.respond(decision if right is not None else "approve", right)
        assert (run.ended, run.message) == ("complete", then)


@pytest.mark.parametrize("decision", ["approve", "edit"])
@pytest.mark.parametrize("chosen", [["nut"], []])
async def test_a_model_hears_which_items_a_person_keeps(
    tmp_path: Path, decision: InterruptDecision, chosen: list[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[runs]\napprove_removals_over = 1\n")
    items = ["nut", "bolt", "pin"]
    script: list[Reply] = [call("remove_items", item_ids=items, reason="useless"), "Done."]
    async with open_harness(Agent("acts", _act), items=LOW, model=script, config=config) as harness:
        run = await harness.request("Remove what is useless", agent="acts")
        with pytest.raises(InvalidMessageError, match="is not about screw"):
            await run.respond(decision, {"item_ids": ["nut", "screw"]})
        run = await run.respond(decision, {"item_ids": chosen}, by="bob")
        assert run.responses[-1]["data"]["removed"] == chosen
        kept = [one.title() for one in items if one not in chosen]
        assert [item.name for item in await harness.items()] == kept
        heard = str(harness.prompts[-1].messages[-1])
        assert f"bob declined to remove {', '.join(kept)}" in heard
        assert run.responses[-1]["data"]["refused"] == [f"bob declined to remove {', '.join(kept)}"]


async def test_a_refusal_of_what_a_helper_asks_ends_the_helper_and_not_the_answer() -> None:
    async def lead(run: Run) -> AsyncGenerator[Response, None]:
        helped = run.consult("counts", "How many?")
        async for response in helped:
            yield response
        yield Response("general_complete", f"{helped.status}: {helped.error}")

    async with open_harness(Agent("leads", lead), COUNTS) as harness:
        run = await (await harness.request("go", agent="leads")).reject(by="bob")
        assert run.ended == "complete"
        assert run.message == "failed: Refused by bob; nothing more was done."
