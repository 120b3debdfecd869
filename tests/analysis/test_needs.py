from typing import Final

from streamd.analysis.purchase_needs import needs_from
from streamd.analysis.stock import analyze_stock
from streamd.core.item import Item, ItemId, item_of
from streamd.core.values import Value
from streamd.language.findings import EnglishFindingWording

ENGLISH: Final = EnglishFindingWording()


def stocked(item_id: str, stock: float, **fields: Value) -> Item:
    return item_of({"id": item_id, "type": "inventory", "name": item_id, "current_stock": stock, **fields})


def test_what_is_to_be_ordered_is_needed_the_urgent_first() -> None:
    analysis = analyze_stock(
        [
            stocked("low", 35, min_stock=10, reorder_point=40, max_stock=100, supplier="S", unit_cost=2),
            stocked("out", 0, reorder_point=40, max_stock=100),
            stocked("fine", 90, reorder_point=40, max_stock=100),
        ]
    )
    needs = needs_from(analysis)
    assert [(need.item_name, need.quantity, need.urgency) for need in needs] == [
        ("out", 100, "high"),
        ("low", 65, "medium"),
    ]
    assert (needs[1].supplier, needs[1].unit_cost, ENGLISH.need_reasons(needs[1].reasons)) == (
        "S",
        2,
        "35 left, reorder point 40",
    )


def test_an_item_of_which_no_quantity_can_be_told_is_no_need() -> None:
    assert needs_from(analyze_stock([stocked("x", 0)])) == []


def test_a_forecast_that_the_stock_covers_needs_nothing() -> None:
    assert needs_from(analyze_stock([stocked("x", 100)]), {ItemId("x"): [10.0] * 10}) == []


def test_expected_demand_makes_a_need_of_what_is_not_low_yet() -> None:
    (need,) = needs_from(analyze_stock([stocked("x", 100, lead_time=5)]), {ItemId("x"): [10.0] * 15})
    assert (need.quantity, need.urgency, need.within_days) == (50, "low", 10)
    assert (
        ENGLISH.need_reasons(need.reasons) == "150 units are expected to be needed in 15 days, 100 are there"
    )


def test_the_urgency_of_an_expected_need_follows_from_the_lead_time() -> None:
    forecast = {ItemId("x"): [10.0] * 30}
    (late,) = needs_from(analyze_stock([stocked("x", 100, lead_time=12)]), forecast)
    assert late.urgency == "high"
    # 10 a day for 9 days, and 16 as safety: the safety stock is reached after 8.4 days
    tight = stocked("x", 100, lead_time=9, average_daily_demand=10, reorder_point=0)
    (medium,) = needs_from(analyze_stock([tight]), forecast)
    assert (medium.urgency, medium.quantity) == ("medium", 200 + 16)


def test_a_weekly_forecast_is_counted_in_weeks() -> None:
    (need,) = needs_from(analyze_stock([stocked("x", 100)]), {ItemId("x"): [70.0] * 3}, days_per_period=7)
    assert (need.quantity, need.within_days) == (110, 10)


def test_a_forecast_raises_an_order_that_would_not_cover_it() -> None:
    low = stocked("x", 35, reorder_point=40, max_stock=100)
    (need,) = needs_from(analyze_stock([low]), {ItemId("x"): [10.0] * 30})
    assert need.quantity == 265
    assert ENGLISH.need_reasons(need.reasons) == (
        "35 left, reorder point 40; 300 units are expected to be needed in 30 days, 35 are there"
    )
    (small,) = needs_from(analyze_stock([low]), {ItemId("x"): [1.0] * 40})
    assert small.quantity == 65


def test_forecasts_of_what_is_not_there_and_empty_ones_are_passed_over() -> None:
    analysis = analyze_stock([stocked("x", 10)])
    assert needs_from(analysis, {ItemId("other"): [5.0], ItemId("x"): []}) == []
    assert needs_from(analysis, {ItemId("x"): [float("nan"), -5.0]}) == []
