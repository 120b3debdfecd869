from typing import Final

import pytest

from streamd.analysis._consumption import Consumption
from streamd.analysis.costs import StockCosts
from streamd.analysis.ownership_cost import CostComparison, needs_by_category, tco_analysis
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.analysis.supplier_payloads import cost_results
from streamd.analysis.suppliers import analyze_suppliers
from streamd.core.item import Item, item_of
from streamd.core.values import Value
from streamd.language.findings import EnglishFindingWording

ENGLISH: Final = EnglishFindingWording()


def supplier(name: str, **fields: Value) -> Item:
    return item_of({"id": name.lower(), "type": "supplier", "name": name, "category": "steel", **fields})


NEED = PurchaseNeed(
    item_name="Beam",
    quantity=100,
    urgency="medium",
    category="steel",
    demand=Consumption(mean=5, deviation=2, confidence=1),
    costs=StockCosts(ordering_cost=30, holding_rate=0.2),
)
FULL = supplier("Full", unit_cost=10, delivery_time=16, defect_rate=2, shipping_cost=40)


def compare(need: PurchaseNeed, *suppliers: Item) -> CostComparison:
    (found,) = tco_analysis([need], analyze_suppliers(suppliers))
    return found


def test_every_component_follows_its_formula() -> None:
    (cost,) = compare(NEED, FULL).suppliers
    # h = 0.2 x 10 = 2; 100 units at 5 a day last 20 days
    assert dict(cost.components) == pytest.approx(
        {
            "purchase": 1000,
            "ordering": 30,
            "transport": 40,
            "in_transit": 2 * 100 * 16 / 365,
            "cycle_stock": 2 * 50 * 20 / 365,
            "safety_stock": 2 * 1.644854 * 2 * 4 * 20 / 365,
            "quality": 20,
        }
    )
    assert cost.total == pytest.approx(1105.69, abs=0.005)
    assert cost.missing == ()


def test_a_long_delivery_and_many_defects_can_cost_more_than_the_price_saves() -> None:
    cheap = supplier("Cheap", unit_cost=9.8, delivery_time=60, defect_rate=9, shipping_cost=40)
    found = compare(NEED, cheap, FULL)
    assert [one.supplier_name for one in found.suppliers] == ["Full", "Cheap"]
    assert ENGLISH.cost_recommendation(found).startswith("Full costs least for Beam: 1,105.69 in all")
    assert "less than Cheap" in ENGLISH.cost_recommendation(found)


def test_a_defect_costs_what_is_given_for_it() -> None:
    need = PurchaseNeed(
        item_name="Beam", quantity=100, urgency="low", category="steel", costs=StockCosts(cost_per_defect=55)
    )
    (cost,) = compare(need, FULL).suppliers
    assert cost.components["quality"] == pytest.approx(110)


def test_inputs_that_are_missing_are_named_and_not_guessed() -> None:
    bare = PurchaseNeed(item_name="Beam", quantity=100, urgency="low", category="steel")
    (cost,) = compare(bare, supplier("Bare", unit_cost=10)).suppliers
    assert dict(cost.components) == {"purchase": 1000}
    assert list(cost.missing) == [
        "ordering_cost",
        "shipping_cost",
        "holding_rate",
        "demand",
        "defect_rate",
    ]


def test_suppliers_are_compared_by_what_is_known_of_all_of_them() -> None:
    secretive = supplier("Secretive", unit_cost=10.5, delivery_time=16)
    found = compare(NEED, secretive, FULL)
    assert "quality" not in found.compared_by
    assert [one.supplier_name for one in found.suppliers] == ["Full", "Secretive"]


def test_a_supplier_without_a_price_is_named_and_not_compared() -> None:
    found = compare(NEED, FULL, supplier("Silent", delivery_time=1))
    assert found.without_price == ("Silent",)
    assert "of Silent no price is recorded" in ENGLISH.cost_recommendation(found)
    assert ENGLISH.cost_recommendation(compare(NEED, supplier("Silent"))) == (
        "The total cost of Beam is unknown: the price of Silent is not recorded"
    )


def test_what_is_free_or_not_needed_breaks_nothing() -> None:
    assert compare(NEED, supplier("Gift", unit_cost=0, delivery_time=0)).suppliers[0].total == 30
    assert (
        tco_analysis([PurchaseNeed(item_name="x", quantity=0, urgency="low")], analyze_suppliers([FULL]))
        == ()
    )


def test_without_a_need_each_category_is_compared_by_the_unit() -> None:
    analysis = analyze_suppliers([FULL, supplier("Second", unit_cost=12), supplier("None", category="")])
    needs = needs_by_category(analysis, 10)
    assert [(need.item_name, need.quantity) for need in needs] == [("steel", 10)]
    (found,) = tco_analysis(needs, analysis)
    assert [one.supplier_name for one in found.suppliers] == ["Full", "Second"]
    assert cost_results(found, ENGLISH)["suppliers"][0]["cost_per_unit"] == pytest.approx((100 + 40 + 2) / 10)
