"""Histories with outliers, gaps and sudden ends."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd.errors import InvalidMessageError
from streamd.forecasting import forecast_demand
from tests.forecasting.series import KINDS, of_kind


def highest(history: list[float], periods: int = 30, season: int | None = None) -> float:
    """Of all methods."""
    methods = forecast_demand(history, periods, season=season).methods
    return max(max(path) for path in methods.values())


@pytest.mark.parametrize("before", [3, 4, 6, 7, 8, 12, 24, 60, 200])
def test_a_spike_in_the_last_period_is_damped_in_histories_of_any_length(before: int) -> None:
    history = [*([50.0] * before), 5_000.0]
    forecast = forecast_demand(history, 12)
    (spike,) = forecast.outliers
    assert (spike.period, spike.actual, spike.used) == (before, 5_000, 75)
    assert max(max(path) for path in forecast.methods.values()) <= 150


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("periods", [20, 60])
@pytest.mark.parametrize("season", [None, 12])
def test_a_spike_leads_no_method_beyond_what_else_was_seen(
    kind: str, periods: int, season: int | None
) -> None:
    usual = of_kind(kind, 3, periods)
    assert highest([*usual, 100 * max(usual)], season=season) < 3 * max(usual)


@pytest.mark.parametrize("at", [0, 5, 19])
def test_a_spike_is_damped_wherever_it_is(at: int) -> None:
    history = [50.0 + place % 3 for place in range(21)]
    history[at] = 5_000.0
    forecast = forecast_demand(history, 3)
    assert [one.period for one in forecast.outliers] == [at]
    assert forecast.ensemble == pytest.approx([51, 51, 51], rel=0.1)


def test_two_odd_periods_are_damped_and_three_are_a_new_level() -> None:
    two = forecast_demand([*([50.0] * 24), 500.0, 500.0], 3)
    level = forecast_demand([*([50.0] * 24), *([500.0] * 6)], 3)
    assert [one.period for one in two.outliers] == [24, 25]
    assert max(two.ensemble) < 100
    assert level.outliers == ()
    assert min(level.ensemble) > 350


@pytest.mark.parametrize(
    "history",
    [
        [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0],
        [float(2**at) for at in range(14)],
        [5.0, 7.0, 6.0, 8.0, 20.0],
        [1.0] * 10 + [2.0],
        [100.0, 120.0] * 12,
        of_kind("airline", 3, 60),
        of_kind("intermittent", 3, 60),
    ],
    ids=len,
)
def test_growth_and_usual_variation_are_not_damped(history: list[float]) -> None:
    assert forecast_demand(history, 3).outliers == ()


def test_demand_of_intermittent_items_is_damped_by_the_size_of_demands() -> None:
    few = [0.0, 0, 50, 0, 48, 0, 0, 52, 0, 51, 0, 0, 5_000]
    (spike,) = forecast_demand(few, 3).outliers
    assert (spike.period, spike.actual) == (12, 5_000)
    assert spike.used < 100


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1e6), min_size=2, max_size=40), st.integers(1, 400), st.none() | st.integers(1, 13)
)
def test_no_method_leaves_what_was_seen_by_more_than_five_times(
    history: list[float], periods: int, season: int | None
) -> None:
    assert highest(history, periods, season) <= 5 * max(history) * (1 + 1e-9)


def test_a_trend_is_believed_for_as_long_as_it_was_seen() -> None:
    forecast = forecast_demand([10.0 + at for at in range(20)], 100)
    assert forecast.ensemble[19] == pytest.approx(49, rel=0.05)
    assert forecast.ensemble[99] == forecast.ensemble[19]


@pytest.mark.parametrize("unknown", [(0,), (7,), (0, 1, 20, 21, 22, 47), (46, 47)])
def test_unknown_periods_are_no_demand_of_0_and_keep_the_season(unknown: tuple[int, ...]) -> None:
    year = [10.0, 12, 20, 24, 30, 40, 42, 30, 25, 20, 15, 11]
    history = [0.0 if at in unknown else value for at, value in enumerate(year * 4)]
    forecast = forecast_demand(history, 12, unknown=unknown)
    assert forecast.history_periods == 48
    assert forecast.seasonality.season is not None
    assert forecast.seasonality.season.period == 12
    assert forecast.ensemble == pytest.approx(year, rel=0.06)


def test_the_values_of_unknown_periods_do_not_count() -> None:
    history = of_kind("seasonal", 4, 60)
    other = [1e9 if at in (3, 17, 59) else value for at, value in enumerate(history)]
    assert forecast_demand(history, 6, unknown=(3, 17, 59)) == forecast_demand(other, 6, unknown=(3, 17, 59))


def test_unknown_periods_of_intermittent_demand_are_left_out() -> None:
    history = of_kind("intermittent", 2, 60)
    gaps = [*history[:20], *([0.0] * 10), *history[20:]]
    forecast = forecast_demand(gaps, 3, unknown=range(20, 30), anomalies=True)
    assert forecast.ensemble == forecast_demand(history, 3).ensemble
    assert forecast.history_periods == 70


def test_anomalies_of_a_history_with_gaps_keep_their_places() -> None:
    history = [*([0.0] * 4), *(value for _ in range(10) for value in (0.0, 5.0, 0.0, 6.0)), 0.0, 900.0]
    forecast = forecast_demand(history, 3, season=1, unknown=range(4), anomalies=True)
    assert forecast.anomalies is not None
    assert [one.period for one in forecast.anomalies] == [45]
    assert [one.period for one in forecast.outliers] == [45]


def test_a_history_of_which_nothing_is_known_is_refused() -> None:
    with pytest.raises(InvalidMessageError, match="no history"):
        forecast_demand([1.0, 2.0], 3, unknown=(0, 1))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1e6) | st.just(0.0), min_size=2, max_size=40),
    st.sets(st.integers(0, 39), max_size=20),
    st.none() | st.integers(1, 13),
)
def test_any_demand_with_gaps_is_forecast(history: list[float], gaps: set[int], season: int | None) -> None:
    unknown = {place for place in gaps if place < len(history)}
    if len(unknown) == len(history):
        unknown.remove(0)
    forecast = forecast_demand(history, 5, season=season, unknown=unknown, anomalies=True)
    narrow, wide = forecast.intervals[80], forecast.intervals[95]
    for step, expected in enumerate(forecast.ensemble):
        assert (
            0 <= wide.lower[step] <= narrow.lower[step] <= expected <= narrow.upper[step] <= wide.upper[step]
        )
    assert not {one.period for one in forecast.outliers} & unknown
