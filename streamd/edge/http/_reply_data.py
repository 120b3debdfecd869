"""Answers that only HTTP has, beside the replies of the protocol."""

from typing import Literal, NotRequired, TypedDict

from streamd.core.item import Seq
from streamd.core.run import RunStatus
from streamd.core.thread import InterruptDecision
from streamd.wire.payloads.event_data import ReportedProgressData


class EventsData(TypedDict):
    """Events of a workspace, for who asks again and again."""

    events: list[object]
    """As on a socket, in their order; empty where none happened while it waited."""
    seq: Seq
    """The position to ask from next …"""
    epoch: str
    """… and the epoch that it counts in."""
    more: bool
    """Whether there are more already."""
    reset: NotRequired[str]
    """Why the events after the position cannot be had: list the items again, and go on from the position of the list."""


class RunStartedData(TypedDict):
    """A run that goes on, whether or not anybody reads its responses."""

    run_id: str
    thread_id: str
    status: RunStatus
    answered: NotRequired[str]
    """The question that the words were taken as the answer to."""
    decision: NotRequired[InterruptDecision]
    """That answer."""
    message: NotRequired[str]
    """The same in words."""


class ResponsesData(TypedDict):
    """All responses of a run that has ended."""

    responses: list[dict[str, object]]


class PassageData(TypedDict):
    """A part of a document."""

    source: str
    """The path of the document."""
    title: str
    section: str
    """The headings above it, outermost first."""
    line: int
    """Where it begins."""
    text: str
    score: float
    """How well it matches; comparable within one search."""


class PassagesData(TypedDict):
    """Parts of documents that match, the best first."""

    passages: list[PassageData]


class WorkspacesData(TypedDict):
    """Workspaces, by name."""

    workspaces: list[str]
    next: NotRequired[str]
    """What to send as `after` for the next page; absent on the last one."""


class ProgressPointData(TypedDict):
    """The progress of an agent at a time."""

    agentId: str
    status: str
    percentage: float
    timestamp: int | float
    """Unix time in milliseconds."""
    run_id: str | None


class ProjectProgressData(TypedDict):
    """The progress of a project and its agents."""

    overall: float
    agents: list[ReportedProgressData]
    estimatedCompletion: int | None
    """Unix time in milliseconds; null while nobody is at work or nobody knows."""
    history: NotRequired[list[ProgressPointData]]
    """How it came there, oldest first."""


class HealthData(TypedDict):
    """The state of the daemon."""

    status: Literal["ok", "ready", "unavailable"]
    reason: NotRequired[str]
    """The reason why it is unavailable."""


class ProblemDetails(TypedDict):
    """The reason why a request was refused or failed (RFC 9457). Further keys depend on the code."""

    type: str
    """The kind of problem, as an address: `/docs#problem-` and the code."""
    title: str
    """The kind of problem in words, the same each time."""
    status: int
    code: str
    """What to go by."""
    detail: str
    """For people."""
    retryable: bool
    """Whether the same request may succeed later."""
    path: NotRequired[str]
    """The key that breaks a rule."""
    retry_after_ms: NotRequired[float]
    """Milliseconds to wait."""
    instance: NotRequired[str]
    """The run that failed or is in the way, as an address."""
