"""The durable state of a run: what a checkpoint of its thread saves and restores."""

from typing import Final

import attrs

from streamd.core.run import Response, RunRecord
from streamd.core.thread import Checkpoint
from streamd.core.tool_calls import GENERAL, Intent, Understanding
from streamd.engine.live.run_changes import RunChanges

NOT_UNDERSTOOD: Final = Understanding(Intent(GENERAL, 0.0))


@attrs.define(eq=False)
class RunProgress:
    """What a checkpoint saves of a run: all of these attributes, and whatever is added to them."""

    changes: RunChanges = attrs.field(factory=RunChanges)
    resumes_thread: bool = False
    """Whether it resumes where another run of its thread stopped, instead of starting its graph."""
    breakpoint_approved: bool = False
    """Whether somebody has approved the breakpoint at which it resumes."""
    understanding: Understanding = NOT_UNDERSTOOD
    reads_understanding: bool = False
    """Whether the agent read what the request means; if not, the answer is all its own."""
    last_message: str = ""
    """Message of the agent's last response: the answer, when the request itself has none."""
    conclusion: Response | None = None


@attrs.define(eq=False)
class RunState(RunProgress):
    """What the journal knows of a run after its next commit."""

    record: RunRecord = attrs.field(kw_only=True)
    checkpoint: Checkpoint | None = None
    """The newest checkpoint of the thread that this run goes by; None before the run has started."""
    is_replay: bool = False
    """Whether another process, or the run that this one resumes, has done some of its steps."""

    def assign_agent(self, agent: str) -> None:
        """Record which agent does the run."""
        self.record = attrs.evolve(self.record, agent=agent)

    def restore(self, saved: RunProgress) -> None:
        """Take over what a checkpoint saved."""
        for field in attrs.fields(RunProgress):
            setattr(self, field.name, getattr(saved, field.name))
