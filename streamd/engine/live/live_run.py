"""A run that has not ended: its durable state, its output, and the control of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from streamd.core.item import Seq
from streamd.core.principal import Flow, Right
from streamd.core.run import RunRecord
from streamd.engine.live.meter import Meter
from streamd.engine.live.run_control import RunControl
from streamd.engine.live.run_notices import Notices
from streamd.engine.live.run_output import RunOutput
from streamd.engine.live.run_services import RunServices
from streamd.engine.live.run_state import RunState
from streamd.engine.live.shared_items import Reading
from streamd.engine.record import Replay
from streamd.errors import ForbiddenError
from streamd.facts import frozen
from streamd.long_work import SharedSlices
from streamd.ports.model import Model

if TYPE_CHECKING:
    from streamd.ports.wording import Wording


@frozen(eq=False)
class LiveRun:
    """The parts of a run that has not ended."""

    services: RunServices
    state: RunState
    replay: Replay
    meter: Meter
    control: RunControl
    output: RunOutput
    slices: SharedSlices = attrs.field(factory=SharedSlices)
    """Parts what it does in the event loop: what may be long for it is long for all runs together."""

    @property
    def record(self) -> RunRecord:
        """The run's current record."""
        return self.state.record

    @property
    def flow(self) -> Flow:
        """The flow that it works for: its asker's runs take turns."""
        return self.output.flow

    @property
    def known_agent(self) -> str:
        """The name of its agent, for the log; empty where there is none of that name, which is a client's text."""
        return self.record.agent if self.record.agent in self.services.agents else ""

    @property
    def record_with_usage(self) -> RunRecord:
        """The record with the tokens and money used until now."""
        return attrs.evolve(self.state.record, usage=self.meter.usage)

    @property
    def model(self) -> Model:
        """The model that answers; the offline one where the request's context is structured, or no other can be asked."""
        by_rules = self.state.by_rules or self.services.language.is_structured(self.record.request.context)
        return self.services.rules if by_rules else self.services.model

    @property
    def notices(self) -> Notices:
        """The notices about its waiting."""
        return Notices(self.output, self.wording)

    @property
    def wording(self) -> Wording:
        """The engine's texts for people."""
        return self.services.language.wording

    def may(self, right: Right) -> bool:
        """Whether the run's principal has a right in its workspace."""
        return self.record.request.principal.may(right, self.record.workspace)

    def check(self, right: Right) -> None:
        """Raise ForbiddenError unless the run's principal has a right, whichever agent uses it."""
        if not self.may(right):
            raise ForbiddenError(
                f"this run may not {right} in workspace {self.record.workspace}: its user may not, or somebody who wrote "
                "what it continues with"
            )

    async def read_items(self, *, fresh: bool = False) -> Reading:
        """Return the workspace's items as the run read them first, or as they are now.

        After a restart they are those of the position that the run is based on, as long as the journal goes back so far;
        else those of now, and what was changed since then conflicts all the same.
        """
        self.check("read")
        changes, shared = self.state.changes, self.services.shared_items
        if changes.reading is None or fresh:
            reading = await shared.read(self.record.workspace)
            if changes.base is None or fresh:
                changes.base = reading.top
            elif self.state.is_replay and reading.top != changes.base:
                reading = await shared.read_at(self.record.workspace, changes.base) or reading
            changes.reading = reading
        return changes.reading

    async def base(self) -> Seq:
        """Return the position that the run's changes are based on: what others changed after it conflicts."""
        if self.state.changes.base is None:
            self.state.changes.base = await self.services.shared_items.top(self.record.workspace)
        return self.state.changes.base
