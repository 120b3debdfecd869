import pytest

from streamd.core.analysis.demand_series import DemandSeries, demand_series
from streamd.core.item import ItemId

X, Y = ItemId("x"), ItemId("y")


def series(*rows: tuple[str, float]) -> DemandSeries:
    return demand_series({X: rows})


def test_days_without_a_row_had_no_demand() -> None:
    found = series(("2026-03-01", 5), ("2026-03-04", 2), ("2026-03-02", 1))
    assert (found.values[X], found.days_per_period) == ([5, 1, 0, 2], 1)


def test_rows_of_one_day_are_added_also_with_a_time() -> None:
    assert series(("2026-03-01", 5), ("2026-03-01T12:00:00Z", 2)).values[X] == [7]


def test_every_item_goes_on_to_the_last_date_of_all() -> None:
    found = demand_series({X: [("2026-03-01", 5)], Y: [("2026-03-03", 1)], ItemId("z"): []})
    assert dict(found.values) == {X: [5, 0, 0], Y: [1], ItemId("z"): ()}


def test_dates_that_are_weeks_apart_are_weeks() -> None:
    found = series(("2026-03-02", 5), ("2026-03-09", 1), ("2026-03-23", 2))
    assert (found.values[X], found.days_per_period) == ([5, 1, 0, 2], 7)


def test_dates_on_the_same_day_of_a_month_are_months() -> None:
    found = series(("2025-11-01", 5), ("2025-12-01", 1), ("2026-02-01", 2))
    assert found.values[X] == [5, 1, 0, 2]
    assert found.days_per_period == pytest.approx(30.4375)


def test_quarters_are_quarters_wherever_the_year_begins() -> None:
    found = series(("2025-02-01", 5), ("2025-05-01", 1), ("2025-11-01", 2))
    assert found.values[X] == [5, 1, 0, 2]
    assert found.days_per_period == pytest.approx(91.3125)


def test_four_weeks_in_february_are_not_taken_for_months() -> None:
    found = series(("2026-02-02", 5), ("2026-03-02", 1), ("2026-03-09", 1))
    assert found.days_per_period == 7


def test_one_date_is_a_day_and_none_is_nothing() -> None:
    assert series(("2026-03-01", 5)).days_per_period == 1
    assert demand_series({}).values == {}


def test_rows_that_are_no_date_or_no_figure_are_passed_over() -> None:
    assert series(("soon", 5), ("2026-03-01", float("nan")), ("2026-03-02", 3)).values[X] == [3]


def test_a_date_in_the_far_past_does_not_make_an_endless_history() -> None:
    found = series(("0001-01-01", 5), ("2026-03-01", 3), ("2026-03-02", 4))
    assert len(found.values[X]) == 1500
    assert found.values[X][-2:] == [3, 4]


def test_the_last_days_of_months_are_months() -> None:
    found = series(("2025-11-30", 5), ("2025-12-31", 1), ("2026-02-28", 2))
    assert found.values[X] == [5, 1, 0, 2]
    assert found.days_per_period == pytest.approx(30.4375)
