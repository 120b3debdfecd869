"""The part of the store that holds demand history."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from streamd.core.item import ItemId
from streamd.ports.store._batch import DemandKey


class DemandStore(Protocol):
    """Demand of items, by date."""

    async def quantities(self, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
        """Read the demand on some days; days without a record are left out."""

    async def demand(self, workspace: str) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """Read all demand history of a workspace: (date, quantity) by item, oldest first."""
