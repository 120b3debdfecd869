"""Lists of threads and runs: what is asked for, and what a row of a list says."""

from typing import Final

import attrs

from streamd.core.run import RunRecord, RunStatus
from streamd.core.thread import ThreadStatus

MAX_TITLE_CHARS: Final = 200
"""Characters of a title, and of the last message in a list."""


def cut_title(words: str) -> str:
    """Cut a text to what a list shows of it, with a mark where something is left out.

    >>> cut_title("Count  the\\nboxes")
    'Count the boxes'
    """
    line = " ".join(words[: 4 * MAX_TITLE_CHARS].split())
    return line if len(line) <= MAX_TITLE_CHARS else line[: MAX_TITLE_CHARS - 1] + "…"


@attrs.frozen
class ThreadSummary:
    """A thread as a list shows it."""

    thread_id: str
    title: str
    """As somebody named it, else the beginning of its first request."""
    last_message: str
    """The beginning of its last request; empty where none is kept."""
    status: ThreadStatus
    last_ms: int
    """Unix time of its last run or change."""
    run_id: str | None = None
    """Its last run; None where none is kept."""


@attrs.frozen
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


@attrs.frozen
class ThreadPlace:
    """A place in the list of threads, whose order is by the last activity, the newest first."""

    last_ms: int
    thread_id: str


@attrs.frozen
class RunFilter:
    """Selects runs of a list. An attribute that is None does not restrict."""

    statuses: frozenset[RunStatus] | None = None
    agent: str | None = None
    user_id: str | None = None
    thread_id: str | None = None

    def lets_through(self, run: RunRecord) -> bool:
        """Whether the run is selected."""
        return (
            (self.statuses is None or run.status in self.statuses)
            and self.agent in (None, run.agent)
            and self.user_id in (None, run.user_id)
            and self.thread_id in (None, run.thread_id)
        )
