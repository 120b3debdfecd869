"""Memory: what agents keep of what was said, done and found, for requests to come."""

from collections.abc import Mapping
from typing import Final, Literal, NewType, get_args

import attrs

MemoryId = NewType("MemoryId", str)

MemoryKind = Literal["interaction", "collaboration", "analysis", "preference", "insight"]
"""A request and its answer; one agent asking another; findings with their recommendations; what a user wants to hold from
now on; something worth knowing that came out of an analysis."""
MEMORY_KINDS: Final[tuple[MemoryKind, ...]] = get_args(MemoryKind)

REPORT: Final = "is_report"
"""Key of a memory's data: whether its text only tells what was done or noted, which answers no later question."""


@attrs.frozen
class Memory:
    """One thing remembered."""

    memory_id: MemoryId
    """One with the same id is replaced: a preference's follows from whose and what it is."""
    workspace: str
    agent: str
    """Who remembers; empty: everyone."""
    user_id: str
    """Whose request it came from, or whose preference it is."""
    kind: MemoryKind
    text: str
    """What is searched, and what agents read."""
    at_ms: int
    """Unix time."""
    data: Mapping[str, object] = attrs.field(factory=dict)
    """JSON values; of a preference: {key, value}."""


@attrs.frozen
class MemoryFilter:
    """Which memories are meant. What is None does not restrict."""

    workspace: str
    agent: str | None = None
    """Those of this agent and those of everyone."""
    user_id: str | None = None
    kinds: frozenset[MemoryKind] | None = None


def may_read(memory: Memory, user_id: str) -> bool:
    """Whether a memory may be told to this user: findings are everybody's, what people say and prefer is theirs."""
    return memory.user_id == user_id or memory.kind in ("analysis", "insight")
