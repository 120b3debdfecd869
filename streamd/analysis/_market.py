"""The market: all suppliers, indexed for comparison, and the items and orders that depend on them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from streamd.analysis.item_fields import number_in, text_in, texts_in
from streamd.core.item import Item, ItemId
from streamd.core.lists.exact_numbers import exact_sum
from streamd.facts import frozen

SUPPLIER_TYPE: Final = "supplier"
_CLOSED_ORDERS: Final = frozenset({"delivered", "cancelled", "canceled", "completed", "closed"})


@frozen
class Market:
    """All suppliers at once, so that ten thousand can be compared without comparing each with each.

    Keys are folded to lower case.
    """

    suppliers: tuple[Item, ...]
    by_category: Mapping[str, Sequence[Item]]
    by_product: Mapping[str, Sequence[Item]]
    by_location: Mapping[str, int]
    """The number of suppliers by location."""
    cheapest: Mapping[str, Sequence[tuple[float, ItemId]]]
    """The two lowest unit costs of a category, and whose they are."""
    fastest: Item | None
    """The supplier with the shortest delivery time."""
    dependents: Mapping[str, Sequence[Item]]
    """Items and orders by the name or id in their `supplier` field."""
    open_amounts: Mapping[str, float]
    """Money in open orders, by the name or id of the supplier."""
    open_total: float
    """Money in all open orders."""
    located: int
    """The number of suppliers with a known location."""

    def dependents_of(self, supplier: Item) -> list[Item]:
        """Items and orders that name the supplier, or its id."""
        return [item for key in _keys(supplier) for item in self.dependents.get(key, ())]

    def open_amount(self, supplier: Item) -> float:
        """Money in the supplier's open orders."""
        return exact_sum(self.open_amounts.get(key, 0) for key in _keys(supplier))

    def lowest_rival_cost(self, supplier: Item) -> float | None:
        """The lowest unit cost of another supplier of the same category; None without one."""
        known = self.cheapest.get(text_in(supplier, "category").casefold(), ())
        return next((cost for cost, owner in known if owner != supplier.id), None)


def market_of(items: Iterable[Item]) -> Market:
    """Collect the suppliers among the items, and the items and orders that depend on them."""
    suppliers: list[Item] = []
    dependents: defaultdict[str, list[Item]] = defaultdict(list)
    amounts: defaultdict[str, float] = defaultdict(float)
    for item in items:
        if item.type == SUPPLIER_TYPE:
            suppliers.append(item)
        elif source := text_in(item, "supplier").casefold():
            dependents[source].append(item)
            total = number_in(item, "total_amount")
            if total and total > 0 and text_in(item, "status").casefold() not in _CLOSED_ORDERS:
                amounts[source] = exact_sum((amounts[source], total))
    by_category: defaultdict[str, list[Item]] = defaultdict(list)
    by_product: defaultdict[str, list[Item]] = defaultdict(list)
    costs: defaultdict[str, list[tuple[float, ItemId]]] = defaultdict(list)
    locations: Counter[str] = Counter()
    for supplier in suppliers:
        category = text_in(supplier, "category").casefold()
        by_category[category].append(supplier)
        for product in {text.casefold() for text in texts_in(supplier, "products")}:
            by_product[product].append(supplier)
        if location := text_in(supplier, "location").casefold():
            locations[location] += 1
        cost = number_in(supplier, "unit_cost")
        if cost is not None and cost >= 0:
            costs[category].append((cost, supplier.id))
    timed = [(days, one) for one in suppliers if (days := number_in(one, "delivery_time")) is not None]
    return Market(
        suppliers=tuple(suppliers),
        by_category=by_category,
        by_product=by_product,
        by_location=locations,
        cheapest={category: sorted(known)[:2] for category, known in costs.items()},
        fastest=min(timed, key=lambda pair: (pair[0], pair[1].id))[1] if timed else None,
        dependents=dependents,
        open_amounts=amounts,
        open_total=exact_sum(amounts.values()),
        located=locations.total(),
    )


def _keys(supplier: Item) -> set[str]:
    return {supplier.name.casefold(), supplier.id.casefold()}
