"""The `data` of an `analysis_results` response, as clients receive it. Quantities are in the items' own units."""

from typing import Literal, NotRequired, TypedDict

from streamd.core.item import ItemId

StockUrgency = Literal["high", "medium"]
RiskLevel = Literal["critical", "high", "medium", "low"]
ValueBasis = Literal["annual_usage", "stock"]


class StockedItemData(TypedDict):
    """An item."""

    item_id: ItemId
    """Its id."""
    name: str
    """Its name."""


class LowStockData(StockedItemData):
    """Stock at or below the reorder point."""

    current_stock: float
    """Units in stock."""
    reorder_point: float
    """Units at which to order."""
    urgency: StockUrgency
    """`high` at or below the minimum, and when nothing is left."""


class OutOfStockData(StockedItemData):
    """An item of which nothing is left."""

    impact: str
    """In words: the cost of the stockout a day and its duration, as far as demand, unit cost and lead time are known."""


class OverstockData(StockedItemData):
    """Stock above 1.2 times the maximum."""

    current_stock: float
    """Units in stock."""
    max_stock: float
    """Units to have at most."""
    excess: float
    """Units above the maximum."""


class ReorderPointData(StockedItemData):
    """The reorder point that demand and lead time call for."""

    current_reorder_point: float | None
    """Units; null where the item has none."""
    recommended_reorder_point: float
    """Units: mean demand over the lead time, and the safety stock."""
    safety_stock: float
    """Units against demand and lead times above their means."""
    confidence: float
    """0 to 1: how much history the demand is known from."""
    service_level: float
    """0 to 1: the probability of not running out while a delivery is awaited."""
    intermittent: bool
    """Whether the safety stock is that for demand which comes only now and then."""


class StockoutData(StockedItemData):
    """The time until the stock is used up, at constant demand and without deliveries."""

    current_stock: float
    """Units in stock."""
    days_until_stockout: float
    """Days at the mean demand."""
    days_covered: float
    """Days for which the stock lasts with the probability of the service level."""
    risk_level: RiskLevel
    """`critical` up to 3 days, `high` up to 7, `medium` up to 14, else `low`."""


class TurnoverData(StockedItemData):
    """The turnover of an item's stock."""

    turns_per_year: float
    """A year's demand over the present stock."""
    days_of_supply: NotRequired[float | None]
    """Days for which the present stock meets the demand; absent without demand."""
    stock_value: NotRequired[float | None]
    """Money at cost; absent where the unit cost is not known."""


class ReorderData(StockedItemData):
    """An item to order now."""

    quantity: NotRequired[float | None]
    """Whole units; absent where no level to order up to is known."""
    urgency: StockUrgency
    """`high` when it is at or below the minimum, out, or out before a delivery can arrive."""
    reason: str
    """Why it has to be ordered, in words."""
    basis: NotRequired[str | None]
    """The rule for the quantity, in words."""
    supplier: NotRequired[str | None]
    """The name in the item's `supplier`."""
    cost: NotRequired[float | None]
    """Money for the whole quantity."""


class EconomicOrderData(StockedItemData):
    """The order quantity with the least cost of ordering and holding."""

    quantity: float
    """Units per order."""
    orders_per_year: float
    """Orders of that quantity."""
    annual_cost: float
    """Money a year for ordering and holding, the price of the goods not included."""


class ValueShareData(StockedItemData):
    """One item's part of the total value."""

    total_value: float
    """Money: a year's demand at cost, or the stock at cost, as `abc_basis` says."""
    percentage: float
    """0 to 100, of the value of all items."""


class ValueClassesData(TypedDict):
    """Items by value, the most valuable first."""

    A: list[ValueShareData]
    """The first 80 % of the value."""
    B: list[ValueShareData]
    """Up to 95 %."""
    C: list[ValueShareData]
    """The rest."""


class StockSummaryData(TypedDict):
    """All items together."""

    examined: int
    """Items with a stock figure."""
    stock_value: float
    """Money at cost, of the items whose unit cost is known."""
    annual_usage_value: float
    """Money at cost of a year's demand, of the items whose unit cost and demand are known."""
    turns_per_year: NotRequired[float | None]
    """A year's demand over present stock, both at cost; absent where they are not known."""
    without_demand: int
    """Items with stock and no demand in their history."""


class MissingData(TypedDict):
    """Data that some items lack."""

    field: str
    """What is missing."""
    items: int
    """Items that lack it."""
    examples: list[str]
    """Names of a few of them."""
    needed_for: str
    """The analyses that need it, in words."""
    remedy: str
    """The way to supply it, in words."""


class UncountedPeriodData(StockedItemData):
    """Demand of an item that does not count as it was."""

    date: NotRequired[str]
    """The first day of the period, of several of the first; absent where no dates are known."""


class DampedDemandData(UncountedPeriodData):
    """A period whose demand was so far from all other that it is damped."""

    period: int
    """Its place in the history, from 0."""
    actual_demand: float
    """Units."""
    used_demand: float
    """Units that count in its place."""


class LeftOutDemandData(UncountedPeriodData):
    """Periods of one item that are not taken for demand."""

    periods: list[int]
    """Their places in the history, from 0."""
    reason: Literal["no_row", "stockout", "promotion", "holiday"]
    """`no_row` where the record has gaps; else what the request says was then."""


class AnalysisResultsData(TypedDict):
    """Findings about stock; each list has the most urgent first, and at most 500 entries."""

    low_stock_items: list[LowStockData]
    """Stock at or below the reorder point."""
    out_of_stock_items: list[OutOfStockData]
    """Nothing left."""
    overstocked_items: list[OverstockData]
    """Stock above 1.2 times the maximum."""
    recommendations: list[str]
    """What to do, in words."""
    reorder_recommendations: NotRequired[list[ReorderPointData] | None]
    """Reorder points that demand and lead time call for; absent where neither is known."""
    stockout_predictions: NotRequired[list[StockoutData] | None]
    """Items that run out; absent without any."""
    turnover: NotRequired[list[TurnoverData] | None]
    """Of items with known demand; absent without any."""
    reorder_quantities: NotRequired[list[ReorderData] | None]
    """Orders to place now; absent without any."""
    economic_order_quantities: NotRequired[list[EconomicOrderData] | None]
    """Of items whose ordering and holding costs are known; absent without any."""
    missing_data: NotRequired[list[MissingData] | None]
    """What would make the analysis more complete; absent when nothing is missing."""
    abc_analysis: NotRequired[ValueClassesData | None]
    """Items by their share of the value; absent where no item has a cost."""
    abc_basis: NotRequired[ValueBasis | None]
    """What the values in `abc_analysis` are."""
    summary: NotRequired[StockSummaryData | None]
    """All items together; absent without items."""
    damped_periods: NotRequired[list[DampedDemandData]]
    """Outliers, which count for less than they were in all figures of demand; absent without any."""
    left_out_periods: NotRequired[list[LeftOutDemandData]]
    """Periods whose demand counts as unknown; absent without any."""
    counts: NotRequired[dict[str, int]]
    """The full length of each list, also of those that were cut."""
