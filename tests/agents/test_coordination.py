"""Who works on a question: as asked, or chosen by what the question is about."""

from typing import Final

import pytest

from streamd.agents import BUILT_IN
from streamd.agents.teamwork.plan import Coordination, coordination_of
from streamd.core.item_type import ItemTypes
from streamd.errors import InvalidMessageError
from streamd.language import topics_of, understand

AGENT_FOR: Final = {agent_intent: agent.name for agent in BUILT_IN for agent_intent in agent.intents}


def planned(question: str, **context: object) -> Coordination:
    return coordination_of(
        context, topics_of(question), understand(question, context, [], ItemTypes()), AGENT_FOR.__getitem__
    )


def test_what_is_named_is_taken_each_once_and_the_primary_agent_does_not_help_itself() -> None:
    plan = planned(
        "Why?", primary_agent="supplier", supporting_agents=["research", "rag", "supplier", "research"]
    )
    assert plan == Coordination("parallel", "supplier", ("research",))


@pytest.mark.parametrize(
    ("question", "primary", "supporting"),
    [
        ("Which supplier should we choose for copper wire?", "supplier", ("research", "analysis")),
        ("What speaks for night trains?", "general", ("research", "analysis")),
        ("Forecast demand and compare suppliers", "forecasting", ("supplier", "research", "analysis")),
        ("How can we lower the cost of storage?", "general", ("research", "analysis", "ideation")),
    ],
)
def test_what_is_open_is_chosen_by_what_the_question_is_about(
    question: str, primary: str, supporting: tuple[str, ...]
) -> None:
    plan = planned(question)
    assert (plan.primary, plan.supporting) == (primary, supporting)


def test_comprehensive_has_every_role_unless_some_are_named() -> None:
    assert planned("Why?", coordination_mode="comprehensive").supporting == (
        "research",
        "analysis",
        "ideation",
    )
    assert planned("Why?", coordination_mode="comprehensive", supporting_agents=[]).supporting == ()


def test_primary_only_has_no_helpers_whoever_is_named() -> None:
    assert planned("Why?", coordination_mode="primary_only", supporting_agents=["research"]).supporting == ()


def test_nobody_helps_with_an_order_to_change_items_unless_named() -> None:
    assert planned("Create 2 suppliers named Mill").supporting == ()
    assert planned("Create 2 suppliers named Mill", supporting_agents=["research"]).supporting == (
        "research",
    )


@pytest.mark.parametrize(
    ("context", "path", "says"),
    [
        (
            {"coordination_mode": "swarm"},
            "coordination_mode",
            "parallel, sequential, comprehensive, primary_only",
        ),
        ({"supporting_agents": "research"}, "supporting_agents", "list of names"),
        ({"supporting_agents": [3]}, "supporting_agents", "name of an agent"),
        ({"supporting_agents": [f"a{n}" for n in range(17)]}, "supporting_agents", "16"),
        ({"primary_agent": ["supplier"]}, "primary_agent", "name of an agent"),
        ({"primary_agent": "coordinator"}, "primary_agent", "does not work for itself"),
        ({"supporting_agents": ["coordinator"]}, "supporting_agents", "does not work for itself"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(context: dict[str, object], path: str, says: str) -> None:
    with pytest.raises(InvalidMessageError, match=says) as refused:
        planned("Why?", **context)
    assert refused.value.path == path
