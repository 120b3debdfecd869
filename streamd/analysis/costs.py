"""Costs of ordering and holding stock, where they are given. Nothing is assumed: unknown costs are None."""

from collections.abc import Mapping

from streamd.analysis.item_fields import usable_number
from streamd.core.item import Item
from streamd.facts import frozen


@frozen
class StockCosts:
    """Costs beside the price; None where they are not given."""

    ordering_cost: float | None = None
    """Money per order, however large it is."""
    holding_rate: float | None = None
    """Cost of keeping stock for a year, as a share of its value."""
    holding_cost: float | None = None
    """Cost of keeping one unit for a year, in money; counts before `holding_rate`."""
    cost_per_defect: float | None = None
    """Money that one defective unit costs; its price where None."""

    def holding(self, unit_cost: float | None) -> float | None:
        """Money per unit and year."""
        if self.holding_cost is not None:
            return self.holding_cost
        if self.holding_rate is None or unit_cost is None:
            return None
        return self.holding_rate * unit_cost


NO_COSTS = StockCosts()


def costs_of(fields: Mapping[str, object], otherwise: StockCosts = NO_COSTS) -> StockCosts:
    """Read costs from an item's fields or a request's context; missing and invalid ones are taken from `otherwise`.

    A `holding_rate` of 1 or more is taken as percent: nobody pays the whole value of the goods a year.
    """
    rate = _amount(fields.get("holding_rate"))
    if rate is not None and rate >= 1:
        rate /= 100
    own = StockCosts(
        ordering_cost=_amount(fields.get("ordering_cost")),
        holding_rate=rate,
        holding_cost=_amount(fields.get("holding_cost")),
        cost_per_defect=_amount(fields.get("cost_per_defect")),
    )
    # the item's own rate is more specific than an amount for all items
    shared_amount = otherwise.holding_cost if own.holding_rate is None else None
    return StockCosts(
        ordering_cost=_first(own.ordering_cost, otherwise.ordering_cost),
        holding_rate=_first(own.holding_rate, otherwise.holding_rate),
        holding_cost=_first(own.holding_cost, shared_amount),
        cost_per_defect=_first(own.cost_per_defect, otherwise.cost_per_defect),
    )


def costs_of_item(item: Item, otherwise: StockCosts = NO_COSTS) -> StockCosts:
    """The item's own costs; the same object as `otherwise` when it has none."""
    return costs_of(item.fields, otherwise) if _FIELDS & item.fields.keys() else otherwise


_FIELDS = frozenset({"ordering_cost", "holding_rate", "holding_cost", "cost_per_defect"})


def _amount(value: object) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    known = usable_number(value)
    return known if known is not None and known >= 0 else None


def _first(*amounts: float | None) -> float | None:
    return next((amount for amount in amounts if amount is not None), None)
