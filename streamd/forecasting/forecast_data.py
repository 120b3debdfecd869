"""The `data` of a `forecast_results` response, as clients receive it. Demand is in units per period."""

from typing import Literal, NotRequired, TypedDict

from streamd.forecasting.scenarios import Scenario

DemandPattern = Literal["smooth", "erratic", "intermittent", "lumpy", "none"]
Direction = Literal["increasing", "decreasing", "stable"]
AnomalySeverity = Literal["high", "medium"]
LeftOutReason = Literal["no_row", "stockout", "promotion", "holiday"]


class IntervalData(TypedDict):
    """A prediction interval, one number per period ahead."""

    lower: list[float]
    """Units; not below 0."""
    upper: list[float]
    """Units."""


class TrendData(TypedDict):
    """The slow movement of a history as a whole."""

    direction: Direction
    """`stable` unless the trend is significant."""
    slope: float
    """Units per period, each period."""
    p_value: float
    """The chance of a trend this clear without there being one."""
    significant: bool
    """Whether that is below 5 %."""


class SeasonalityData(TypedDict):
    """The season of a history."""

    period: int | None
    """Its length in periods; null without a season."""
    strength: float
    """0 to 1: the part of the variation that it explains."""
    indices: list[float]
    """One per period of the season: ratios around 1, or units around 0, as `model` says; empty without a season."""
    model: NotRequired[Literal["multiplicative", "additive"]]
    """What the indices are; absent without a season."""
    p_value: NotRequired[float]
    """The chance of a season this clear without there being one; absent without a season."""
    significant: bool
    """Whether that is below 5 %; a season that was given need not be."""
    next_phase: NotRequired[int]
    """The place of the index that holds for the first period ahead; absent without a season."""
    given: int | None
    """The length that the request gave; null where it was to be found."""


class DampedPeriodData(TypedDict):
    """A period whose demand was so far from all other that it is damped."""

    period: int
    """Its place in the history, from 0."""
    actual_demand: float
    """Units."""
    used_demand: float
    """Units that the forecast counts in its place."""


class ForecastData(TypedDict):
    """The forecast of one item."""

    forecast_periods: int
    """Periods ahead."""
    methods: dict[str, list[float]]
    """Expected demand per period ahead, by method; `ensemble` among them, which is the forecast."""
    intervals: dict[str, IntervalData]
    """Of the ensemble, by level in percent: `80` and `95`."""
    confidence: float
    """0 to 1, as `confidence_basis` says."""
    confidence_basis: str
    """The formula of the confidence."""
    trend: TrendData
    """Of the history."""
    seasonality: SeasonalityData
    """Of the history."""
    error: dict[str, float]
    """sMAPE on the hold-out, 0 to 200, by method and of the `ensemble`; empty where the history is too short for one."""
    weights: dict[str, float]
    """Of the methods in the ensemble; their sum is 1."""
    demand_pattern: DemandPattern
    """How regular the demand is; `none` where there was none."""
    history_periods: int
    """Periods of history."""
    scenario_forecasts: NotRequired[dict[Scenario, list[float]]]
    """Expected demand per period ahead, where scenarios were asked for."""


class PeriodStartData(TypedDict, total=False):
    """The start of a period."""

    date: str
    """The first day of the period; absent where no dates are known."""


class ItemDampedPeriodData(DampedPeriodData, PeriodStartData):
    """A period whose demand was so far from all other that it is damped."""


class LeftOutPeriodData(PeriodStartData):
    """A period that is not taken for demand."""

    period: int
    """Its place in the history, from 0."""
    reason: LeftOutReason
    """`no_row` where the record has a gap; else what the request says was then."""


class ItemForecastData(ForecastData):
    """The forecast of one item, with its name and the length of its periods."""

    item_name: str
    """The item's name."""
    days_per_period: float
    """Days; of months their mean."""
    period_unit: str
    """`day`, `week`, `month`, or such as `3 days`."""
    first_period: NotRequired[str | None]
    """The date on which the first period ahead starts; absent where no dates are known."""
    damped_periods: NotRequired[list[ItemDampedPeriodData] | None]
    """Outliers, which count for less than they were; absent without any."""
    left_out_periods: NotRequired[list[LeftOutPeriodData] | None]
    """Periods whose demand counts as unknown; absent without any."""


class AnomalyData(TypedDict):
    """A period with unusual demand."""

    period: int
    """Its place in the history, from 0."""
    actual_demand: float
    """Units."""
    expected_demand: float
    """Units."""
    z_score: float
    """The difference in robust standard deviations; below 0 for too little demand."""
    severity: AnomalySeverity
    """`high` from 6 standard deviations on."""


class ItemAnomalyData(AnomalyData, PeriodStartData):
    """A period with unusual demand, of one item."""

    item_id: str
    """The item's id."""
    item_name: str
    """Its name."""


class ItemSeasonalityData(SeasonalityData):
    """The season of one item's history."""

    item_name: str
    """The item's name."""


class ScenariosData(TypedDict):
    """Demand above and below the forecast of one item, per period ahead."""

    item_name: str
    """The item's name."""
    optimistic: NotRequired[list[float]]
    """Units: 1.2 times the forecast."""
    pessimistic: NotRequired[list[float]]
    """Units: 0.8 times the forecast."""
    worst_case: NotRequired[list[float]]
    """Units: 0.6 times the forecast."""


class ForecastResultsData(TypedDict):
    """The expected demand of items."""

    demand_forecasts: dict[str, ItemForecastData]
    """By the item's id, the most relevant first."""
    forecast_periods: int
    """Periods ahead."""
    counts: dict[str, int]
    """`demand_forecasts`: items with a history to forecast from, also those that are not listed."""
    without_history: NotRequired[list[str]]
    """Names of items that were asked for and have no history; absent without any."""
    anomalies: NotRequired[list[ItemAnomalyData]]
    """Where anomalies were asked for."""
    seasonal_patterns: NotRequired[dict[str, ItemSeasonalityData]]
    """By the item's id, where seasons were asked for."""
    scenario_forecasts: NotRequired[dict[str, ScenariosData]]
    """By the item's id, where scenarios were asked for."""
