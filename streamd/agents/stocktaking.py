"""The present stock with its demand history, as several agents analyse it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from streamd.agents.counted_demand import UncountedPeriods, counted_demand
from streamd.agents.left_out_periods import LeftOut, left_out_by_request
from streamd.agents.request_data import history_from_request, items_from_request
from streamd.core.item import Item, ItemId
from streamd.facts import frozen
from streamd.long_work import ANALYSES
from streamd.ports.agent import Run

if TYPE_CHECKING:
    from streamd.analysis import DampedDemandData, DemandSeries, LeftOutDemandData, StockAnalysis
    from streamd.ports.wording import Wording

_REMARKED: Final = 3
"""Items of which it is said in words what does not count as it was."""


@frozen
class Stock:
    """The analysed items, their demand, and the analysis."""

    items: Sequence[Item]
    demand: Mapping[ItemId, Sequence[float]]
    """Units per period, oldest first, of the periods that are known, outliers damped."""
    days_per_period: float
    analysis: StockAnalysis
    uncounted: Mapping[ItemId, UncountedPeriods]
    """The periods that do not count as they were, of items that have any."""

    def damped_periods(self) -> list[DampedDemandData]:
        """List the outliers, by item."""
        return [
            {
                "item_id": item_id,
                "name": self.analysis.items[item_id].name,
                **outlier.as_data(),
                **one.date_of(outlier.period),
            }
            for item_id, one in self.uncounted.items()
            for outlier in one.outliers
            if item_id in self.analysis.items
        ]

    def left_out_periods(self) -> list[LeftOutDemandData]:
        """List the periods that are not taken for demand, by item and reason."""
        return [
            {
                "item_id": item_id,
                "name": self.analysis.items[item_id].name,
                "reason": reason,
                "periods": places,
                **one.date_of(places[0]),
            }
            for item_id, one in self.uncounted.items()
            for reason, places in one.by_reason.items()
            if item_id in self.analysis.items
        ]

    def remarks(self, among: Collection[ItemId], wording: Wording) -> list[str]:
        """Name the periods that do not count as they were, of a few of these items."""
        told = [item_id for item_id in self.uncounted if item_id in among][:_REMARKED]
        return [
            remark
            for item_id in told
            for remark in self.uncounted[item_id].remarks(self.analysis.items[item_id].name, wording)
        ]

    async def of(self, chosen: frozenset[ItemId]) -> StockAnalysis:
        """Analyse some of the items only."""
        from streamd.analysis import analyze_stock

        some = [item for item in self.items if item.id in chosen]
        return await ANALYSES.compute(
            len(some), analyze_stock, some, self.demand, days_per_period=self.days_per_period
        )


async def stock_of(run: Run, only: Collection[ItemId] | None = None) -> Stock:
    """Load the stock (of some items only) and its demand, from the store or from the request.

    What is sold on the `promotions`, `holidays` and `stockouts` of the request is not taken for demand.
    """
    context = run.request.context
    items = items_from_request(context.get("inventory_data"), "inventory")
    if items is None:
        read = await run.items("inventory") if only is None else await run.items_of(only)
        items = [item for item in read if item.type == "inventory"]
    histories, left_out = history_from_request(context), left_out_by_request(context)
    if histories is None:
        rows = await run.demand(None if only is None else [item.id for item in items])
        size = max(len(items), sum(map(len, rows.values())))
        return await ANALYSES.compute(size, _from_rows, items, rows, left_out)
    series = {item_id: one for item_id, (_, one) in histories.items()}
    size = max(len(items), sum(len(one.quantities) for one in series.values()))
    return await ANALYSES.compute(size, _analysed, items, series, left_out)


def _from_rows(
    items: Sequence[Item], rows: Mapping[ItemId, Sequence[tuple[str, float]]], left_out: Sequence[LeftOut]
) -> Stock:
    from streamd.analysis import series_of

    return _analysed(items, series_of(rows), left_out)


def _analysed(
    items: Sequence[Item], series: Mapping[ItemId, DemandSeries], left_out: Sequence[LeftOut]
) -> Stock:
    from streamd.analysis import analyze_stock, on_one_scale

    counted, uncounted = counted_demand(series, left_out)
    demand, days = on_one_scale(counted)
    return Stock(items, demand, days, analyze_stock(items, demand, days_per_period=days), uncounted)
