"""Built-in and installed agents in one table: what is one agent's is no other's, unless the configuration says so."""

from collections.abc import AsyncGenerator, Mapping
from typing import Any

import pytest

from streamd.agents.installation import InstalledAgent, merged_agents
from streamd.core.run import Response
from streamd.language import English
from streamd.ports.agent import Agent, Run


async def work(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("content", run.request.user_input)


def agent(name: str, **declared: Any) -> Agent:
    return Agent(name, work, **declared)


BUILT_IN = (
    agent("stock", agent_id="stock_agent", intents={"stock_questions"}, phrases=("look at the stock",)),
    agent("general", intents={"general"}),
)


def table(*installed: Agent, replacing: tuple[str, ...] = ()) -> tuple[Mapping[str, Agent], list[str]]:
    given = [InstalledAgent(one, f"agent {one.name} (package{at}:AGENT)") for at, one in enumerate(installed)]
    agents, mistakes = merged_agents(BUILT_IN, given, English(), replacing)
    return agents, [f"{one.where} {one.what}" for one in mistakes]


def test_an_agent_with_intents_and_phrases_of_its_own_is_added() -> None:
    agents, mistakes = table(agent("counter", intents=["counting"], phrases=["count the stock"]))

    assert mistakes == []
    assert list(agents) == ["stock", "general", "counter"]
    assert agents["counter"].kinds == {"counting"}


def test_phrases_alone_make_the_name_the_intent() -> None:
    assert agent("counter", phrases=["count the stock"]).kinds == {"counter"}
    assert agent("counter").kinds == frozenset()


@pytest.mark.parametrize(
    ("taking", "what"),
    [
        (agent("general"), "has the name of the built-in agent general; give it another"),
        (
            agent("shop", intents={"stock_questions", "own"}),
            "takes the intent stock_questions of the agent stock; let it declare others",
        ),
        (
            agent("shop", phrases=("Look  at the STOCK",)),
            "takes the phrase “look at the stock” of the agent stock; let it declare others",
        ),
        (
            agent("shop", phrases=("looking at our stocks, please",)),
            "takes the phrase “look at the stock” of the agent stock; let it declare others",
        ),
    ],
    ids=["name", "intent", "phrase", "phrase in other words"],
)
def test_what_is_taken_is_refused_with_what_to_do(taking: Agent, what: str) -> None:
    _, mistakes = table(taking)

    (mistake,) = mistakes
    assert mistake.startswith(f"agent {taking.name} (package0:AGENT) {what}, or say replaces = true under ")
    assert mistake.endswith(f"under [agents.{taking.name}] to have it take that place")


def test_two_installed_agents_cannot_take_the_same() -> None:
    _, mistakes = table(agent("one", intents={"counting"}), agent("two", intents={"counting"}))

    assert len(mistakes) == 2
    assert "takes the intent counting of the agent two" in mistakes[0]

    _, mistakes = table(agent("one", intents={"counting"}), agent("one"))

    assert mistakes == [
        "agent one (package1:AGENT) has the name one, like agent one (package0:AGENT); uninstall one of the two"
    ]


def test_an_agent_that_may_stands_in_the_place_of_the_one_with_its_name_with_all_its_requests() -> None:
    agents, mistakes = table(agent("general", intents={"riddles"}), replacing=("general",))

    assert mistakes == []
    assert agents["general"].kinds == {"general", "riddles"}


def test_an_agent_in_the_place_of_a_built_in_one_keeps_the_id_that_clients_know() -> None:
    agents, mistakes = table(agent("stock", agent_id="mine"), replacing=("stock",))

    assert mistakes == []
    assert agents["stock"].agent_id == "stock_agent"


@pytest.mark.parametrize(
    ("installed", "what"),
    [
        (
            [agent("shop", agent_id="stock_agent")],
            "agent shop (package0:AGENT) has the agent_id stock_agent, which",
        ),
        ([agent("shop", agent_id="stock")], "agent shop (package0:AGENT) has the agent_id stock, which"),
        (
            [agent("stock_agent", agent_id="x")],
            "agent stock_agent (package0:AGENT) has the name stock_agent, which",
        ),
        (
            [agent("one", agent_id="both"), agent("two", agent_id="both")],
            "agent two (package1:AGENT) has the agent_id both, which",
        ),
        (
            [agent("one"), agent("two", agent_id="one")],
            "agent two (package1:AGENT) has the agent_id one, which",
        ),
    ],
)
def test_an_id_stands_for_one_agent(installed: list[Agent], what: str) -> None:
    _, mistakes = table(*installed)

    (mistake,) = mistakes
    assert mistake.startswith(f"{what} stands for the agent ")
    assert mistake.endswith(" in events; give it another")


@pytest.mark.parametrize("name", ["", "user", " stock", "no name", "9lives", "a/b", "x" * 65, "réseau"])
def test_a_name_or_an_id_that_no_event_could_have_is_refused_where_it_is_made(name: str) -> None:
    with pytest.raises(ValueError, match=r"give it another name|begin with a letter"):
        agent(name)
    with pytest.raises(ValueError, match=r"give it another name|begin with a letter"):
        agent("shop", agent_id=name)


def test_an_agent_without_an_id_has_its_name_as_id() -> None:
    assert agent("stock.take-2").agent_id == "stock.take-2"


def test_an_agent_that_may_takes_intents_and_phrases_and_leaves_the_rest() -> None:
    shop = agent("shop", intents={"stock_questions"}, phrases=("look at the stock",))
    agents, mistakes = table(shop, replacing=("shop",))

    assert mistakes == []
    assert agents["shop"].kinds == {"stock_questions"}
    assert (agents["stock"].kinds, agents["stock"].phrases) == (frozenset(), ())


@pytest.mark.parametrize("taker", ["one", "two"])
def test_of_two_installed_agents_the_one_that_may_takes_what_both_want(taker: str) -> None:
    loser = "two" if taker == "one" else "one"
    takes = agent(taker, intents={"counting"}, phrases=("Count the stock",))
    loses = agent(loser, intents={"counting", "weighing"}, phrases=("count  the stock", "weigh it"))
    one, two = (takes, loses) if taker == "one" else (loses, takes)
    agents, mistakes = table(one, two, replacing=(taker,))

    assert mistakes == []
    assert agents[taker] == takes
    assert (agents[loser].kinds, agents[loser].phrases) == (frozenset({"weighing"}), ("weigh it",))
    assert len(table(one, two)[1]) == 2
    both = table(one, two, replacing=("one", "two"))[1]
    assert len(both) == 2
    assert "say replaces = true for only one of" in both[0]


@pytest.mark.parametrize(
    ("declared", "wrong"),
    [
        ({"intents": {"Not A Name"}}, "'Not A Name' must be a name"),
        ({"responses": {"count-report"}}, "'count-report' must be a name"),
        ({"responses": {"complete", "counted"}}, "cannot emit complete: only the engine does"),
        ({"responses": {"message_start"}}, "cannot emit message_start: only the engine does"),
        ({"phrases": ("…",)}, "a phrase without a word"),
        ({"phrases": "count the stock"}, "must stand in a collection"),
    ],
)
def test_a_declaration_that_cannot_hold_is_refused_where_it_is_made(
    declared: dict[str, Any], wrong: str
) -> None:
    with pytest.raises(ValueError, match=wrong):
        agent("counter", **declared)
