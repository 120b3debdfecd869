"""A run that has not ended: its durable state, its output, and the control of its task."""

import attrs

from streamd.core.principal import Right
from streamd.core.run import RunRecord
from streamd.engine.live.meter import Meter
from streamd.engine.live.run_control import RunControl
from streamd.engine.live.run_output import RunOutput
from streamd.engine.live.run_services import RunServices
from streamd.engine.live.run_state import RunState
from streamd.engine.live.shared_items import Reading
from streamd.engine.record import Replay
from streamd.errors import ForbiddenError
from streamd.ports.model import Model
from streamd.ports.wording import Wording


@attrs.frozen(eq=False)
class LiveRun:
    """The parts of a run that has not ended."""

    services: RunServices
    state: RunState
    replay: Replay
    meter: Meter
    control: RunControl
    output: RunOutput

    @property
    def record(self) -> RunRecord:
        """The run's record as it stands."""
        return self.state.record

    @property
    def record_with_usage(self) -> RunRecord:
        """The record with the tokens and money used until now."""
        return attrs.evolve(self.state.record, usage=self.meter.usage)

    @property
    def model(self) -> Model:
        """The model that answers; the offline one where the request's context says all there is to say."""
        structured = self.services.language.is_structured(self.record.request.context)
        return self.services.rules if structured else self.services.model

    @property
    def wording(self) -> Wording:
        """What the engine says to people."""
        return self.services.language.wording

    def check(self, right: Right) -> None:
        """Refuse what the run's principal may not do, whichever agent does it. Raises ForbiddenError."""
        request = self.record.request
        if not request.principal.may(right, request.workspace):
            raise ForbiddenError(f"you may not {right} in workspace {request.workspace}")

    async def read_items(self, *, fresh: bool = False) -> Reading:
        """The workspace's items as the run read them first, or as they are now."""
        self.check("read")
        changes = self.state.changes
        if changes.reading is None or fresh:
            changes.reading = await self.services.shared_items.read(self.record.workspace)
            # A change after this position has not been seen by the run, and conflicts.
            changes.base = changes.reading.top
            changes.read_names = changes.reading.names
        return changes.reading
