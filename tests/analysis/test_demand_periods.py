"""Dated rows of demand become a number a period."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.analysis.demand_periods import DemandSeries, on_one_scale
from streamd.analysis.demand_periods import series_of as series_of_items
from streamd.analysis.period import DAILY, Period
from streamd.core.item import ItemId


def series_of(rows_by_item: dict[str, list[tuple[str, float]]]) -> dict[str, DemandSeries]:
    found = series_of_items({ItemId(item_id): rows for item_id, rows in rows_by_item.items()})
    return {str(item_id): series for item_id, series in found.items()}


def rows(*dates: str) -> list[tuple[str, float]]:
    return [(day, 1.0) for day in dates]


@pytest.mark.parametrize(
    ("dates", "period"),
    [
        (["2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"], Period(months=1)),
        (["2026-01-01", "2026-04-01", "2026-10-01"], Period(months=3)),
        (["2024-01-01", "2025-01-01", "2026-01-01"], Period(months=12)),
        (["2026-01-05", "2026-01-12", "2026-01-26"], Period(days=7)),
        (["2026-01-05", "2026-01-06", "2026-01-26"], Period(days=1)),
        (["2026-01-05"], Period(days=1)),
    ],
)
def test_how_long_periods_are_is_told_by_the_dates(dates: list[str], period: Period) -> None:
    assert series_of({"a": rows(*dates)})["a"].period == period


MONTH_ENDS = [
    (date(2023 + at // 12, at % 12 + 1, 1) + timedelta(40)).replace(day=1) - timedelta(1) for at in range(30)
]


def weeks_4_4_5(first: date, pattern: tuple[int, int, int]) -> list[date]:
    found = [first]
    for at in range(29):
        found.append(found[-1] + timedelta(7 * pattern[at % 3]))
    return found


def on_a_weekday(day: date, step: int) -> date:
    while day.weekday() > 4:
        day += timedelta(step)
    return day


@pytest.mark.parametrize(
    ("dates", "unit"),
    [
        (MONTH_ENDS, "month"),
        ([day.replace(day=15) for day in MONTH_ENDS], "month"),
        ([day.replace(day=min(30, day.day)) for day in MONTH_ENDS], "month"),
        ([on_a_weekday(day, -1) for day in MONTH_ENDS], "month"),
        ([on_a_weekday(day.replace(day=1), 1) for day in MONTH_ENDS], "month"),
        (weeks_4_4_5(date(2023, 1, 2), (4, 4, 5)), "month"),
        (weeks_4_4_5(date(2023, 1, 28), (4, 4, 5)), "month"),
        (weeks_4_4_5(date(2023, 1, 2), (5, 4, 4)), "month"),
        (MONTH_ENDS[2::3], "quarter"),
        ([date(year, 12, 31) for year in range(2012, 2025)], "year"),
        ([date(2024, 1, 5) + timedelta(7 * at + (at % 5 == 0)) for at in range(30)], "week"),
        ([date(2024, 1, 5) + timedelta(28 * at) for at in range(30)], "28 days"),
        ([date(2024, 1, 5) + timedelta(14 * at) for at in range(30)], "14 days"),
        ([date(2024, 1, 5) + timedelta(at) for at in range(30)], "day"),
    ],
)
def test_demand_by_its_spacing_has_one_row_a_period(dates: list[date], unit: str) -> None:
    found = series_of({"a": [(day.isoformat(), 10.0) for day in dates]})["a"]
    assert found.period.unit == unit
    assert found.quantities == (10.0,) * len(dates)
    assert found.missing == ()
    assert found.next_start is not None
    assert found.next_start - timedelta(found.period.length_days * 1.1) <= dates[-1]


@pytest.mark.parametrize("gone", [(5,), (5, 6, 17)])
def test_a_gap_in_a_record_is_missing_and_not_zero(gone: tuple[int, ...]) -> None:
    for dates in (MONTH_ENDS, weeks_4_4_5(date(2023, 1, 2), (4, 4, 5))):
        kept = [day for at, day in enumerate(dates) if at not in gone]
        found = series_of({"a": [(day.isoformat(), 10.0) for day in kept]})["a"]
        assert found.missing == gone
        assert set(found.quantities) == {10.0}


def test_a_zero_in_the_file_is_no_demand_and_makes_it_a_record_of_days() -> None:
    days = [date(2024, 1, 1) + timedelta(at) for at in range(21)]
    open_days = [day for day in days if day.weekday() != 6 and day != date(2024, 1, 10)]
    quantities = [0.0 if day == date(2024, 1, 3) else 4.0 for day in open_days]
    found = series_of(
        {"a": [(day.isoformat(), sold) for day, sold in zip(open_days, quantities, strict=True)]}
    )
    assert found["a"].missing == (9,)
    assert [at for at, sold in enumerate(found["a"].quantities) if sold == 0] == [2, 6, 13]


def test_a_day_that_is_gone_from_steady_sales_is_missing_and_one_of_changing_sales_is_not() -> None:
    days = [str(date(2024, 1, 1) + timedelta(at)) for at in range(40) if at not in (12, 30)]
    steady = series_of({"a": [(day, 90.0 + at % 20) for at, day in enumerate(days)]})["a"]
    changing = series_of({"a": [(day, 1.0 + at % 6) for at, day in enumerate(days)]})["a"]
    assert steady.missing == (12, 30)
    assert steady.quantities[12] == pytest.approx(101.5)
    assert changing.missing == ()
    assert changing.quantities[12] == 0


def test_rows_of_other_ages_are_left_out_quickly() -> None:
    found = series_of({"a": [("1066-10-14", 5.0), *((f"2026-01-{day:02}", 5.0) for day in range(1, 31))]})[
        "a"
    ]
    assert sum(found.quantities) == 150
    assert len(found.quantities) <= 1_500


def test_months_with_demand_now_and_then_are_no_record_with_gaps() -> None:
    found = series_of({"a": rows(*(str(MONTH_ENDS[at]) for at in (0, 3, 4, 11, 13, 14)))})["a"]
    assert found.missing == ()
    assert sum(found.quantities) == 6
    assert len(found.quantities) == 15


def test_returns_reduce_the_demand_of_their_period_and_of_those_before() -> None:
    found = series_of(
        {
            "a": [
                ("2026-01-31", 10.0),
                ("2026-02-28", 10.0),
                ("2026-03-31", -4.0),
                ("2026-04-30", 12.0),
                ("2026-04-30", -2.0),
            ]
        }
    )["a"]
    assert found.quantities == (10.0, 6.0, 0.0, 10.0)


def test_periods_without_a_row_had_no_demand_and_rows_of_one_period_are_added_up() -> None:
    found = series_of(
        {"a": [("2026-01-05", 2.0), ("2026-01-05", 3.0), ("2026-01-06", 1.0), ("2026-01-09", 4.0)]}
    )
    assert found["a"].quantities == (5.0, 1.0, 0.0, 0.0, 4.0)
    assert found["a"].first == date(2026, 1, 5)
    assert found["a"].next_start == date(2026, 1, 10)


def test_an_item_recorded_sale_by_sale_had_no_demand_since_its_last_one() -> None:
    found = series_of(
        {
            "sold now and then": rows("2026-01-01", "2026-01-03"),
            "recorded day by day": rows("2026-01-01", "2026-01-02"),
            "newest": rows("2026-01-06"),
        }
    )
    assert list(found["sold now and then"].quantities) == [1, 0, 1, 0, 0, 0]
    assert list(found["recorded day by day"].quantities) == [1, 1]


def test_an_item_with_enough_rows_tells_its_own_periods() -> None:
    months = [f"2026-{month:02}-01" for month in range(1, 8)]
    found = series_of({"monthly": rows(*months), "daily": rows("2026-01-01", "2026-01-02", "2026-01-03")})
    assert found["monthly"].period.unit == "month"
    assert len(found["monthly"].quantities) == 7
    assert found["daily"].period.unit == "day"


def test_rows_that_say_nothing_are_left_out() -> None:
    found = series_of(
        {"a": [("soon", 1.0), ("2026-01-01", float("nan")), ("2026-01-02", 3.0)], "b": [("", 1.0)]}
    )
    assert found["a"].quantities == (3.0,)
    assert set(found) == {"a"}


def test_a_month_is_as_long_as_the_mean_of_months() -> None:
    assert Period(months=12).length_days == 365.25
    assert Period(days=7).length_days == 7


def test_series_of_other_periods_are_moved_to_the_usual_one_with_mean_and_deviation() -> None:
    daily, weekly = DemandSeries((1.0, 3.0)), DemandSeries((70.0, 70.0), Period(days=7))
    found, days = on_one_scale({ItemId("a"): daily, ItemId("b"): daily, ItemId("c"): weekly})
    assert days == DAILY.length_days
    assert list(found[ItemId("a")]) == [1.0, 3.0]
    assert list(found[ItemId("c")]) == [10.0, 10.0]
    assert on_one_scale({}) == ({}, 1.0)


@given(
    st.lists(st.tuples(st.integers(0, 4_000), st.floats(0, 1e6)), min_size=1, max_size=40),
    st.sampled_from([1, 7]),
)
def test_nothing_is_lost_but_what_is_too_old(days: list[tuple[int, float]], step: int) -> None:
    start = date(2015, 1, 5)
    found = series_of(
        {"a": [((start + timedelta(day * step)).isoformat(), quantity) for day, quantity in days]}
    )["a"]
    assert len(found.quantities) <= 1_500
    newest = max(day for day, _ in days) * step
    kept = sum(quantity for day, quantity in days if newest - day * step < 1_400 * found.period.days)
    assert sum(found.quantities) >= kept * (1 - 1e-9) - 1e-6
    assert found.next_start is not None
    assert found.next_start > start + timedelta(newest)
