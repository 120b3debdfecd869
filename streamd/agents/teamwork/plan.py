"""Coordination: who works on a question, and in which order."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Literal, get_args

import attrs

from streamd.core.tool_calls import GENERAL, PrimaryIntent, Topic, Understanding
from streamd.errors import InvalidMessageError

Mode = Literal["parallel", "sequential", "comprehensive", "primary_only"]
"""Supporting agents side by side; one after the other, each with what those before found; side by side and, unless some are
named, every role; nobody but the primary agent."""
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
RAG: Final = "rag"
COORDINATOR: Final = "coordinator"
MOST_SUPPORTING: Final = 16


@attrs.frozen
class Coordination:
    """What was asked for, with what was left open filled in."""

    mode: Mode
    primary: str
    """Who answers."""
    supporting: tuple[str, ...]
    """Who helps, each once, in this order; neither the primary agent nor the RAG agent, who comes first anyway."""


def coordination_of(
    context: Mapping[str, object],
    topics: Collection[Topic],
    understanding: Understanding,
    agent_for: Callable[[PrimaryIntent], str],
) -> Coordination:
    """From a request's context: `coordination_mode`, `primary_agent`, `supporting_agents`, all optional.

    `agent_for` knows which agent takes which kind of request.

    Raises:
        InvalidMessageError: there is no such mode; a name is no text; there are too many; the coordinator is to help itself.

    """
    mode = _mode(context.get("coordination_mode"))
    named = _names(context.get("supporting_agents"))
    named_primary = _name(context.get("primary_agent"), "primary_agent")
    primary = named_primary or agent_for(understanding.intent.primary_intent)
    for path, names in (("primary_agent", (primary,)), ("supporting_agents", named or ())):
        if COORDINATOR in names:
            raise InvalidMessageError(
                "the coordinator does not work for itself; name other agents", path=path
            )
    if mode == "primary_only":
        return Coordination(mode, primary, ())
    supporting = _chosen(topics, understanding, mode, agent_for) if named is None else named
    helping = dict.fromkeys(name for name in supporting if name not in (primary, RAG))
    return Coordination(mode, primary, tuple(helping))


def _chosen(
    topics: Collection[Topic],
    understanding: Understanding,
    mode: Mode,
    agent_for: Callable[[PrimaryIntent], str],
) -> Sequence[str]:
    """Who helps when nobody is named: those who know the question's fields, and roles that bear on it."""
    if understanding.calls:
        return ()  # what changes items is one agent's work
    fields = [agent_for(intent) for intent in understanding.plan if intent != GENERAL]
    ideas = ["ideation"] if mode == "comprehensive" or "ideas" in topics else []
    return [*fields, "research", "analysis", *ideas]


def _mode(given: object) -> Mode:
    if given is None:
        return "parallel"
    found = next((mode for mode in MODES if mode == given), None)
    if found is None:
        raise InvalidMessageError(
            f"there is no coordination_mode {given}; there are: {', '.join(MODES)}", path="coordination_mode"
        )
    return found


def _names(given: object) -> Sequence[str] | None:
    if given is None:
        return None
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise InvalidMessageError("supporting_agents must be a list of names", path="supporting_agents")
    if len(given) > MOST_SUPPORTING:
        raise InvalidMessageError(
            f"supporting_agents may have {MOST_SUPPORTING} names, and these are {len(given)}",
            path="supporting_agents",
        )
    return [name for one in given if (name := _name(one, "supporting_agents"))]


def _name(given: object, path: str) -> str:
    if given is None:
        return ""
    if not isinstance(given, str):
        raise InvalidMessageError(f"{path} must be the name of an agent", path=path)
    return given.strip()
