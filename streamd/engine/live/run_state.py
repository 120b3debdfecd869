"""The durable state of a run, which checkpoints of its thread save and restore."""

from typing import Final

import attrs

from streamd.core.principal import Principal
from streamd.core.run import Response, RunRecord
from streamd.core.thread import Checkpoint, State
from streamd.core.tool_calls import GENERAL, Intent, Understanding
from streamd.engine.live.run_changes import RunChanges
from streamd.facts import define

NOT_UNDERSTOOD: Final = Understanding(Intent(GENERAL, 0.0))


@define(eq=False)
class RunProgress:
    """The part of a run's state that a checkpoint saves: all of these attributes, and any added later."""

    changes: RunChanges = attrs.field(factory=RunChanges)
    resumes_thread: bool = False
    """Whether the run resumes where another run of its thread stopped, instead of starting its graph."""
    breakpoint_approved: bool = False
    """Whether somebody has approved the breakpoint at which the run resumes."""
    understanding: Understanding = NOT_UNDERSTOOD
    reads_understanding: bool = False
    """Whether the agent read the understanding; if not, its answer does not depend on it."""
    last_message: str = ""
    """Message of the agent's last response: the answer, when the request itself has none."""
    conclusion: Response | None = None
    by_rules: bool = False
    """Whether rules answer in place of the language model, which could not be asked."""

    def for_another_run(self) -> "RunProgress":
        """The part that a run needs that goes on where this one has ended: it makes changes and answers of its own."""
        return RunProgress(understanding=self.understanding, reads_understanding=self.reads_understanding)


@define(eq=False)
class RunState(RunProgress):
    """The state of a run as the journal has it after its next commit."""

    record: RunRecord = attrs.field(kw_only=True)
    checkpoint: Checkpoint | None = None
    """The thread's newest checkpoint that this run is based on; None before the run has started."""
    thread_state: State | None = None
    """State of the thread as the run found it; None before it has begun."""
    is_replay: bool = False
    """Whether another process, or the run that this one resumes, has done some of its steps."""

    def assign_agent(self, agent: str) -> None:
        """Assign the run to an agent."""
        self.record = attrs.evolve(self.record, agent=agent)

    def limit_to(self, principal: Principal) -> None:
        """Limit the run to the rights that this principal has, too."""
        request = self.record.request
        limited = attrs.evolve(request, principal=request.principal.limited_by(principal))
        self.record = attrs.evolve(self.record, request=limited)

    def restore(self, saved: RunProgress) -> None:
        """Restore the state that a checkpoint saved."""
        for field in attrs.fields(RunProgress):
            setattr(self, field.name, getattr(saved, field.name))
