"""The part of the store that holds demand history."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from streamd.core.item import ItemId
from streamd.ports.store._batch import DemandKey


class DemandStore(Protocol):
    """Demand of items, by date."""

    async def quantities(self, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
        """Read the demand on some days; days without a record are left out."""

    async def demand(
        self, workspace: str, ids: Iterable[ItemId] | None = None
    ) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """Read the demand history of a workspace (of these items): (date, quantity) by item, oldest first."""
