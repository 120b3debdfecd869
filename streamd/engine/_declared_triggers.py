"""Opens the triggers, whose room is imported only where there are any."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from streamd.engine.delivery import Hub
from streamd.engine.lifecycle import Runs

if TYPE_CHECKING:
    from streamd.core.triggers.declarations import ActiveTrigger
    from streamd.engine.triggers import Triggers


async def triggers_at_work(
    runs: Runs, hub: Hub, declared: "Mapping[str, ActiveTrigger]"
) -> "Triggers | None":
    """The triggers, if any are declared or were before."""
    if not declared and not await runs.services.store.trigger_positions():
        return None
    from streamd.engine.triggers import Triggers

    return Triggers(runs, hub, declared)
