import pytest

from streamd.analysis.costs import StockCosts, costs_of
from streamd.analysis.stock import analyze_stock
from streamd.analysis.stock_findings import Reorder
from streamd.core.item import item_of
from streamd.core.values import Value
from streamd.language.findings._stock_sentences import order_basis


def order(stock: float, **fields: Value) -> Reorder:
    (found,) = analyze_stock(
        [item_of({"id": "x", "type": "inventory", "name": "x", "current_stock": stock, **fields})]
    ).reorders
    return found


def test_the_economic_order_is_the_root_of_twice_demand_times_ordering_over_holding() -> None:
    # sqrt(2 x 3650 x 20 / 2) = 270.19; 3650 / 270.19 orders a year; sqrt(2 x 3650 x 20 x 2) a year
    item = item_of(
        {"id": "x", "name": "x", "current_stock": 9, "average_daily_demand": 10, "ordering_cost": 20, "holding_cost": 2}
    )  # fmt: skip
    (found,) = analyze_stock([item]).economic_orders
    assert found.quantity == pytest.approx(270.185, abs=1e-3)
    assert found.orders_per_year == pytest.approx(13.509, abs=1e-3)
    assert found.annual_cost == pytest.approx(540.370, abs=1e-3)


@pytest.mark.parametrize("missing", ["ordering_cost", "holding_rate", "unit_cost", "average_daily_demand"])
def test_without_one_of_its_inputs_there_is_no_economic_order(missing: str) -> None:
    fields: dict[str, Value] = {
        "ordering_cost": 20, "holding_rate": 0.2, "unit_cost": 10, "average_daily_demand": 10
    }  # fmt: skip
    del fields[missing]
    item = item_of({"id": "x", "name": "x", "current_stock": 9, **fields})
    assert analyze_stock([item]).economic_orders == ()


def test_the_economic_order_is_ordered_where_there_is_room_for_it() -> None:
    costs: dict[str, Value] = {"average_daily_demand": 10, "ordering_cost": 20, "holding_cost": 2}
    assert order(5, reorder_point=20, max_stock=1000, **costs).quantity == 271
    assert order(5, reorder_point=20, max_stock=100, **costs).quantity == 95
    assert order(5, reorder_point=500, max_stock=1000, **costs).quantity == 495


def test_without_a_maximum_the_order_goes_up_to_twice_the_reorder_point() -> None:
    found = order(5, reorder_point=20).order
    assert found is not None
    assert (found.units, order_basis(found)) == (35, "up to twice the reorder point of 20")


def test_an_order_comes_in_packs_and_is_never_less_than_the_least() -> None:
    assert order(5, reorder_point=20, max_stock=40, pack_size=12).quantity == 36
    assert order(5, reorder_point=20, max_stock=40, minimum_order_quantity=50).quantity == 50
    assert order(5, reorder_point=20, max_stock=40, minimum_order_quantity=50, pack_size=12).quantity == 60


def test_units_that_are_owed_are_ordered_too() -> None:
    assert order(-10, reorder_point=20, max_stock=40).quantity == 50


def test_an_item_that_is_out_and_of_which_nothing_else_is_known_has_no_quantity() -> None:
    found = order(0)
    assert (found.quantity, found.urgency) == (None, "high")
    assert found.order is None


def test_a_holding_rate_may_be_in_percent_and_an_items_own_is_nearer_than_an_amount_for_all() -> None:
    assert costs_of({"holding_rate": 25}).holding(8) == 2
    assert costs_of({"holding_rate": 0.25}, StockCosts(holding_cost=9)).holding(8) == 2
    assert costs_of({}, StockCosts(holding_cost=9)).holding(8) == 9
    assert costs_of({"ordering_cost": -5, "holding_cost": "much", "holding_rate": True}) == StockCosts()
