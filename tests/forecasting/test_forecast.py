import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd.errors import InvalidMessageError
from streamd.forecasting import Forecast, forecast_demand, scenario_forecasts
from tests.forecasting.series import of_kind

ALWAYS = {"naive", "moving_average", "ensemble"}


def within(forecast: Forecast) -> None:
    """Holds for every forecast: as long as asked, finite, never below 0, and its limits around it."""
    for path in forecast.methods.values():
        assert len(path) == forecast.periods
        assert all(0 <= value < math.inf for value in path)
    narrow, wide = forecast.intervals[80], forecast.intervals[95]
    for step, expected in enumerate(forecast.ensemble):
        assert 0 <= wide.lower[step] <= narrow.lower[step] <= expected
        assert expected <= narrow.upper[step] <= wide.upper[step] < math.inf
    assert math.isclose(sum(forecast.weights.values()), 1)
    assert all(0 <= error <= 200 for error in forecast.error.values())
    assert 0 <= forecast.confidence <= 1


def test_a_straight_line_goes_on() -> None:
    forecast = forecast_demand([10.0 + 3 * t for t in range(40)], 5)
    assert forecast.ensemble == pytest.approx([130, 133, 136, 139, 142], rel=0.01)
    assert forecast.trend.direction == "increasing"
    assert forecast.trend.slope == pytest.approx(3)


def test_an_exact_season_is_repeated() -> None:
    week = [5.0, 8, 12, 9, 20, 31, 14]
    forecast = forecast_demand(week * 8, 14)
    assert forecast.seasonality.season is not None
    assert forecast.seasonality.season.period == 7
    assert forecast.ensemble == pytest.approx(week * 2, rel=0.02)


def test_a_history_that_ends_in_the_middle_of_a_season_goes_on_from_there() -> None:
    quarters = [10.0, 40, 20, 30]
    forecast = forecast_demand((quarters * 8)[:-2], 4)
    assert forecast.ensemble == pytest.approx([20, 30, 10, 40], rel=0.02)
    assert forecast.seasonality.next_phase == 2


def test_falling_demand_is_never_forecast_below_nothing() -> None:
    forecast = forecast_demand([100.0 - 5 * t for t in range(20)], 30)
    within(forecast)
    assert forecast.ensemble[-1] == 0


def test_constant_demand_goes_on_and_was_never_forecast_wrongly() -> None:
    forecast = forecast_demand([7.0] * 20, 3)
    assert forecast.ensemble == pytest.approx([7, 7, 7])
    assert forecast.intervals[95].upper == pytest.approx((7, 7, 7))
    assert set(forecast.error.values()) == {0.0}
    assert forecast.trend.direction == "stable"
    assert forecast.seasonality.season is None


def test_no_demand_at_all_stays_none() -> None:
    forecast = forecast_demand([0.0] * 30, 4)
    within(forecast)
    assert list(forecast.ensemble) == [0, 0, 0, 0]
    assert forecast.kind.pattern == "none"


def test_a_single_period_goes_on_within_wide_limits_and_without_confidence() -> None:
    forecast = forecast_demand([9.0], 2)
    within(forecast)
    assert list(forecast.ensemble) == [9, 9]
    assert forecast.intervals[95].lower[0] < 4
    assert forecast.intervals[95].upper[0] > 14
    assert forecast.error == {}
    assert forecast.confidence == 0


def test_two_equal_periods_prove_nothing() -> None:
    assert forecast_demand([9.0, 9.0], 1).intervals[95].upper[0] > 14


@pytest.mark.parametrize("periods", range(1, 16))
@pytest.mark.parametrize("season", [None, 1, 4, 12])
def test_short_histories_are_forecast_by_what_suits_them(periods: int, season: int | None) -> None:
    forecast = forecast_demand(of_kind("steady", 3, periods), 6, season=season)
    within(forecast)
    assert set(forecast.methods) >= ALWAYS
    assert ("seasonal_naive" in forecast.methods) is (season is not None and season > 1 and periods >= season)


@settings(max_examples=60, deadline=None)
@given(
    history=st.lists(
        st.floats(min_value=0, max_value=1e15) | st.integers(0, 5).map(float) | st.just(0.0),
        min_size=1,
        max_size=40,
    ),
    periods=st.integers(1, 20),
    season=st.none() | st.integers(1, 15),
)
def test_any_demand_is_forecast(history: list[float], periods: int, season: int | None) -> None:
    within(forecast_demand(history, periods, season=season, scenarios=True, anomalies=True))


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ([], "no history"),
        ([1.0, -2.0], "period 1 .* is -2"),
        ([1.0, 2.0, math.nan], "period 2 .* not a number"),
        ([math.inf], "above 1e15"),
        ([-math.inf], "never negative"),
    ],
    ids=repr,
)
def test_what_is_no_demand_is_refused_with_its_place(history: list[float], says: str) -> None:
    with pytest.raises(InvalidMessageError, match=says):
        forecast_demand(history, 3)


def test_a_season_or_horizon_that_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidMessageError, match="season"):
        forecast_demand([1.0, 2.0], 3, season=0)
    with pytest.raises(InvalidMessageError, match="periods ahead"):
        forecast_demand([1.0, 2.0], 0)


def test_all_methods_work_on_ten_years_of_months() -> None:
    forecast = forecast_demand(of_kind("airline", 5, 120), 30)
    within(forecast)
    assert set(forecast.methods) - {"linear_trend"} == {
        *ALWAYS,
        "seasonal_naive",
        "drift",
        "exponential_smoothing",
        "damped_trend",
        "theta",
        "dynamic_theta",
        "holt_winters",
        "holt_winters_multiplicative",
        "holt_winters_log",
    }
    assert set(forecast.error) == set(forecast.methods)
    assert set(forecast.weights) == set(forecast.methods) - {"ensemble"}


def test_a_line_is_only_drawn_through_demand_that_keeps_to_it() -> None:
    assert "linear_trend" in forecast_demand(of_kind("rising", 1, 80), 3).methods
    assert "linear_trend" not in forecast_demand(of_kind("wandering", 1, 80), 3).methods


def test_methods_that_did_much_worse_on_the_hold_out_have_no_say() -> None:
    forecast = forecast_demand(of_kind("seasonal", 5, 120), 12)
    best = max(forecast.weights, key=lambda name: forecast.weights[name])
    assert forecast.error[best] < forecast.error["naive"]
    assert forecast.weights["naive"] == 0


def test_limits_of_wandering_demand_widen_with_time() -> None:
    upper = forecast_demand(of_kind("wandering", 1, 120), 30).intervals[95]
    widths = [high - low for low, high in zip(upper.lower, upper.upper, strict=True)]
    assert widths == sorted(widths)
    assert widths[-1] > 2 * widths[0]


def test_the_same_history_gives_the_same_forecast() -> None:
    history = of_kind("seasonal", 9, 60)
    assert forecast_demand(history, 12) == forecast_demand(list(history), 12)


def test_the_unit_of_the_demand_does_not_matter() -> None:
    history = of_kind("seasonal", 4, 60)
    units = forecast_demand(history, 6).ensemble
    thousands = forecast_demand([value / 1024 for value in history], 6).ensemble
    assert [value * 1024 for value in thousands] == pytest.approx(units)


def test_only_the_newest_of_a_long_history_counts_and_its_season_keeps_its_place() -> None:
    week = [5.0, 8, 12, 9, 20, 31, 14]
    history = [*([1000.0] * 3), *(week * 300)]
    forecast = forecast_demand(history, 7)
    assert forecast.history_periods == len(history)
    assert forecast.ensemble == pytest.approx(week, rel=0.02)
    season = forecast.seasonality.season
    assert season is not None
    assert season.indices.index(max(season.indices)) == (3 + 5) % 7


@pytest.mark.requirement("F")
def test_data_has_the_keys_that_frontends_read() -> None:
    data = forecast_demand(of_kind("seasonal", 2, 60), 4, scenarios=True).as_data("by its errors")
    assert data["forecast_periods"] == 4
    assert data["demand_pattern"] == "smooth"
    methods, intervals, scenarios = data["methods"], data["intervals"], data["scenario_forecasts"]
    assert isinstance(methods, dict)
    assert isinstance(intervals, dict)
    assert isinstance(scenarios, dict)
    assert {len(path) for path in methods.values()} == {4}
    assert {level: set(limits) for level, limits in intervals.items()} == {
        "80": {"lower", "upper"},
        "95": {"lower", "upper"},
    }
    assert set(scenarios) == {"optimistic", "pessimistic", "worst_case"}
    assert set(data) >= {"confidence", "confidence_basis", "trend", "seasonality", "error"}
    trend, seasonality = data["trend"], data["seasonality"]
    assert isinstance(trend, dict)
    assert isinstance(seasonality, dict)
    assert set(trend) == {"direction", "slope", "p_value", "significant"}
    assert set(seasonality) >= {"period", "strength", "indices", "p_value", "model"}


def test_scenarios_are_the_ensemble_times_their_factors() -> None:
    assert scenario_forecasts([10, 20]) == {
        "optimistic": pytest.approx([12, 24]),
        "pessimistic": pytest.approx([8, 16]),
        "worst_case": pytest.approx([6, 12]),
    }
    assert forecast_demand([1.0, 2.0, 3.0], 2).scenarios is None


def test_ten_years_of_months_take_well_under_a_second() -> None:
    history = of_kind("airline", 1, 120)
    took = []
    for _ in range(3):
        started = time.process_time()
        forecast_demand(history, 30, scenarios=True, anomalies=True)
        took.append(time.process_time() - started)
    assert min(took) < 1, "about 0.06 s on the machine it was written on"
