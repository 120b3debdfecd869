import pytest

from streamd.forecasting import forecast_demand
from tests.forecasting.series import KINDS, of_kind

pytestmark = pytest.mark.long


@pytest.mark.parametrize("kind", KINDS)
def test_intervals_cover_what_they_claim(kind: str) -> None:
    known, ahead, series = 72, 12, 40
    covered = {80: 0, 95: 0}
    for seed in range(series):
        values = of_kind(kind, seed, known + ahead)
        forecast = forecast_demand(values[:known], ahead)
        for level, interval in forecast.intervals.items():
            covered[level] += sum(
                low <= value <= high
                for low, value, high in zip(interval.lower, values[known:], interval.upper, strict=True)
            )
    assert 0.70 <= covered[80] / (series * ahead) <= 0.95
    assert 0.88 <= covered[95] / (series * ahead) <= 0.99


@pytest.mark.parametrize("kind", ["seasonal", "airline", "rising"])
def test_the_ensemble_is_better_than_naive_where_there_is_something_to_see(kind: str) -> None:
    known, ahead = 96, 12
    wrong = {"naive": 0.0, "ensemble": 0.0}
    for seed in range(15):
        values = of_kind(kind, seed, known + ahead)
        methods = forecast_demand(values[:known], ahead).methods
        for name in wrong:
            wrong[name] += sum(abs(a - e) for a, e in zip(values[known:], methods[name], strict=True))
    assert wrong["ensemble"] < 0.9 * wrong["naive"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_ensemble_is_nearly_as_good_as_the_method_that_is_best_afterwards(kind: str) -> None:
    known, ahead, series = 72, 12, 15
    wrong: dict[str, float] = {}
    for seed in range(series):
        values = of_kind(kind, seed, known + ahead)
        for name, path in forecast_demand(values[:known], ahead, season=12).methods.items():
            wrong[name] = wrong.get(name, 0) + sum(
                abs(a - e) for a, e in zip(values[known:], path, strict=True)
            )
    assert wrong["ensemble"] <= 1.2 * min(wrong[name] for name in ("naive", "theta", "holt_winters"))
