"""Memories: what agents remember of requests, answers and findings, for later requests."""

from collections.abc import Mapping
from typing import Final, Literal, NewType, get_args

import attrs

from streamd.facts import frozen

MemoryId = NewType("MemoryId", str)
"""Id of a memory."""

MemoryKind = Literal["interaction", "collaboration", "analysis", "preference", "insight"]
"""A request and its answer; the consultation of another agent; findings with their recommendations; a standing preference
of a user; an insight from an analysis."""
MEMORY_KINDS: Final[tuple[MemoryKind, ...]] = get_args(MemoryKind)

REPORT: Final = "is_report"
"""Key of a memory's data: whether its text only reports what was done, and so answers no later question."""


@frozen
class Memory:
    """One memory."""

    memory_id: MemoryId
    """A new memory replaces one with the same id; a preference's id derives from its user and key."""
    workspace: str
    agent: str
    """The agent that remembers; empty: shared by all."""
    user_id: str
    """User of the request that it comes from, or of the preference."""
    kind: MemoryKind
    text: str
    """Text that is searched, and read by agents."""
    at_ms: int
    """Unix time."""
    data: Mapping[str, object] = attrs.field(factory=dict)
    """JSON values; of a preference: {key, value}."""


@frozen
class MemoryFilter:
    """Selects memories. An attribute that is None does not restrict."""

    workspace: str
    agent: str | None = None
    """Memories of this agent and shared ones."""
    user_id: str | None = None
    kinds: frozenset[MemoryKind] | None = None
    reader: str | None = None
    """Only what this user may read: see `may_read`."""


PUBLIC_KINDS: Final[frozenset[MemoryKind]] = frozenset({"analysis", "insight"})
"""Findings, which every user may read."""


def may_read(memory: Memory, user_id: str) -> bool:
    """Whether a user may read a memory: findings are shared, other kinds are private to their user."""
    return memory.user_id == user_id or memory.kind in PUBLIC_KINDS
