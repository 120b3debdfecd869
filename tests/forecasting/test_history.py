import random
from statistics import correlation

import pytest

from streamd.errors import InvalidMessageError
from streamd.forecasting import (
    FORECAST_TOPICS,
    find_anomalies,
    forecast_demand,
    seasonal_pattern,
)
from streamd.forecasting._demand_pattern import demand_kind
from streamd.forecasting._season_search import find_season
from streamd.forecasting._significance import f_tail, student_quantile, two_sided
from streamd.forecasting._trend import trend_of
from streamd.language.findings._detailed_forecasts import explain_in_detail
from streamd.language.findings._plain_forecasts import explain_plainly
from tests.forecasting.series import of_kind


@pytest.mark.parametrize(
    ("cycles", "period"), [(8, 4), (6, 7), (5, 12), (4, 24), (3, 52), (9, 3), (7, 9), (8, 2)]
)
def test_the_length_of_a_season_is_found(cycles: int, period: int) -> None:
    chance = random.Random(period)
    cycle = [50 + 100 * k / (period - 1) for k in range(period)]
    chance.shuffle(cycle)
    history = [cycle[t % period] + t / 10 + chance.gauss(0, 5) for t in range(cycles * period + 1)]
    pattern = seasonal_pattern(history)
    assert pattern.season is not None
    assert pattern.season.period == period
    assert pattern.season.strength > 0.8
    assert pattern.next_phase == 1
    assert correlation(pattern.season.indices, cycle) > 0.97


@pytest.mark.parametrize("kind", ["steady", "rising", "wandering", "dependent", "intermittent"])
@pytest.mark.parametrize("periods", [30, 120])
def test_seasons_are_seldom_seen_where_there_are_none(kind: str, periods: int) -> None:
    found = [find_season(of_kind(kind, seed, periods)) for seed in range(40)]
    assert sum(season is not None for season in found) <= 6


def test_a_season_in_percent_is_told_in_ratios_and_one_in_units_in_units() -> None:
    ratios, units = seasonal_pattern(of_kind("airline", 3, 96)), seasonal_pattern(of_kind("seasonal", 3, 96))
    assert ratios.season is not None
    assert units.season is not None
    assert ratios.season.multiplicative
    assert sum(ratios.season.indices) / 12 == pytest.approx(1)
    assert ratios.as_data()["model"] == "multiplicative"
    assert not units.season.multiplicative
    assert sum(units.season.indices) == pytest.approx(0, abs=1e-9)


def test_a_season_that_was_given_but_is_not_there_is_told_as_not_significant() -> None:
    pattern = seasonal_pattern(of_kind("steady", 1, 60), 12)
    assert pattern.as_data()["period"] == 12
    assert pattern.as_data()["significant"] is False


@pytest.mark.parametrize(("history", "season"), [([], None), ([1.0] * 5, 4), ([3.0] * 40, None)], ids=repr)
def test_without_a_season_its_period_is_null(history: list[float], season: int | None) -> None:
    assert seasonal_pattern(history, season).as_data()["period"] is None


def test_one_odd_december_is_no_season() -> None:
    history = of_kind("steady", 8, 60)
    history[47] *= 8
    assert find_season(history) is None


def test_the_trend_test_is_that_of_the_books() -> None:
    """Ties and all: S = 33, variance 121.67 without the ties of one pair, and the median of 45 slopes."""
    history = [1.0, 2, 2, 4, 3, 5, 6, 5.5, 7, 9]
    trend = trend_of(history)
    assert trend.direction == "increasing"
    slopes = sorted((b - a) / (j - i) for i, a in enumerate(history) for j, b in enumerate(history) if j > i)
    assert trend.slope == pytest.approx(slopes[22])
    score = sum((b > a) - (b < a) for i, a in enumerate(history) for b in history[i + 1 :])
    variance = (10 * 9 * 25 - 2 * 1 * 9) / 18
    assert trend.p_value == pytest.approx(two_sided((score - 1) / variance**0.5))


def test_trends_are_seldom_seen_where_there_are_none() -> None:
    seen = [trend_of(of_kind("steady", seed, 40)).direction != "stable" for seed in range(100)]
    assert sum(seen) <= 12


def test_the_season_does_not_hide_the_trend() -> None:
    history = [value - 1.5 * t for t, value in enumerate(of_kind("seasonal", 6, 72))]
    pattern = seasonal_pattern(history, 12)
    trend = trend_of(history, pattern.season)
    assert trend.direction == "decreasing"
    assert trend.slope == pytest.approx(-1, abs=0.2)


@pytest.mark.parametrize("periods", [0, 1, 2, 3])
def test_a_few_periods_show_no_trend(periods: int) -> None:
    trend = trend_of([float(t) for t in range(periods)])
    assert (trend.direction, trend.p_value) == ("stable", 1.0)


def test_the_slope_of_a_long_history_is_still_per_period() -> None:
    assert trend_of([2.0 * t for t in range(2000)]).slope == pytest.approx(2)


@pytest.mark.parametrize("at", [0, 1, 30, 58, 59])
@pytest.mark.parametrize("factor", [0.3, 2.5])
def test_an_odd_period_is_found_wherever_it_is(at: int, factor: float) -> None:
    history = of_kind("seasonal", 12, 60)
    usual = history[at]
    history[at] = usual * factor
    (worst, *_) = sorted(find_anomalies(history), key=lambda one: -abs(one.z_score))
    assert worst.period == at
    assert worst.actual == usual * factor
    assert worst.expected == pytest.approx(usual, rel=0.35)
    assert (worst.z_score > 0) is (factor > 1)
    assert worst.severity == "high"


@pytest.mark.parametrize("kind", ["steady", "rising", "wandering", "dependent", "seasonal", "intermittent"])
def test_anomalies_are_rare_where_there_are_none(kind: str) -> None:
    found = [find_anomalies(of_kind(kind, seed, 60)) for seed in range(30)]
    assert sum(map(len, found)) <= 30 * 60 * 0.015


def test_a_spike_in_constant_demand_stands_out_and_nothing_else_does() -> None:
    (spike,) = find_anomalies([5.0] * 20 + [50.0] + [5.0] * 10)
    assert spike.as_data() == {
        "period": 20,
        "actual_demand": 50,
        "expected_demand": 5,
        "z_score": spike.as_data()["z_score"],
        "severity": "high",
    }


@pytest.mark.parametrize("history", [[], [1.0], [1.0, 90.0, 1.0], [4.0] * 50, [0.0] * 50], ids=len)
def test_nothing_stands_out_where_nothing_is_usual_or_nothing_varies(history: list[float]) -> None:
    assert find_anomalies(history) == ()


def test_demand_after_a_pause_is_no_anomaly_but_a_huge_one_is() -> None:
    history = [0.0, 0.0, 4.0, 0.0, 5.0, 0.0, 0.0, 6.0, 0.0, 5.0] * 4
    assert find_anomalies(history, 1) == ()
    history[14] = 500.0
    assert [one.period for one in find_anomalies(history, 1)] == [14]


def test_anomalies_in_what_is_no_demand_are_refused() -> None:
    with pytest.raises(InvalidMessageError, match="negative"):
        find_anomalies([1.0, -1.0])


@pytest.mark.parametrize(
    ("history", "pattern"),
    [
        ([5.0, 6, 5, 4] * 3, "smooth"),
        ([1.0, 1, 1, 20] * 3, "erratic"),
        ([0.0, 0, 5, 0, 6, 0] * 3, "intermittent"),
        ([0.0, 0, 1, 0, 30, 1] * 3, "lumpy"),
        ([0.0] * 5, "none"),
        ([], "none"),
    ],
    ids=repr,
)
def test_demand_is_classified_by_its_interval_and_variation(history: list[float], pattern: str) -> None:
    assert demand_kind(history).pattern == pattern


def test_intermittent_demand_is_forecast_near_its_mean_rate_by_methods_made_for_it() -> None:
    history = of_kind("intermittent", 2, 200)
    mean = sum(history) / len(history)
    methods = forecast_demand(history, 3).methods
    for name in ("croston_sba", "tsb"):
        assert methods[name][0] == pytest.approx(mean, rel=0.5)
    assert "croston_sba" not in forecast_demand(of_kind("steady", 2, 60), 3).methods


def test_what_is_not_asked_for_any_more_is_forgotten_by_tsb_but_not_by_croston() -> None:
    methods = forecast_demand([0.0, 8, 0, 9, 0, 7, 0, 8, 0, 9, 0, 8] + [0.0] * 30, 1).methods
    assert methods["tsb"][0] < 0.6 * methods["croston_sba"][0]


def test_quantiles_and_tails_are_those_of_the_tables() -> None:
    assert student_quantile(0.975, 10) == pytest.approx(2.228, abs=0.002)
    assert student_quantile(0.9, 4) == pytest.approx(1.533, abs=0.005)
    assert f_tail(4.103, 2, 10) == pytest.approx(0.05, abs=1e-4)
    assert f_tail(2.353, 11, 24) == pytest.approx(0.0391, abs=2e-3)
    assert f_tail(0, 3, 3) == 1
    assert two_sided(1.96) == pytest.approx(0.05, abs=1e-4)


def test_the_explanation_names_what_was_found() -> None:
    history = of_kind("seasonal", 12, 96)
    history[40] *= 3
    forecast = forecast_demand(history, 12, scenarios=True, anomalies=True)
    text = " ".join(explain_in_detail(forecast, "Copper Wire"))
    for part in (
        "Copper Wire",
        "next 12 periods",
        "sMAPE",
        "Mann-Kendall p",
        "every 12 periods",
        "95 %",
        "period 41",
        "worst case",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ([4.0], "no method could be tested"),
        ([0.0] * 12, "no demand at all"),
        ([6.0] * 12, "never off"),
        ([0.0, 0, 5, 0, 6, 0] * 4, "only now and then"),
        ([1.0, 5, 2, 8, 3], "no significant trend"),
    ],
    ids=repr,
)
def test_the_explanation_is_as_modest_as_the_history(history: list[float], says: str) -> None:
    text = " ".join(explain_in_detail(forecast_demand(history, 2), "It"))
    assert says.casefold() in text.casefold()


def test_sentences_are_chosen_by_topic_and_not_by_their_words() -> None:
    forecast = forecast_demand([5.0, 7.0, 6.0, 8.0, 5.0, 7.0, 6.0, 8.0], 2, anomalies=True)
    assert explain_plainly(forecast, "Seasoning", "week", ["season"]) == []
    assert explain_in_detail(forecast, "Seasoning", ["anomalies"]) == ["No period of the history stands out."]
    whole = explain_plainly(forecast, "Seasoning", "week")
    assert [
        text for topic in FORECAST_TOPICS for text in explain_plainly(forecast, "Seasoning", "week", [topic])
    ] == whole
