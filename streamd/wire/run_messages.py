"""What a client may say about runs, threads, what waits for a person, and what agents remember.

Part of the closed union in `messages.py`, and read by the same rules: None means not said.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

import attrs

from streamd.core.item import START, Seq
from streamd.core.memory import MemoryKind
from streamd.core.run import CancelMode, RunOptions
from streamd.core.thread import CheckpointId, InterruptAnswer, InterruptId
from streamd.wire.request_id import RequestId

MemoryAction = Literal["search", "list", "set_preference", "clear", "export"]
MEMORY_ACTIONS: Final[tuple[MemoryAction, ...]] = get_args(MemoryAction)

ThreadAction = Literal["state", "history", "update", "rewind", "fork"]
THREAD_ACTIONS: Final[tuple[ThreadAction, ...]] = get_args(ThreadAction)

DEFAULT_LIMIT: Final = 20
"""Memories or checkpoints, where nobody says how many."""

AS_CONFIGURED: Final = RunOptions()


@attrs.frozen
class UserRequest:
    """`user_request`: words for an agent, facts for it in `context`, or both."""

    user_input: str
    """May be empty when there is a context."""
    context: Mapping[str, object]
    user_id: str | None = None
    thread_id: str | None = None
    agent: str | None = None
    options: RunOptions = AS_CONFIGURED
    request_id: RequestId = None


@attrs.frozen
class MultiAgentRequest:
    """`multi_agent_request`: a question that several agents work on, and one of them answers."""

    query: str
    coordination_mode: str | None = None
    primary_agent: str | None = None
    """Who answers; None: the coordinator chooses."""
    supporting_agents: tuple[str, ...] | None = None
    """Who helps; None: the coordinator chooses. Empty: nobody."""
    context: Mapping[str, object] = attrs.field(factory=dict)
    product_id: str | None = None
    thread_id: str | None = None
    user_id: str | None = None
    options: RunOptions = AS_CONFIGURED
    request_id: RequestId = None


@attrs.frozen
class Attach:
    """`attach`: hear a run, from after a position. One of the two ids is there."""

    run_id: str | None = None
    thread_id: str | None = None
    """The newest run of this thread."""
    after: Seq = START
    request_id: RequestId = None


@attrs.frozen
class Cancel:
    """`cancel`: stop a run. One of the two ids is there; where both are, `run_id` counts."""

    run_id: str | None = None
    thread_id: str | None = None
    """The run that is going on in this thread."""
    mode: CancelMode = "immediate"
    request_id: RequestId = None


@attrs.frozen
class Undo:
    """`undo`: take back what a run did to items, or one change. Exactly one of the two is there."""

    run_id: str | None = None
    seq: Seq | None = None
    """Position of the change."""
    op_id: str | None = None
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class Respond:
    """`respond`: answer what a run asked a person."""

    interrupt_id: InterruptId
    answer: InterruptAnswer
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class ListInterrupts:
    """`list_interrupts`: what waits for a person (in a thread)."""

    thread_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class Thread:
    """`thread`: where a conversation stands and stood; change that, or go on from elsewhere."""

    thread_id: str
    action: ThreadAction = "state"
    values: Mapping[str, object] | None = None
    """What to change in the state: there with `update`, and only there."""
    as_node: str | None = None
    """`update`: as if this node had just been done."""
    checkpoint_id: CheckpointId | None = None
    """`state`: as it was there. Always there with `rewind`. `fork`: from there; None: from where the thread stands."""
    to_thread_id: str | None = None
    """`fork`: the new thread; None: the daemon names it."""
    limit: int = DEFAULT_LIMIT
    """`history`: checkpoints at most."""
    before: CheckpointId | None = None
    """`history`: only older ones."""
    request_id: RequestId = None


@attrs.frozen
class Memory:
    """`memory`: what agents remember."""

    action: MemoryAction = "search"
    agent: str | None = None
    query: str | None = None
    """There with `search`."""
    kinds: frozenset[MemoryKind] | None = None
    key: str | None = None
    """There with `set_preference`."""
    value: object = None
    """Of the preference: JSON; None removes it."""
    limit: int = DEFAULT_LIMIT
    user_id: str | None = None
    request_id: RequestId = None


@attrs.frozen
class GetProgress:
    """`get_progress`: how far agents are."""

    agents: frozenset[str] | None = None
    history: int = 0
    """Broadcasts of the past to be given, at most."""
    request_id: RequestId = None
