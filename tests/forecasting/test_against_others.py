"""Forecasts of samples of the M3 competition, beside figures of statsforecast that `scripts/bench` recorded."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import attrs
import pytest

from scripts.benchmarks import forecasts
from scripts.benchmarks.forecast_scores import SEASONS, Foretold, SampleSeries, sample, scores
from scripts.benchmarks.forecasts import REGULAR, of_streamd
from scripts.benchmarks.plan import quick
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import report
from streamd.forecasting import forecast_demand
from tests.support.samples import DATA

pytestmark = pytest.mark.long

LEVEL: Final = 1.02
"""Two hundredths are no difference that samples of this size show."""


@cache
def recorded(name: str) -> Mapping[str, Mapping[str, float]]:
    """Metrics by contender, made by `scripts/bench --only forecasts --json tests/data/series/figures.json`."""
    told = json.loads((DATA / "series" / "figures.json").read_text(encoding="utf-8"))
    found: dict[str, dict[str, float]] = {}
    for one in told["measurements"]:
        if one["case"] == name:
            found.setdefault(one["contender"], {})[one["metric"]] = one["value"]
    return found


@cache
def ours(name: str) -> Mapping[str, float]:
    return scores([of_streamd(one, SEASONS[name]) for one in sample(name)], SEASONS[name])


@pytest.mark.parametrize("other", ["AutoETS", "AutoTheta", "AutoARIMA"])
@pytest.mark.parametrize("name", REGULAR)
def test_the_ensemble_is_level_with_the_automatic_methods_of_statsforecast(name: str, other: str) -> None:
    theirs, found = recorded(name)[other], ours(name)
    assert found["mase"] <= LEVEL * theirs["mase"]
    assert found["smape"] <= LEVEL * theirs["smape"]
    assert found["msis"] <= theirs["msis"]


@pytest.mark.parametrize("name", REGULAR)
def test_the_ensemble_is_better_than_ets_and_arima(name: str) -> None:
    theirs = recorded(name)
    assert ours(name)["mase"] < min(theirs["AutoETS"]["mase"], theirs["AutoARIMA"]["mase"])


@pytest.mark.parametrize("name", REGULAR)
@pytest.mark.parametrize("given", [True, False])
def test_intervals_hold_what_they_promise(name: str, given: bool) -> None:
    found = ours(name) if given else scores([found_alone(one) for one in sample(name)], SEASONS[name])
    assert 78 <= found["coverage_80"] <= 84
    assert 93 <= found["coverage_95"] <= 97


def found_alone(series: SampleSeries) -> Foretold:
    """The season is not given."""
    forecast = forecast_demand(series.known, len(series.followed))
    limits = {level: (one.lower, one.upper) for level, one in forecast.intervals.items()}
    return Foretold(series, forecast.ensemble, limits)


@pytest.mark.parametrize("other", ["CrostonSBA", "TSB", "ADIDA", "IMAPA"])
def test_intermittent_demand_is_forecast_as_well_as_by_methods_made_for_it(other: str) -> None:
    theirs, found = recorded("intermittent")[other], ours("intermittent")
    assert found["rmsse"] <= LEVEL * theirs["rmsse"]
    assert found["mase"] <= 1.05 * theirs["mase"]


def test_a_forecast_is_scored_as_the_competitions_do() -> None:
    series = SampleSeries("a", [1.0, 3, 1, 3], [2.0, 4.0])
    found = scores([Foretold(series, [3.0, 4.0], {80: ([2, 5], [3, 6]), 95: ([0, 5], [3, 6])})], 1)
    assert found == {
        "smape": pytest.approx((200 * 1 / 5) / 2),
        "mase": pytest.approx(0.25),
        "rmsse": pytest.approx((0.5 / 4) ** 0.5),
        "coverage_80": 50,
        "coverage_95": 50,
        "msis": pytest.approx(((3 + 1 + 40 * 1) / 2) / 2),
    }


def test_the_bench_shows_a_table_for_each_sample(tmp_path: Path) -> None:
    results = Results()
    forecasts.run(attrs.evolve(quick(tmp_path, tmp_path, 1), series_step=60), results)
    shown = report(results, forecasts.TABLES)
    for name in SEASONS:
        assert f"### Forecasts of {name} demand" in shown
    assert shown.count("\n| streamd |") == len(SEASONS)
