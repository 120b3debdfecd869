"""Installation: one table of built-in and installed agents, where each name, intent and phrase belongs to one agent."""

from collections.abc import Collection, Mapping, Sequence

import attrs

from streamd.core.tool_calls import PrimaryIntent
from streamd.errors import Mistake
from streamd.facts import frozen
from streamd.ports.agent import Agent
from streamd.ports.language import Language


@frozen
class InstalledAgent:
    """An agent of another package."""

    agent: Agent
    origin: str
    """Its entry point, for messages to the operator."""


def merged_agents(
    built_in: Sequence[Agent],
    installed: Sequence[InstalledAgent],
    language: Language,
    replacing: Collection[str] = (),
) -> tuple[Mapping[str, Agent], list[Mistake]]:
    """Return all agents by name, and the conflicts of installed ones.

    Args:
        built_in: the agents that come with streamd.
        installed: the agents of other packages.
        language: says which phrases match the same requests; it is asked only where two agents have phrases.
        replacing: names of installed agents that take the place of others, as the configuration says. One with the name of
            a built-in agent stands for that one, with its id and all its requests; of others such an agent takes the intents and the
            phrases that it declares, and they keep the rest.

    """
    mistakes: list[Mistake] = []
    replacing = frozenset(replacing) & {one.agent.name for one in installed}
    agents = {agent.name: agent for agent in built_in}
    places = {agent.name: "built in" for agent in built_in}
    for one in installed:
        agent, before = one.agent, agents.get(one.agent.name)
        if before is not None and places[agent.name] != "built in":
            what = f"has the name {agent.name}, like {places[agent.name]}; uninstall one of the two"
            mistakes.append(Mistake(one.origin, what))
            continue
        if before is not None and agent.name not in replacing:
            what = (
                f"has the name of the built-in agent {agent.name}; {_way_out('give it another', agent.name)}"
            )
            mistakes.append(Mistake(one.origin, what))
            continue
        if before is not None:
            # Clients know the built-in agent by its id, in events and in progress.
            agent = attrs.evolve(agent, intents=agent.kinds | before.kinds, agent_id=before.agent_id)
        agents[agent.name], places[agent.name] = agent, one.origin
    mistakes += _shared_ids(agents, places)
    # Those that replace others take their place first, so that the others no longer claim it.
    for one in sorted(installed, key=lambda one: one.agent.name not in replacing):
        if places[one.agent.name] == one.origin:
            agents, conflicts = _without_conflicts(agents, one, language, replacing)
            mistakes += conflicts
    return agents, mistakes


def _shared_ids(agents: Mapping[str, Agent], places: Mapping[str, str]) -> list[Mistake]:
    """Find installed agents whose name or id is also another's: a subscription to that agent could mean either."""
    mistakes: list[Mistake] = []
    owners: dict[str, str] = {}
    for agent in agents.values():  # the built-in ones first
        for label in dict.fromkeys((agent.name, agent.agent_id)):
            owner = owners.setdefault(label, agent.name)
            if owner != agent.name:
                what = "name" if label == agent.name else "agent_id"
                told = (
                    f"has the {what} {label}, which stands for the agent {owner} in events; give it another"
                )
                mistakes.append(Mistake(places[agent.name], told))
    return mistakes


def _without_conflicts(
    agents: Mapping[str, Agent],
    one: InstalledAgent,
    language: Language,
    replacing: Collection[str],
) -> tuple[dict[str, Agent], list[Mistake]]:
    """Return the agents without another's claim to this one's intents and phrases, or the conflicts that prevent it."""
    name = one.agent.name
    kinds, phrases = agents[name].kinds, set[str]()
    if any(other.phrases for other in agents.values() if other.name != name):
        phrases.update(map(language.phrase_key, agents[name].phrases))
    made: dict[str, Agent] = {}
    mistakes: list[Mistake] = []
    for other in agents.values():
        intents = other.kinds & kinds
        shared_phrases = [
            phrase for phrase in other.phrases if phrases and language.phrase_key(phrase) in phrases
        ]
        if other.name == name or not (intents or shared_phrases):
            made[other.name] = other
        elif name in replacing and other.name not in replacing:
            made[other.name] = _without(other, intents, shared_phrases)
        else:
            made[other.name] = other
            taken = [f"intent {intent}" for intent in sorted(intents)] + [
                f"phrase “{phrase}”" for phrase in shared_phrases
            ]
            way_out = (
                f"say replaces = true for only one of {name} and {other.name}"
                if name in replacing
                else _way_out("let it declare others", name)
            )
            what = f"takes the {' and the '.join(taken)} of the agent {other.name}; {way_out}"
            mistakes.append(Mistake(one.origin, what))
    return made, mistakes


def _without(agent: Agent, intents: frozenset[PrimaryIntent], phrases: Sequence[str]) -> Agent:
    remaining_kinds = agent.kinds - intents
    # Without an intent left its phrases would make its name an intent.
    remaining_phrases = (
        tuple(phrase for phrase in agent.phrases if phrase not in phrases) if remaining_kinds else ()
    )
    return attrs.evolve(agent, intents=remaining_kinds, phrases=remaining_phrases)


def _way_out(instead: str, name: str) -> str:
    return f"{instead}, or say replaces = true under [agents.{name}] to have it take that place"
