"""Histories with outliers, gaps and sudden ends."""

import math
import random
from collections.abc import Mapping, Sequence
from typing import Final

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from streamd.errors import InvalidMessageError
from streamd.forecasting import Forecast, forecast_demand, usable_demand
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


def poisson(rate: float, seed: int, n: int) -> list[float]:
    """As many arrivals in each period as exponential distances leave room for."""
    chance, found, at = random.Random(seed), [0.0] * n, 0.0
    while (at := at + chance.expovariate(rate)) < n:
        found[int(at)] += 1
    return found


@pytest.mark.parametrize("rate", [0.1, 0.3, 0.7, 1.5, 3])
def test_the_tail_of_single_arrivals_is_no_outlier(rate: float) -> None:
    found = [usable_demand(poisson(rate, seed, 365)).outliers for seed in range(20)]
    assert sum(map(len, found)) <= 2


YEAR: Final = [100.0, 90, 110, 120, 100, 95, 80, 70, 130, 150, 200, 900]


@pytest.mark.parametrize("at", [3, 35, 40, 47])
@pytest.mark.parametrize("season", [None, 12])
def test_a_spike_hides_no_season_and_peaks_that_come_again_are_none(at: int, season: int | None) -> None:
    history = [value + place % 5 for place, value in enumerate(YEAR * 4)]
    assert forecast_demand(history, 1, season=season).outliers == ()
    history[at] = 90_000.0
    forecast = forecast_demand(history, 12, season=season)
    assert [one.period for one in forecast.outliers] == [at]
    assert forecast.ensemble == pytest.approx(YEAR, rel=0.2)
    assert [one.period for one in usable_demand(history).outliers] == [at]


def test_what_comes_three_times_is_demand() -> None:
    history = [50.0 + place % 3 for place in range(60)]
    for at in (10, 25, 44):
        history[at] = 5_000.0
    assert usable_demand(history).quantities == history
    assert forecast_demand(history, 3, season=1).outliers == ()


@pytest.mark.parametrize("before", [4, 8, 12, 24])
@pytest.mark.parametrize("factor", [0.1, 3.0, 10.0])
def test_a_level_of_three_periods_is_followed(before: int, factor: float) -> None:
    history = [50.0 + place % 3 for place in range(before)]
    forecast = forecast_demand([*history, *([50.0 * factor] * 3)], 3)
    assert forecast.outliers == ()
    assert forecast.ensemble[0] == pytest.approx(50 * factor, abs=0.12 * 50 * abs(factor - 1))


def sound(forecast: Forecast, history: Sequence[float]) -> None:
    """Finite, ordered, and no method beyond six times what was seen."""
    for path in forecast.methods.values():
        assert all(0 <= value <= 6 * max(history) for value in path)
    narrow, wide = forecast.intervals[80], forecast.intervals[95]
    for limits in zip(wide.lower, narrow.lower, forecast.ensemble, narrow.upper, wide.upper, strict=True):
        assert list(limits) == sorted(limits)
        assert limits[0] >= 0
        assert limits[-1] < math.inf


PLACES: Final[Mapping[str, Sequence[int]]] = {
    "first": (0,), "second": (1,), "last": (-1,), "second last": (-2,), "last two": (-2, -1), "first two": (0, 1),
    "first and last": (0, -1), "in the middle": (12,), "none": (),
}  # fmt: skip


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from(sorted(KINDS)),
    st.integers(0, 9),
    st.integers(20, 50),
    st.sampled_from(sorted(PLACES)),
    st.sampled_from([1e-6, 1.0, 1e9]),
    st.sets(st.integers(2, 10), max_size=4),
)
def test_spikes_anywhere_in_demand_of_any_kind_and_size_lead_no_method_away(
    kind: str, seed: int, periods: int, where: str, unit: float, unknown: set[int]
) -> None:
    usual = [value * unit for value in of_kind(kind, seed, periods)]
    history = list(usual)
    for place in PLACES[where]:
        history[place] = 100 * max(usual)
    odd = {place % periods for place in PLACES[where]}
    assume(sum(value > 0 for at, value in enumerate(usual) if at not in unknown | odd) >= 4)
    forecast = forecast_demand(history, 8, unknown=unknown)
    sound(forecast, usual)
    assert not unknown & {one.period for one in forecast.outliers}


@pytest.mark.parametrize(
    "history",
    [
        [0.0], [7.0], [0.0, 9.0], [9.0, 0.0], [0.0] * 40, [1e15] * 20, [1e-9, 2e-9, 3e-9] * 6, [*([1e-8] * 20), 1e15],
        [*([0.0] * 100), 50.0, *([0.0] * 20)], [*([0.0] * 50), *([5.0, 6.0, 7.0] * 5)], [5.0, *([0.0] * 60)],
        [*([0.0] * 50), 5.0, 6.0, 7.0], [1e15, 0.0] * 10, [3.0, 1e15, 3.0, 4.0], [1.0, 1e6, 1e-6] * 4,
    ],
    ids=lambda history: f"{history[0]:g} to {history[-1]:g}, {len(history)}",
)  # fmt: skip
@pytest.mark.parametrize("season", [None, 1, 12])
def test_constants_zeros_and_numbers_of_all_sizes_are_forecast(
    history: list[float], season: int | None
) -> None:
    sound(forecast_demand(history, 30, season=season), history)


@pytest.mark.parametrize("at", [0, 1, 12, 22, 23])
def test_figures_of_demand_count_a_spike_as_forecasts_do(at: int) -> None:
    history = [50.0 + place % 3 for place in range(24)]
    history[at] = 5_000.0
    usable = usable_demand(history, unknown={5})
    assert usable.outliers == forecast_demand(history, 3, unknown={5}).outliers
    assert len(usable.quantities) == 23
    assert max(usable.quantities) < 80
    assert usable_demand(history[:at]).quantities == history[:at]


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
