"""The part of the store that holds demand history."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from streamd.core.item import ItemId
from streamd.ports.store._batch import DemandKey


class DemandStore(Protocol):
    """What was asked of items, by date."""

    async def quantities(self, days: Iterable[DemandKey]) -> Mapping[DemandKey, float]:
        """What was asked on some days; days of which nothing is known are left out."""

    async def demand(self, workspace: str) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """All demand history of a workspace: (date, quantity) per item, oldest first."""
