"""The part of the store that holds how far triggers have come."""

from collections.abc import Sequence
from typing import Protocol

from streamd.core.triggers.trigger import TriggerPosition


class TriggerStore(Protocol):
    """Positions of triggers, moved in the batch that starts a run: both are committed, or neither."""

    async def trigger_positions(self) -> Sequence[TriggerPosition]:
        """Read the positions of all triggers in all workspaces."""
