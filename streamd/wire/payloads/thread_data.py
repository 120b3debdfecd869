"""Checkpoints, questions to people and memories, as clients receive them."""

from typing import NotRequired, TypedDict

from streamd.core.memory import MemoryKind
from streamd.core.thread import CheckpointSource, InterruptDecision, InterruptReason, InterruptStatus


class CheckpointData(TypedDict):
    """The state of a thread after a step."""

    checkpoint_id: str
    parent_id: NotRequired[str | None]
    """The checkpoint before; absent at the start."""
    source: CheckpointSource
    """What made it."""
    node: NotRequired[str | None]
    """The node that was done; absent at the start."""
    agent: str
    run_id: NotRequired[str | None]
    """The run that saved it; absent where a person did."""
    timestamp: str


class CheckpointInHistoryData(CheckpointData):
    """A checkpoint in the history of its thread."""

    next: list[str]
    """The nodes that came next."""


class InterruptData(TypedDict):
    """A question to a person."""

    interrupt_id: str
    run_id: str
    thread_id: str
    agent: str
    node: str
    """Where the run stands."""
    reason: InterruptReason
    """What kind of question it is."""
    message: str
    """The question, for people."""
    response_schema: NotRequired[dict[str, object] | None]
    """A JSON Schema of the answer's `value`."""
    value: NotRequired[object]
    """What the question is about."""
    expires_at: NotRequired[str | None]
    """When it can be answered no more."""
    timestamp: str
    status: InterruptStatus
    more: NotRequired[bool]
    """In a list, of a question that is too long for one message: whether the next entry has more of it."""


class AskedQuestionData(TypedDict):
    """A question that has just been asked; `list_interrupts` has all of it."""

    interrupt_id: str
    """The question."""
    run_id: str
    """The run that asks."""
    thread_id: str
    """Its conversation."""
    user_id: NotRequired[str]
    """Whose request it is; older ones do not tell."""
    agent: str
    """Who asks."""
    node: str
    """Where the run stands."""
    reason: InterruptReason
    """What kind of question it is."""
    message: str
    """The question, for people."""
    expires_at: NotRequired[str]
    """When it can be answered no more."""


class QuestionStatusData(TypedDict):
    """A question to a person, and whether it waits or how it was closed."""

    interrupt_id: str
    """The question."""
    run_id: str
    """The run that asked."""
    thread_id: str
    """Its conversation."""
    status: InterruptStatus
    """`pending`: it waits; `resolved`: answered; `cancelled`: withdrawn, as its thread went on with something else; `expired`."""
    by: NotRequired[str]
    """Who answered it, or went on with something else."""
    decision: NotRequired[InterruptDecision]
    """The answer."""
    resumed_run_id: NotRequired[str]
    """The run that resumes with the answer."""


class MemoryData(TypedDict):
    """One thing that agents remember."""

    memory_id: str
    agent: str
    """Whose it is; empty: everybody's."""
    user_id: str
    """Of whom it came; empty: of nobody."""
    kind: MemoryKind
    text: str
    data: dict[str, object]
    """Of a preference `key` and `value`; of others what the agent noted."""
    timestamp: str
