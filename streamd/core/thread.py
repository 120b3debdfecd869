"""Threads: where a conversation stands, and what it waits for."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NewType, get_args

import attrs

from streamd.core.run import RunId

CheckpointId = NewType("CheckpointId", str)
InterruptId = NewType("InterruptId", str)

CheckpointSource = Literal["input", "node", "interrupt", "end", "update", "rewind", "fork"]

State = Mapping[str, object]
"""JSON values by name: what the nodes of a graph know."""


@attrs.frozen
class Checkpoint:
    """Where a thread stood once: after a node, or after somebody changed its state."""

    checkpoint_id: CheckpointId
    """Sorts by time."""
    workspace: str
    thread_id: str
    run_id: RunId | None
    """The run that made it; None when a person did."""
    parent_id: CheckpointId | None
    source: CheckpointSource
    at_ms: int
    """Unix time."""
    agent: str
    """Whose graph it is."""
    node: str
    """The node that was done last; empty at the beginning."""
    next: tuple[str, ...]
    """The nodes that come next; empty at the end."""
    state: State = attrs.field(factory=dict)
    progress: Mapping[str, object] = attrs.field(factory=dict)
    """What going on needs beside the state; only the engine reads it. JSON values."""


InterruptStatus = Literal["pending", "resolved", "cancelled", "expired"]
InterruptReason = Literal["confirmation", "input_required", "breakpoint", "tool_call"]
"""Something is to be approved; something has to be known; a graph pauses before a node; calls of pending tools are open,
and whoever brought the tools answers with what came of them."""

Decision = Literal["approve", "reject", "edit"]
DECISIONS: Final[tuple[Decision, ...]] = get_args(Decision)


@attrs.frozen
class InterruptAnswer:
    """What somebody decided."""

    decision: Decision
    value: object = None
    """With `edit`, or where the question asks for something: JSON that the response schema allows."""


@attrs.frozen
class Interrupt:
    """A question to a person. It waits as a row, not as a coroutine: through restarts, for any screen to answer."""

    interrupt_id: InterruptId
    workspace: str
    thread_id: str
    run_id: RunId
    """The run that ended with it."""
    agent: str
    node: str
    reason: InterruptReason
    message: str
    at_ms: int
    expires_ms: int | None = None
    response_schema: Mapping[str, object] | None = None
    """JSON Schema of the answer's `value`."""
    value: object = None
    """What it is about, as JSON: the calls to approve, the state so far."""
    step: str = ""
    """The step that asked; empty when the graph pauses before a node."""
    status: InterruptStatus = "pending"
    answer: InterruptAnswer | None = None
    answered_by: str = ""
    resumed_run_id: RunId | None = None
    """The run that goes on with the answer."""


@attrs.frozen
class StreamCheckpoint:
    """How far the stream of a model had come when it broke off. Kept for an hour."""

    run_id: RunId
    step: str
    """The turn whose stream it is."""
    position: int
    """Characters shown."""
    content: str
    metadata: Mapping[str, object]
    digest: str
    """Of everything above; see `digest_of`."""
    expires_ms: int


ThreadStatus = Literal["idle", "busy", "interrupted"]


@attrs.frozen
class Thread:
    """A thread as clients see it."""

    thread_id: str
    status: ThreadStatus
    head: Checkpoint | None
    interrupts: Sequence[Interrupt] = ()
    """Those that wait for an answer."""
    run_id: RunId | None = None
    """The run that is going on, or the last one."""
