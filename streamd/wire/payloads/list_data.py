"""Rows of the lists of conversations and runs, as clients receive them."""

from typing import NotRequired, TypedDict

from streamd.core.run import RunStatus
from streamd.core.thread import ThreadStatus


class ThreadRowData(TypedDict):
    """A conversation in a list."""

    thread_id: str
    title: str
    """As somebody named it, else the beginning of its first request."""
    last_message: str
    """The beginning of its last request; empty where none is kept."""
    status: ThreadStatus
    last_used_at: str
    run_id: NotRequired[str | None]
    """The run that is going on, or was the last one; absent where none is kept."""


class TriggerCauseData(TypedDict):
    """The reason why a trigger started a run."""

    name: str
    """The trigger."""
    chain: list[str]
    """The triggers that led to it, the first one first and this one last."""
    seq: NotRequired[int | None]
    """Position of the last event that it was started for."""
    due: NotRequired[str | None]
    """The time at which its schedule was due."""


class RunRowData(TypedDict):
    """A run in a list."""

    run_id: str
    thread_id: str
    agent: str
    """Empty until the request is routed."""
    user_id: str
    status: RunStatus
    user_input: str
    """The beginning of its request."""
    started_at: str
    ended_at: NotRequired[str | None]
    trigger: NotRequired[TriggerCauseData | None]
    """Absent where somebody asked."""


class ThreadsReply(TypedDict):
    """A page of the list of conversations."""

    threads: list[ThreadRowData]
    """The last used first."""
    next: NotRequired[str | None]
    """What to send as `before` for the next page; absent on the last one."""


class RunsReply(TypedDict):
    """A page of the list of runs."""

    runs: list[RunRowData]
    """The last one first."""
    next: NotRequired[str | None]
    """What to send as `before` for the next page; absent on the last one."""
