"""The present stock with its demand history, as several agents analyse it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import attrs

from streamd.agents.request_data import history_from_request, items_from_request
from streamd.core.item import Item, ItemId
from streamd.long_work import ANALYSES
from streamd.ports.agent import Run

if TYPE_CHECKING:
    from streamd.analysis import StockAnalysis


@attrs.frozen
class Stock:
    """The analysed items, their demand, and the analysis."""

    items: Sequence[Item]
    demand: Mapping[ItemId, Sequence[float]]
    """Units per period, oldest first."""
    days_per_period: float
    analysis: StockAnalysis

    async def of(self, chosen: frozenset[ItemId]) -> StockAnalysis:
        """Analyse some of the items only."""
        from streamd.analysis import analyze_stock

        some = [item for item in self.items if item.id in chosen]
        return await ANALYSES.compute(
            len(some), analyze_stock, some, self.demand, days_per_period=self.days_per_period
        )


async def stock_of(run: Run, only: Collection[ItemId] | None = None) -> Stock:
    """Load the stock (of some items only) and its demand, from the store or from the request."""
    from streamd.analysis import on_one_scale

    context = run.request.context
    items = items_from_request(context.get("inventory_data"), "inventory")
    if items is None:
        read = await run.items("inventory") if only is None else await run.items_of(only)
        items = [item for item in read if item.type == "inventory"]
    histories = history_from_request(context)
    if histories is None:
        rows = await run.demand(None if only is None else [item.id for item in items])
        size = max(len(items), sum(map(len, rows.values())) // 10)
        return await ANALYSES.compute(size, _from_rows, items, rows)
    series = {item_id: one for item_id, (_, one) in histories.items()}
    demand, days = on_one_scale(series)
    return await ANALYSES.compute(len(items), _analysed, items, demand, days)


def _from_rows(items: Sequence[Item], rows: Mapping[ItemId, Sequence[tuple[str, float]]]) -> Stock:
    from streamd.analysis import on_one_scale, series_of

    return _analysed(items, *on_one_scale(series_of(rows)))


def _analysed(items: Sequence[Item], demand: Mapping[ItemId, Sequence[float]], days: float) -> Stock:
    from streamd.analysis import analyze_stock

    return Stock(items, demand, days, analyze_stock(items, demand, days_per_period=days))
