"""Purchase needs: from the request, the stock analysis, and other agents' findings."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from streamd.agents.request_data import rows_from_request
from streamd.agents.scope import focus_of, ids_in
from streamd.agents.stocktaking import Stock
from streamd.core.item import Item, ItemId
from streamd.core.tool_calls import Need as Wanted
from streamd.ports.agent import Run

if TYPE_CHECKING:
    from streamd.analysis import OrderBasis, PurchaseNeed

_AHEAD_DAYS: Final = 30
"""Days of demand that an order covers beyond the delivery, unless the request sets how far a forecast looks."""
_LONGEST_DAYS: Final = 3_660
"""The longest period in days: longer ones are a mistake."""
_HANDED_ON: Final = ("low_stock_items", "out_of_stock_items", "reorder_quantities")
"""Lists of a stock analysis whose items are to be bought."""


def needs_of(run: Run, stock: Stock, items: Sequence[Item]) -> list[PurchaseNeed]:
    """List the needs, the most urgent first.

    Named items are needed in the stated quantity, else in the one that stock and forecasts call for, else a usual
    order of them. Without names: the earlier agent's low items, else those that meet the request's criterion, else all that
    have to be ordered.
    """
    from streamd.analysis import needs_from

    called_for = needs_from(stock.analysis, _forecasts(run, stock), days_per_period=stock.days_per_period)
    by_id = {need.item_id: need for need in called_for}
    wanted, by_item = run.understanding.needs, {item.id: item for item in items}
    focus = focus_of(run, items)
    if wanted and not focus:
        needs = [_need(one, by_id.get(one.item_id), by_item[one.item_id], stock) for one in wanted
                 if one.item_id in by_item]  # fmt: skip
    else:
        quantities = {one.item_id: one for one in wanted}
        about = _about(run, focus)
        needs = [
            _as_wanted(need, quantities.get(need.item_id)) if need.item_id else need
            for need in called_for
            if about is None or need.item_id in about
        ]
    return needs


def _about(run: Run, focus: frozenset[ItemId] | None) -> frozenset[ItemId] | None:
    """Return the items that limit the needs; None: no limit. An earlier agent's low items count as such."""
    if focus is None:
        return None
    rows = [
        row for name in _HANDED_ON for row in rows_from_request(run.request.context, "stock_analysis", name)
    ]
    return frozenset(ids_in(rows)) or focus


def _as_wanted(need: PurchaseNeed, wanted: Wanted | None) -> PurchaseNeed:
    """Return a need of the stock, with the stated quantity and urgency."""
    from streamd.analysis import QuantityAskedFor

    if wanted is None:
        return need
    if wanted.quantity is not None and wanted.quantity > 0:
        need = attrs.evolve(need, quantity=wanted.quantity, reasons=(QuantityAskedFor(wanted.quantity),))
    return attrs.evolve(need, urgency=wanted.urgency) if wanted.urgency else need


def _need(wanted: Wanted, called_for: PurchaseNeed | None, item: Item, stock: Stock) -> PurchaseNeed:
    """Build the need of an item that somebody names."""
    from streamd.analysis import QuantityAskedFor

    need = called_for or _usual(item, stock)
    if wanted.quantity is not None and wanted.quantity > 0:
        need = attrs.evolve(need, quantity=wanted.quantity, reasons=(QuantityAskedFor(wanted.quantity),))
    return attrs.evolve(need, urgency=wanted.urgency) if wanted.urgency else need


def _usual(item: Item, stock: Stock) -> PurchaseNeed:
    """Build a usual order of an item that needs none now."""
    from streamd.analysis import NO_COSTS, PurchaseNeed, UsualOrder, number_in, text_in

    one = stock.analysis.items.get(item.id)
    maximum, point = number_in(item, "max_stock"), number_in(item, "reorder_point")
    economic = next((one for one in stock.analysis.economic_orders if one.item_id == item.id), None)
    least = number_in(item, "minimum_order_quantity")
    basis: OrderBasis
    if economic is not None:
        quantity, basis = float(math.ceil(economic.quantity)), "economic"
    elif maximum is not None and point is not None and maximum > point:
        quantity, basis = math.ceil(maximum - point), "to_maximum"
    elif least is not None and least >= 1:
        quantity, basis = math.ceil(least), "minimum"
    else:
        quantity, basis = 1.0, "unknown"
    return PurchaseNeed(
        item_name=item.name,
        quantity=quantity,
        urgency="low",
        reasons=(UsualOrder(quantity, basis, None if one is None else (one.stock, one.unit)),),
        item_id=item.id,
        supplier=text_in(item, "supplier"),
        category=text_in(item, "category"),
        unit=text_in(item, "unit_of_measure") or "units",
        unit_cost=number_in(item, "unit_cost"),
        demand=stock.analysis.consumption.get(item.id),
        service_level=stock.analysis.service_level,
        costs=NO_COSTS if one is None else one.costs,
    )


def _forecasts(run: Run, stock: Stock) -> dict[ItemId, Sequence[float]]:
    """Return expected demand by item, from other agents' forecasts, in the periods of the stock's demand.

    It is that of the stated time, else of the delivery and a month, as nobody buys for all the periods that a forecast happens
    to cover.
    """
    handed = run.request.context.get("forecasts")
    table = handed.get("demand_forecasts") if isinstance(handed, Mapping) else None
    is_stated = (
        run.understanding.periods is not None or run.request.context.get("forecast_periods") is not None
    )
    forecasts: dict[ItemId, Sequence[float]] = {}
    for key, entry in table.items() if isinstance(table, Mapping) else ():
        item_id = ItemId(str(key))
        ahead, days = _expected(entry if isinstance(entry, Mapping) else {}, stock.days_per_period)
        if not ahead:
            continue
        if not is_stated:
            one = stock.analysis.items.get(item_id)
            lead_time = one.lead_time or 0.0 if one is not None else 0.0
            ahead = ahead[: max(1, math.ceil((lead_time + _AHEAD_DAYS) / days))]
        if days != stock.days_per_period:
            each = math.fsum(ahead) / len(ahead) * stock.days_per_period / days
            ahead = [each] * max(1, round(len(ahead) * days / stock.days_per_period))
        forecasts[item_id] = ahead
    return forecasts


def _expected(entry: Mapping[str, object], usual_days: float) -> tuple[list[float], float]:
    """Read (demand per period, days of a period) from one entry of `demand_forecasts`."""
    from streamd.analysis import usable_number

    methods, stated_days = entry.get("methods"), entry.get("days_per_period")
    ensemble = methods.get("ensemble") if isinstance(methods, Mapping) else None
    days = (
        float(stated_days)
        if isinstance(stated_days, int | float) and 0 < stated_days <= _LONGEST_DAYS
        else usual_days
    )
    if not isinstance(ensemble, Sequence) or isinstance(ensemble, str):
        return [], days
    numbers = (usable_number(one) for one in ensemble if isinstance(one, int | float))
    return [one for one in numbers if one is not None], days
