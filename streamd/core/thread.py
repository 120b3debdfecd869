"""Threads: conversations with their checkpoints and interrupts."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, NewType, get_args

import attrs

from streamd.core.principal import Principal
from streamd.core.run import RunId, RunRecord
from streamd.core.values import equal
from streamd.facts import frozen

CheckpointId = NewType("CheckpointId", str)
InterruptId = NewType("InterruptId", str)

CheckpointSource = Literal["input", "node", "interrupt", "end", "update", "rewind", "fork"]

State = Mapping[str, object]
"""State of a graph: JSON values by name."""


@frozen
class Checkpoint:
    """State of a thread after a node, or after an update of its state."""

    checkpoint_id: CheckpointId
    """Sorts by time."""
    workspace: str
    thread_id: str
    run_id: RunId | None
    """The run that saved it; None after an update by a user."""
    parent_id: CheckpointId | None
    source: CheckpointSource
    at_ms: int
    """Unix time."""
    agent: str
    """Agent whose graph it is."""
    node: str
    """The last completed node; empty at the start."""
    next: tuple[str, ...]
    """The next nodes; empty at the end."""
    state: State = attrs.field(factory=dict)
    progress: Mapping[str, object] = attrs.field(factory=dict)
    """What the engine needs beside the state to resume; JSON values."""
    principal: Principal = attrs.field(kw_only=True)
    """Limits the runs that continue from this state: the rights that everybody who wrote it has."""


InterruptStatus = Literal["pending", "resolved", "cancelled", "expired"]
InterruptReason = Literal["confirmation", "input_required", "breakpoint", "tool_call", "tool_approval"]
"""`confirmation`: a person approves a change; `input_required`: a person provides a value; `breakpoint`: the graph pauses
before a node; `tool_call`: the client that brought pending tools answers with the results of their calls;
`tool_approval`: a person approves a call of a tool before it is executed, or changes its arguments."""

InterruptDecision = Literal["approve", "reject", "edit"]
"""Decision of a person: as proposed, not at all, or with the answer's value instead."""
DECISIONS: Final[tuple[InterruptDecision, ...]] = get_args(InterruptDecision)


@frozen
class InterruptAnswer:
    """A person's answer to an interrupt."""

    decision: InterruptDecision
    value: object = None
    """With `edit`, or for `input_required`: JSON that matches the response schema."""

    def is_same_as(self, other: "InterruptAnswer | None") -> bool:
        """Whether the other says the same: true is not 1, and 1 is 1.0."""
        return other is not None and self.decision == other.decision and equal(self.value, other.value)


@frozen
class Interrupt:
    """A question to a person. It is a row, not a coroutine: it survives restarts, and any client may answer it."""

    interrupt_id: InterruptId
    workspace: str
    thread_id: str
    run_id: RunId
    """The run that it ended."""
    agent: str
    node: str
    reason: InterruptReason
    message: str
    at_ms: int
    expires_ms: int | None = None
    response_schema: Mapping[str, object] | None = None
    """JSON Schema of the answer's `value`."""
    value: object = None
    """Subject as JSON: the calls to approve, the state so far."""
    step: str = ""
    """The step that asked; empty for a breakpoint."""
    status: InterruptStatus = "pending"
    answer: InterruptAnswer | None = None
    answered_by: str = ""
    resumed_run_id: RunId | None = None
    """The run that resumes with the answer."""

    def has_expired(self, now_ms: int) -> bool:
        """Check whether it can no longer be answered at this Unix time."""
        return self.expires_ms is not None and self.expires_ms <= now_ms


@frozen
class StreamCheckpoint:
    """State of a model's stream that broke off. Expires after an hour."""

    run_id: RunId
    step: str
    """The turn whose stream it is."""
    position: int
    """Number of characters shown."""
    content: str
    metadata: Mapping[str, object]
    digest: str
    """Hash of everything above."""
    expires_ms: int


ThreadStatus = Literal["idle", "busy", "interrupted"]


@frozen
class Thread:
    """Current state of a thread, for clients."""

    thread_id: str
    status: ThreadStatus
    head: Checkpoint | None
    interrupts: Sequence[Interrupt] = ()
    """Pending interrupts."""
    run_id: RunId | None = None
    """The active run, or the last one."""


MAX_TITLE_CHARS: Final = 160
"""Characters of a title, and of the last message in a list."""


def cut_title(words: str) -> str:
    r"""Cut a text to what a list shows of it, with a mark where something is left out.

    >>> cut_title("Count  the\nboxes")
    'Count the boxes'
    """
    line = " ".join(words[: 4 * MAX_TITLE_CHARS].split())
    return line if len(line) <= MAX_TITLE_CHARS else line[: MAX_TITLE_CHARS - 1] + "…"


@frozen
class ThreadSummary:
    """A thread as a list shows it."""

    thread_id: str
    place: int
    """Of two threads of a workspace, the one that was used later has the larger one."""
    title: str
    """As somebody named it, else the beginning of its first request."""
    last_message: str
    """The beginning of its last request; empty where none is kept."""
    status: ThreadStatus
    last_ms: int
    """Unix time of its last run or change."""
    run_id: str | None = None
    """Its last run; None where none is kept."""


@frozen
class ThreadFilter:
    """Selects threads of a list. An attribute that is None does not restrict."""

    query: str | None = None
    """Stands in the title or in a request that is kept; upper and lower case are the same."""
    status: ThreadStatus | None = None
    user_id: str | None = None
    """Who made a request in it."""

    def lets_through(self, summary: ThreadSummary, runs: list[RunRecord]) -> bool:
        """Whether the thread with these runs is selected."""
        texts = [summary.title, *(run.request.user_input for run in runs)]
        return (
            self.status in (None, summary.status)
            and (self.user_id is None or any(run.user_id == self.user_id for run in runs))
            and (self.query is None or any(self.query.casefold() in text.casefold() for text in texts))
        )
