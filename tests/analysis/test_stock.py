import math
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.analysis.costs import StockCosts
from streamd.analysis.stock import StockAnalysis, analyze_stock
from streamd.analysis.stock_payloads import stock_results
from streamd.core.item import Item, ItemId, item_of
from streamd.core.values import Value
from streamd.errors import InvalidMessageError
from streamd.language.findings import EnglishFindingWording
from streamd.language.findings._stock_explanation import explain_stock

ENGLISH: Final = EnglishFindingWording()


def advice_on(analysis: StockAnalysis) -> tuple[str, ...]:
    return tuple(map(ENGLISH.stock_advice, analysis.advice))


def stocked(item_id: str, stock: float, **fields: Value) -> Item:
    return item_of({"id": item_id, "type": "inventory", "name": item_id, "current_stock": stock, **fields})


PRODUCT_B = stocked(
    "Product B",
    25,
    min_stock=30,
    max_stock=100,
    reorder_point=40,
    supplier="Global Parts Inc",
    unit_of_measure="units",
    unit_cost=15.5,
    lead_time=14,
)


def found(analysis: StockAnalysis, key: str) -> list[dict[str, object]]:
    data: Mapping[str, object] = stock_results(analysis, ENGLISH)
    rows = data[key]
    assert isinstance(rows, list)
    return rows


def test_stock_at_the_reorder_point_is_low_and_one_unit_above_is_not() -> None:
    analysis = analyze_stock([stocked("at", 40, reorder_point=40), stocked("above", 41, reorder_point=40)])
    assert [row.item_id for row in analysis.low_stock_items] == ["at"]


def test_a_low_item_is_told_with_the_keys_that_frontends_read() -> None:
    assert found(analyze_stock([PRODUCT_B]), "low_stock_items") == [
        {
            "item_id": "Product B",
            "name": "Product B",
            "current_stock": 25,
            "reorder_point": 40,
            "urgency": "high",
        }
    ]


def test_low_stock_above_the_minimum_is_of_medium_urgency_and_comes_after_the_urgent() -> None:
    analysis = analyze_stock(
        [
            stocked("medium", 35, reorder_point=40, min_stock=30),
            stocked("at minimum", 30, reorder_point=40, min_stock=30),
            stocked("no minimum", 1, reorder_point=40),
        ]
    )
    assert [(row.item_id, row.urgency) for row in analysis.low_stock_items] == [
        ("at minimum", "high"),
        ("no minimum", "medium"),
        ("medium", "medium"),
    ]


def test_an_item_without_a_reorder_point_is_never_low() -> None:
    assert analyze_stock([stocked("x", 1)]).low_stock_items == ()


def test_what_is_out_of_stock_is_low_too() -> None:
    analysis = analyze_stock([stocked("x", 0, reorder_point=25)])
    assert [row.item.item_id for row in analysis.out_of_stock_items] == ["x"]
    assert [row.urgency for row in analysis.low_stock_items] == ["high"]


def test_the_impact_of_being_out_is_computed_from_demand_cost_and_lead_time() -> None:
    item = stocked(
        "x", 0, average_daily_demand=6, unit_cost=45.0, lead_time=21, supplier="Budget Suppliers Ltd"
    )
    assert ENGLISH.stockout_impact(analyze_stock([item]).out_of_stock_items[0]) == (
        "6 units of demand a day cannot be met, 270.00 a day at cost; "
        "an order placed now from Budget Suppliers Ltd arrives in 21 days, 126 units short by then (5,670.00)"
    )


def test_an_impact_that_cannot_be_computed_says_what_is_missing() -> None:
    assert ENGLISH.stockout_impact(analyze_stock([stocked("x", 0)]).out_of_stock_items[0]) == (
        "Nothing left; when a new delivery arrives is not known; demand is not known"
    )


def test_overstock_begins_above_a_fifth_more_than_the_maximum() -> None:
    analysis = analyze_stock([stocked("at", 120, max_stock=100), stocked("above", 121, max_stock=100)])
    assert found(analysis, "overstocked_items") == [
        {"item_id": "above", "name": "above", "current_stock": 121, "max_stock": 100, "excess": 21}
    ]


def test_a_recommendation_says_how_much_of_what_to_order_from_whom_and_why() -> None:
    assert advice_on(analyze_stock([PRODUCT_B])) == (
        "Order 75 units of Product B from Global Parts Inc: 25 left, reorder point 40",
    )


def test_an_item_that_is_out_is_recommended_once() -> None:
    analysis = analyze_stock([stocked("x", 0, reorder_point=25, max_stock=80)])
    assert advice_on(analysis) == ("Order 80 units of x: none left, reorder point 25",)


def test_surplus_is_recommended_to_be_used_up_with_the_money_it_binds() -> None:
    analysis = analyze_stock([stocked("x", 500, max_stock=200, unit_cost=1.2)])
    assert advice_on(analysis) == (
        "Order no more x for now: 500 units, 300 above the maximum of 200, which binds 360.00",
    )


def test_a_reorder_point_is_mean_demand_over_the_lead_time_plus_safety_stock() -> None:
    history = [8.0, 12.0, 9.0, 11.0]  # mean 10, sample deviation 1.8257
    analysis = analyze_stock([stocked("x", 90, lead_time=4, reorder_point=40)], {ItemId("x"): history})
    (row,) = found(analysis, "reorder_recommendations")
    safety = math.ceil(1.6449 * 1.8257 * 2)
    assert row["recommended_reorder_point"] == 40 + safety
    assert row["safety_stock"] == safety
    assert row["current_reorder_point"] == 40
    assert row["confidence"] == round((1 - 1.8257 / 2 / 10) * 4 / 6, 2)


def test_a_weekly_history_gives_the_same_reorder_point_as_its_days_would() -> None:
    item = stocked("x", 90, lead_time=14)
    weekly = analyze_stock([item], {item.id: [70.0, 70.0, 70.0]}, days_per_period=7)
    daily = analyze_stock([item], {item.id: [10.0] * 21})
    assert [row.recommended_reorder_point for row in weekly.reorder_recommendations] == [140]
    assert [row.recommended_reorder_point for row in daily.reorder_recommendations] == [140]


def test_histories_may_have_periods_of_their_own() -> None:
    items = [stocked("weekly", 90, lead_time=14), stocked("daily", 90, lead_time=14)]
    demand = {items[0].id: [70.0] * 3, items[1].id: [10.0] * 3}
    analysis = analyze_stock(items, demand, days_per_period={items[0].id: 7})
    assert [row.recommended_reorder_point for row in analysis.reorder_recommendations] == [140, 140]


def test_without_a_history_the_items_own_average_counts_and_less_is_trusted() -> None:
    (row,) = analyze_stock([stocked("x", 30, average_daily_demand=9, lead_time=4)]).reorder_recommendations
    assert (row.recommended_reorder_point, row.safety_stock) == (36 + 10, 10)  # 1.645 x 3 x 2, rounded up
    assert row.confidence == 0.5


def test_days_until_stockout_have_the_risk_of_their_range() -> None:
    items = [stocked(str(stock), stock, average_daily_demand=1) for stock in (0, 3, 7, 14, 15)]
    assert [
        (row.days_until_stockout, row.risk_level) for row in analyze_stock(items).stockout_predictions
    ] == [
        (0, "critical"),
        (3, "critical"),
        (7, "high"),
        (14, "medium"),
        (15, "low"),
    ]


def test_an_item_that_runs_out_before_a_delivery_can_arrive_is_to_be_ordered_now() -> None:
    analysis = analyze_stock(
        [stocked("x", 50, average_daily_demand=10, lead_time=7, reorder_point=40, max_stock=200)]
    )
    assert "Order 150 units of x now: it runs out in 5 days, a delivery takes 7 days" in advice_on(analysis)


def test_an_item_nobody_uses_never_runs_out() -> None:
    analysis = analyze_stock([stocked("x", 5, lead_time=3)], {ItemId("x"): [0.0, 0.0, 0.0]})
    assert analysis.stockout_predictions == ()
    assert analysis.reorder_recommendations == ()


def test_one_dominant_item_is_class_a_though_it_passes_the_limit_alone() -> None:
    analysis = analyze_stock([stocked("big", 95, unit_cost=1), stocked("small", 5, unit_cost=1)])
    assert stock_results(analysis, ENGLISH)["abc_analysis"] == {
        "A": [{"item_id": "big", "name": "big", "total_value": 95, "percentage": 95.0}],
        "B": [],
        "C": [{"item_id": "small", "name": "small", "total_value": 5, "percentage": 5.0}],
    }


def test_ten_equal_items_are_eight_of_class_a_two_of_class_b() -> None:
    analysis = analyze_stock([stocked(str(number), 10, unit_cost=0.1) for number in range(10)])
    assert analysis.abc_analysis is not None
    assert [share.value_class for share in analysis.abc_analysis.shares] == ["A"] * 8 + ["B"] * 2


def test_abc_goes_by_a_years_demand_where_it_is_known_for_all_and_by_stock_otherwise() -> None:
    known = [
        stocked("fast", 1, unit_cost=1, average_daily_demand=10),
        stocked("slow", 99, unit_cost=1, average_daily_demand=1),
    ]
    by_usage = analyze_stock(known).abc_analysis
    by_stock = analyze_stock([*known, stocked("unknown", 1, unit_cost=1)]).abc_analysis
    assert by_usage is not None
    assert by_stock is not None
    assert (by_usage.basis, by_usage.shares[0].item_id, by_usage.shares[0].total_value) == (
        "annual_usage",
        "fast",
        3650,
    )
    assert (by_stock.basis, by_stock.shares[0].item_id) == ("stock", "slow")


def test_turnover_is_a_years_demand_over_the_stock_and_supply_its_days() -> None:
    (row,) = analyze_stock([stocked("x", 73, average_daily_demand=1, unit_cost=2)]).turnover
    assert (row.turns_per_year, row.days_of_supply, row.stock_value) == (5, 73, 146)


def test_stock_that_nobody_uses_turns_over_never_and_lasts_without_end() -> None:
    analysis = analyze_stock([stocked("x", 5)], {ItemId("x"): [0.0, 0.0]})
    assert found(analysis, "turnover") == [{"item_id": "x", "name": "x", "turns_per_year": 0.0}]
    assert analysis.summary.without_demand == 1


def test_turnover_of_all_is_usage_over_stock_at_cost_where_both_are_known() -> None:
    items = [
        stocked("a", 10, unit_cost=5, average_daily_demand=2),  # 50 in stock, 3650 a year
        stocked("b", 100, unit_cost=1, average_daily_demand=1),  # 100 in stock, 365 a year
        stocked("c", 1000, unit_cost=1),
    ]
    summary = analyze_stock(items).summary
    assert summary.stock_value == 1150
    assert summary.turns_per_year == pytest.approx((3650 + 365) / 150)


def test_what_is_on_order_is_not_ordered_again() -> None:
    covered = stocked("x", 25, reorder_point=40, max_stock=100, on_order=60)
    analysis = analyze_stock([covered])
    assert analysis.reorders == ()
    assert advice_on(analysis) == ("Order no more x for now: 25 left, and 60 units are on order",)
    assert [row.item_id for row in analysis.low_stock_items] == ["x"]


def test_an_order_makes_up_for_what_is_on_its_way_where_that_is_not_enough() -> None:
    (order,) = analyze_stock([stocked("x", 25, reorder_point=40, max_stock=100, on_order=10)]).reorders
    assert (order.quantity, ENGLISH.need_reasons((order.reason,))) == (
        65,
        "25 left, reorder point 40, 10 on order",
    )


def test_low_stock_that_is_gone_before_a_delivery_is_urgent_to_order_though_above_its_minimum() -> None:
    item = stocked("x", 35, min_stock=10, reorder_point=40, lead_time=7, average_daily_demand=10)
    analysis = analyze_stock([item])
    assert [row.urgency for row in analysis.low_stock_items] == ["medium"]
    assert [row.urgency for row in analysis.reorders] == ["high"]


def test_an_item_without_a_reorder_point_is_ordered_at_the_one_that_demand_calls_for() -> None:
    below = stocked("x", 46, average_daily_demand=9, lead_time=4)  # 36 for the lead time and 10 as safety
    (order,) = analyze_stock([below]).reorders
    assert order.order is not None
    assert (order.order.units, order.urgency, ENGLISH.order_basis(order.order)) == (
        46,
        "medium",
        "up to twice the reorder point of 46",
    )
    assert analyze_stock([stocked("x", 47, average_daily_demand=9, lead_time=4)]).reorders == ()


def test_data_that_is_missing_is_named_with_what_it_would_be_good_for() -> None:
    gaps = {gap.field: gap for gap in analyze_stock([stocked("x", 5), stocked("y", 5)]).gaps}
    assert list(gaps) == ["reorder_point", "demand", "max_stock", "unit_cost"]
    assert (gaps["demand"].items, gaps["demand"].examples) == (2, ("x", "y"))
    full = stocked("x", 5, reorder_point=1, max_stock=9, unit_cost=1, average_daily_demand=1, lead_time=1)
    costs = StockCosts(ordering_cost=10, holding_rate=0.2)
    assert analyze_stock([full], costs=costs).gaps == ()


@pytest.mark.parametrize("level", [0.0, 0.49, 1.0, 95.0, math.nan])
def test_a_service_level_that_no_stock_can_promise_is_refused(level: float) -> None:
    with pytest.raises(InvalidMessageError, match=r"such as 0\.95"):
        analyze_stock([], service_level=level)


def test_a_period_without_length_is_refused() -> None:
    with pytest.raises(InvalidMessageError, match="days_per_period"):
        analyze_stock([], days_per_period=0)
    with pytest.raises(InvalidMessageError, match="days_per_period"):
        analyze_stock([], days_per_period={ItemId("x"): -7})


def test_an_items_own_service_level_counts_also_in_percent() -> None:
    (row,) = analyze_stock(
        [stocked("x", 90, average_daily_demand=9, lead_time=4, service_level=99)]
    ).reorder_recommendations
    assert row.safety_stock == 14  # 2.326 x 3 x 2
    assert row.service_level == 0.99


F_KEYS: dict[str, set[str]] = {
    "low_stock_items": {"item_id", "name", "current_stock", "reorder_point", "urgency"},
    "out_of_stock_items": {"item_id", "name", "impact"},
    "overstocked_items": {"item_id", "name", "current_stock", "max_stock", "excess"},
    "reorder_recommendations": {
        "item_id",
        "name",
        "current_reorder_point",
        "recommended_reorder_point",
        "safety_stock",
        "confidence",
    },
    "stockout_predictions": {"item_id", "name", "current_stock", "days_until_stockout", "risk_level"},
}


@pytest.mark.requirement("F")
def test_every_list_has_the_keys_that_older_frontends_read() -> None:
    items = [
        stocked("low", 5, reorder_point=10, average_daily_demand=1, lead_time=2, unit_cost=1),
        stocked("out", 0, average_daily_demand=1, lead_time=2, unit_cost=1),
        stocked("over", 500, max_stock=100, unit_cost=1, average_daily_demand=1),
    ]
    analysis = analyze_stock(items)
    for key, wanted in F_KEYS.items():
        rows = found(analysis, key)
        assert rows
        assert all(wanted <= set(row) for row in rows)
    classes = stock_results(analysis, ENGLISH)["abc_analysis"]
    assert classes is not None
    assert set(classes) == {"A", "B", "C"}
    assert all(
        set(row) == {"item_id", "name", "total_value", "percentage"}
        for rows in (classes["A"], classes["B"], classes["C"])
        for row in rows
    )


def test_items_without_stock_figures_are_passed_over() -> None:
    others = [
        item_of({"id": "s", "type": "supplier", "name": "s"}),
        item_of({"id": "odd", "type": "inventory", "name": "odd", "current_stock": "many"}),
    ]
    analysis = analyze_stock(others)
    assert analysis.examined == 0
    assert stock_results(analysis, ENGLISH) == {
        "low_stock_items": [],
        "out_of_stock_items": [],
        "overstocked_items": [],
        "recommendations": [],
    }


NUMBERS = st.none() | st.floats(-10, 1e9) | st.integers(-5, 10**6)
FIELDS = (
    "min_stock", "max_stock", "reorder_point", "unit_cost", "lead_time", "average_daily_demand", "on_order",
    "lead_time_deviation", "service_level", "pack_size", "minimum_order_quantity", "ordering_cost", "holding_rate",
)  # fmt: skip


@given(
    rows=st.lists(st.fixed_dictionaries(dict.fromkeys(("current_stock", *FIELDS), NUMBERS)), max_size=6),
    history=st.lists(st.floats(0, 1e6), max_size=8),
)
def test_any_figures_give_finite_plain_numbers(
    rows: list[dict[str, float | None]], history: list[float]
) -> None:
    items = [
        item_of({"id": str(index), **{name: value for name, value in row.items() if value is not None}})
        for index, row in enumerate(rows)
    ]
    analysis = analyze_stock(items, {ItemId("0"): history})
    for number in numbers_in(stock_results(analysis, ENGLISH)):
        assert math.isfinite(number)
    said = explain_stock(analysis)
    assert said
    assert all(text.endswith(".") and "None" not in text and "nan" not in text for text in said)


def numbers_in(data: object) -> list[float]:
    match data:
        case dict():
            return [number for member in data.values() for number in numbers_in(member)]
        case list():
            return [number for member in data for number in numbers_in(member)]
        case int() | float():
            return [data]
        case _:
            return []


SKUS = Path(__file__).parents[1] / "data" / "supply_chain_100_skus.csv"


def test_a_hundred_real_skus_are_analysed_without_a_reorder_point_in_sight() -> None:
    lines = [line.split(",") for line in SKUS.read_text().splitlines()]
    header = lines[0]
    items = [
        stocked(
            row[header.index("sku")],
            float(row[header.index("stock")]),
            unit_cost=float(row[header.index("price")]),
            lead_time=float(row[header.index("lead_time")]),
            average_daily_demand=float(row[header.index("avg_daily_sales")]),
        )
        for row in lines[1:]
    ]
    analysis = analyze_stock(items)
    assert analysis.examined == 100
    assert analysis.low_stock_items == ()
    assert analysis.out_of_stock_items
    assert len(analysis.reorder_recommendations) == 100
    assert analysis.abc_analysis is not None
    assert analysis.abc_analysis.basis == "annual_usage"
    assert len([text for text in advice_on(analysis) if text.startswith("Set the reorder point")]) == 10
    assert any("reorder points of 90 more items" in text for text in advice_on(analysis))
