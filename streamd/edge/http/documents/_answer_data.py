"""Answers to these clients, whose shapes are theirs: our keys, and beside them those that they know."""

from typing import Literal, NotRequired, TypedDict

from streamd.core.thread import ThreadStatus
from streamd.wire.payloads.thread_data import CheckpointData, InterruptData


class GraphPlaceData(TypedDict):
    """The place where a thread stands; an unused one has no checkpoint and no run."""

    thread_id: str
    values: dict[str, object]
    messages: list[object]
    """What was said, oldest first: objects with `type` and `content`."""
    next: list[str]
    """The nodes that come next."""
    interrupts: list[InterruptData]
    """Its questions that wait for a person."""
    run_id: NotRequired[str]
    """The run that is going on, or was the last one."""
    checkpoint_id: NotRequired[str]
    checkpoint: NotRequired[CheckpointData]


class GraphStateData(GraphPlaceData):
    """The state of a thread."""

    status: ThreadStatus


class ShortStateData(TypedDict):
    """The messages of a thread, and the nodes that come next."""

    messages: list[object]
    next: list[str]


class GraphThreadData(GraphStateData):
    """A thread."""

    state: ShortStateData
    created: NotRequired[bool]
    """To `POST /threads`: whether nobody has used it before."""


class GraphChangeData(GraphPlaceData):
    """A thread that was changed by hand."""

    status: Literal["updated", "rewound"]
    """The change."""
    messages_count: int
    updates: NotRequired[dict[str, object]]
    """The values that were changed."""


class GraphCheckpointData(CheckpointData):
    """A checkpoint in the history of a thread."""

    index: int
    """0 for the newest."""
    parent_checkpoint_id: str | None
    next: list[str]


class GraphHistoryData(TypedDict):
    """The checkpoints of a thread, newest first."""

    thread_id: str
    total: int
    checkpoints: list[GraphCheckpointData]


class GraphRunData(TypedDict):
    """The end of a run of the graph."""

    status: Literal["completed", "interrupted", "rejected"]
    thread_id: str
    run_id: str
    awaiting_approval: bool
    next: list[str]
    """The nodes before which it waits."""
    result: dict[str, object]
    """The state that it left in its thread."""
    messages: list[object]


class GraphEdgeData(TypedDict):
    """An edge of a graph."""

    conditional: NotRequired[bool]


class GraphInfoData(TypedDict):
    """A graph: its nodes, its edges, and where it pauses for a person."""

    nodes: list[str]
    edges: list[GraphEdgeData]
    """Each `from` a node `to` another; `START` and `END` are the ends."""
    entry_point: str
    interrupt_before: list[str]
    checkpointer: str
    graph_type: str
    """The name of the agent."""
    state_schema: dict[str, object]


class MultiAgentAnswerData(TypedDict):
    """The answer of agents that worked together."""

    response: str
    primary_agent: str
    agent_interactions: list[dict[str, object]]
    metadata: dict[str, object]
    """With `run_id` and `thread_id`; `status` is `interrupted` where the response is a question."""
