"""The stock figures of an item, read once."""

from streamd.analysis._reorder_points import HIGHEST_SERVICE, LOWEST_SERVICE
from streamd.analysis.costs import NO_COSTS, StockCosts, costs_of_item
from streamd.analysis.item_fields import number_in, text_in
from streamd.core.item import Item, ItemId
from streamd.facts import frozen


@frozen
class StockedItem:
    """The figures of one item; None where it has none, or a negative one that makes no sense."""

    item_id: ItemId
    name: str
    stock: float
    """Units at hand; negative when units are owed."""
    on_order: float
    """Units ordered and not here yet."""
    minimum: float | None
    maximum: float | None
    reorder_point: float | None
    lead_time: float | None
    """Days from an order to its delivery."""
    lead_time_deviation: float
    """Standard deviation of the lead time, days; 0 where it is not known."""
    unit_cost: float | None
    pack_size: float | None
    """Units that are sold together."""
    minimum_order: float | None
    service_level: float | None
    """The item's own, 0 to 1."""
    supplier: str
    category: str
    unit: str
    costs: StockCosts

    @property
    def position(self) -> float:
        """Units at hand and on their way."""
        return self.stock + self.on_order


def stocked_item(item: Item, costs: StockCosts = NO_COSTS) -> StockedItem | None:
    """The item's figures; None when it has no `current_stock`.

    Beside the declared fields: `on_order` (units), `lead_time_deviation` (days), `pack_size` and
    `minimum_order_quantity` (units), `service_level` (0.5 to 0.9999, or that in percent), `ordering_cost`,
    `holding_cost` and `holding_rate` (see `StockCosts`).
    """
    stock = number_in(item, "current_stock")
    if stock is None:
        return None
    return StockedItem(
        item_id=item.id,
        name=item.name,
        stock=stock,
        on_order=_amount(item, "on_order") or 0.0,
        minimum=_amount(item, "min_stock"),
        maximum=_amount(item, "max_stock"),
        reorder_point=_amount(item, "reorder_point"),
        lead_time=_amount(item, "lead_time"),
        lead_time_deviation=_amount(item, "lead_time_deviation") or 0.0,
        unit_cost=_amount(item, "unit_cost"),
        pack_size=_amount(item, "pack_size"),
        minimum_order=_amount(item, "minimum_order_quantity"),
        service_level=_service_level(item),
        supplier=text_in(item, "supplier"),
        category=text_in(item, "category"),
        unit=text_in(item, "unit_of_measure") or "units",
        costs=costs_of_item(item, costs),
    )


def _amount(item: Item, field: str) -> float | None:
    number = number_in(item, field)
    return number if number is not None and number >= 0 else None


def _service_level(item: Item) -> float | None:
    level = _amount(item, "service_level")
    if level is None:
        return None
    share = level / 100 if level > 1 else level
    return share if LOWEST_SERVICE <= share <= HIGHEST_SERVICE else None
