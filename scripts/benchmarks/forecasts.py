"""How near forecasts come to what followed, beside the methods of statsforecast, on samples of the M3 competition."""

import importlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from types import ModuleType

from scripts.benchmarks.contenders import STREAMD
from scripts.benchmarks.forecast_scores import LEVELS, SEASONS, Foretold, SampleSeries, sample, scores
from scripts.benchmarks.plan import Plan
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table
from streamd.forecasting import forecast_demand

BENCH = "forecasts"
REGULAR = ("yearly", "quarterly", "monthly")

_METHODS = ("AutoETS", "AutoTheta", "DynamicOptimizedTheta", "AutoARIMA")
_METHODS_WHEN_SPARSE = ("CrostonSBA", "TSB", "ADIDA", "IMAPA")
_TSB = {"alpha_d": 0.1, "alpha_p": 0.1}

Forecaster = Callable[[SampleSeries, int], Foretold]


def run(plan: Plan, results: Results) -> None:
    results.remark("Forecasts come out alike every time, so each series was forecast once.")
    models = _statsforecast()
    if models is None:
        results.remark("statsforecast is not installed: there is nothing to compare forecasts with.")
    else:
        results.remark(f"statsforecast {version('statsforecast')}.")
    for name, season in SEASONS.items():
        series = sample(name)[:: plan.series_step]
        for contender, forecaster in _contenders(name, models).items():
            print(f"forecasts {name} {contender}", file=sys.stderr)
            forecaster(series[0], season)  # what is compiled or imported the first time is not counted
            started = time.process_time()
            told = [forecaster(one, season) for one in series]
            took = time.process_time() - started
            results.record(BENCH, name, contender, **scores(told, season), ms=1000 * took / len(series))


def of_streamd(series: SampleSeries, season: int) -> Foretold:
    """The ensemble, with the season given as it is to the others."""
    forecast = forecast_demand(series.known, len(series.followed), season=season)
    limits = {level: (one.lower, one.upper) for level, one in forecast.intervals.items()}
    return Foretold(series, forecast.ensemble, limits)


def _statsforecast() -> ModuleType | None:
    try:
        return importlib.import_module("statsforecast.models")
    except ImportError:
        return None


def _contenders(name: str, models: ModuleType | None) -> Mapping[str, Forecaster]:
    methods = _METHODS if name in REGULAR else _METHODS_WHEN_SPARSE
    return {STREAMD: of_streamd} | {
        method: _of_statsforecast(models, method) for method in methods if models is not None
    }


def _of_statsforecast(models: ModuleType, method: str) -> Forecaster:
    numpy = importlib.import_module("numpy")

    def forecast(series: SampleSeries, season: int) -> Foretold:
        ahead, known = len(series.followed), numpy.array(series.known)
        if method in _METHODS:
            found = getattr(models, method)(season_length=season).forecast(y=known, h=ahead, level=[*LEVELS])
        else:
            found = getattr(models, method)(**(_TSB if method == "TSB" else {})).forecast(y=known, h=ahead)
        limits: Mapping[int, tuple[Sequence[float], Sequence[float]]] = {
            level: (found[f"lo-{level}"].tolist(), found[f"hi-{level}"].tolist())
            for level in LEVELS
            if f"lo-{level}" in found
        }
        return Foretold(series, found["mean"].tolist(), limits)

    return forecast


_COLUMNS = {
    "smape": ("sMAPE", 2),
    "mase": ("MASE", 3),
    "rmsse": ("RMSSE", 3),
    "coverage_80": ("in 80 %", 1),
    "coverage_95": ("in 95 %", 1),
    "msis": ("MSIS", 2),
    "ms": ("CPU ms a series", 1),
}


TABLES = tuple(
    Table(
        f"Forecasts of {name} demand",
        BENCH,
        tuple(
            Column(heading, name, metric, digits=digits)
            for metric, (heading, digits) in _COLUMNS.items()
            if metric not in (("rmsse",) if name in REGULAR else ("smape",))
        ),
    )
    for name in SEASONS
)
