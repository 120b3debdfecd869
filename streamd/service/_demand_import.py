"""Imports rows of demand history: finds the items they are about."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from streamd.core.item import Item, ItemId
from streamd.core.values import caseless
from streamd.engine.journal import DemandRow, put_demand
from streamd.service.actor import Actor
from streamd.service.use_case import Service

if TYPE_CHECKING:
    from streamd.tables import ImportedDemand


async def put_imported_demand(
    service: Service, actor: Actor, demand: Sequence["ImportedDemand"], *, dry_run: bool
) -> tuple[int, Collection[str]]:
    """Put demand of items, matched by id, sku, name or source id.

    Returns how many quantities changed, or would, and the names that match no item.
    """
    names = _ItemNames()
    await service.engine.store.scan(actor.workspace, None, names.visit)
    rows: list[DemandRow] = []
    unknown: set[str] = set()
    for row in demand:
        item_id = names.find(caseless(row.item))
        if item_id is None:
            unknown.add(row.item)
        else:
            rows.append(DemandRow(item_id, row.date, row.quantity))
    if not rows:
        return 0, unknown
    if dry_run:
        return await _changed_demand(service, actor, rows), unknown
    return await put_demand(service.engine.journal, actor.workspace, rows), unknown


async def _changed_demand(service: Service, actor: Actor, rows: Sequence[DemandRow]) -> int:
    """Count the quantities that would change."""
    quantities = {(actor.workspace, row.item_id, row.date): row.quantity for row in rows}
    known = await service.engine.store.quantities(quantities)
    return sum(known.get(day) != quantity for day, quantity in quantities.items())


class _ItemNames:
    """Item ids by id, sku, name and source id in lower case; of items that share one, the first."""

    def __init__(self) -> None:
        self._by_field: Mapping[str, dict[str, ItemId]] = {
            field: {} for field in ("id", "sku", "name", "source_id")
        }

    def visit(self, items: Sequence[Item]) -> bool:
        """Take items."""
        for field, names in self._by_field.items():
            for item in items:
                name = item.id if field == "id" else item.fields.get(field)
                if isinstance(name, str):
                    names.setdefault(caseless(name), item.id)
        return True

    def find(self, name: str) -> ItemId | None:
        """The item of that name."""
        return next((names[name] for names in self._by_field.values() if name in names), None)
