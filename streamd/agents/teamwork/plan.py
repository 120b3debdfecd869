"""Coordination: which agents work on a question, and in which order."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, Literal, get_args

from streamd.core.tool_calls import GENERAL, PrimaryIntent, Topic, Understanding
from streamd.errors import InvalidMessageError
from streamd.facts import frozen

Mode = Literal["parallel", "sequential", "comprehensive", "primary_only"]
"""Supporting agents in parallel; one after the other, each with earlier findings; in parallel and, unless some are named,
every role; only the primary agent."""
MODES: Final[tuple[Mode, ...]] = get_args(Mode)
_OLDER_NAMES: Final[Mapping[object, Mode]] = {"collaborative": "parallel", "debate": "sequential"}
RAG: Final = "rag"
COORDINATOR: Final = "coordinator"
MOST_SUPPORTING: Final = 16


@frozen
class Coordination:
    """The requested coordination, with defaults filled in."""

    mode: Mode
    primary: str
    """The agent that answers."""
    supporting: tuple[str, ...]
    """The agents that help, each once, in this order; without the primary agent and the RAG agent, which comes first anyway."""


def coordination_of(
    context: Mapping[str, object],
    topics: Collection[Topic],
    understanding: Understanding,
    agent_for: Callable[[PrimaryIntent], str],
) -> Coordination:
    """Read the coordination from a request's context: `coordination_mode`, `primary_agent`, `supporting_agents`, all optional.

    `agent_for` returns the agent for a kind of request.

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
    """Choose supporting agents when none are named: those for the question's fields, and roles that bear on it."""
    if understanding.calls:
        return ()  # one agent alone changes items
    fields = [agent_for(intent) for intent in understanding.plan if intent != GENERAL]
    ideas = ["ideation"] if mode == "comprehensive" or "ideas" in topics else []
    return [*fields, "research", "analysis", *ideas]


def _mode(value: object) -> Mode:
    if value is None:
        return "parallel"
    older = _OLDER_NAMES.get(value) if isinstance(value, str) else None
    mode = older or next((mode for mode in MODES if mode == value), None)
    if mode is None:
        raise InvalidMessageError(
            f"there is no coordination_mode {value}; there are: {', '.join(MODES)}", path="coordination_mode"
        )
    return mode


def _names(value: object) -> Sequence[str] | None:
    if value is None:
        return None
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise InvalidMessageError("supporting_agents must be a list of names", path="supporting_agents")
    if len(value) > MOST_SUPPORTING:
        raise InvalidMessageError(
            f"supporting_agents may have {MOST_SUPPORTING} names, and these are {len(value)}",
            path="supporting_agents",
        )
    return [name for one in value if (name := _name(one, "supporting_agents"))]


def _name(value: object, path: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidMessageError(f"{path} must be the name of an agent", path=path)
    return value.strip()
