from typing import Final

import pytest

from streamd.analysis.procurement import procurement_recommendations
from streamd.analysis.procurement_findings import ProcurementRecommendation
from streamd.analysis.purchase_needs import PurchaseNeed
from streamd.analysis.supplier_data import NeedUrgency
from streamd.analysis.supplier_payloads import procurement_results
from streamd.analysis.suppliers import analyze_suppliers
from streamd.core.item import Item, item_of
from streamd.core.supplier_preferences import SupplierPreferences
from streamd.core.values import Value
from streamd.language.findings import EnglishFindingWording

ENGLISH: Final = EnglishFindingWording()


def recommended(found: ProcurementRecommendation) -> str:
    return ENGLISH.purchase_recommendation(found)


def supplier(name: str, **fields: Value) -> Item:
    return item_of({"id": f"sup-{name.lower()}", "type": "supplier", "name": name, **fields})


FAST = supplier(
    "Fast", category="steel", location="Europe", delivery_time=3, reliability_score=80, unit_cost=20
)
CHEAP = supplier(
    "Cheap", category="steel", location="Asia", delivery_time=24, reliability_score=80, unit_cost=10
)
OTHER = supplier(
    "Other", category="paint", location="Asia", delivery_time=1, reliability_score=99, unit_cost=1
)


def need(urgency: NeedUrgency = "medium", **more: object) -> PurchaseNeed:
    known: dict[str, object] = {"item_name": "Beam", "quantity": 50, "category": "Steel", "urgency": urgency}
    return PurchaseNeed(**{**known, **more})  # type: ignore[arg-type]  # keywords of several types


def choose(
    wanted: PurchaseNeed, *suppliers: Item, preferences: SupplierPreferences | None = None
) -> ProcurementRecommendation:
    (found,) = procurement_recommendations(
        [wanted], analyze_suppliers(suppliers), preferences or SupplierPreferences()
    )
    return found


def names(found: ProcurementRecommendation) -> list[str]:
    return [one.supplier_name for one in found.suppliers]


def test_urgency_decides_between_the_fast_and_the_cheap() -> None:
    assert names(choose(need("high"), CHEAP, FAST)) == ["Fast", "Cheap"]
    assert names(choose(need("low"), CHEAP, FAST)) == ["Cheap", "Fast"]


def test_a_score_is_the_mean_weighted_by_what_is_known() -> None:
    found = choose(need("high"), CHEAP, FAST)
    # delivery 0.9, reliability 0.8, cost 10/20; quality is not known of either and left out
    assert found.suppliers[0].score == pytest.approx((0.45 * 0.9 + 0.3 * 0.8 + 0.1 * 0.5) / 0.85)
    assert set(found.weights) == {"delivery", "reliability", "cost"}
    assert sum(found.weights.values()) == pytest.approx(1)


def test_what_is_known_of_one_only_counts_half_for_the_other() -> None:
    tested = supplier("Tested", category="steel", delivery_time=3, reliability_score=80, defect_rate=1)
    found = choose(
        need("high"), tested, supplier("Untested", category="steel", delivery_time=3, reliability_score=80)
    )
    assert [one.score for one in found.suppliers] == pytest.approx(
        [(0.45 * 0.9 + 0.3 * 0.8 + 0.15 * quality) / 0.9 for quality in (0.9, 0.5)]
    )


def test_only_suppliers_that_list_the_need_are_compared_where_there_are_some() -> None:
    assert names(choose(need(), CHEAP, FAST, OTHER)) == ["Fast", "Cheap"]
    lists = supplier("Lists", products=["Copper wires", "Tin"], delivery_time=5)
    assert names(choose(need(item_name="Copper Wire 2mm", category=""), OTHER, lists)) == ["Lists"]


def test_the_present_supplier_is_compared_though_it_lists_nothing() -> None:
    assert "Other" in names(choose(need(supplier="OTHER"), CHEAP, FAST, OTHER))


def test_where_nobody_lists_it_all_are_compared_and_it_is_said_that_nobody_knows() -> None:
    found = choose(need(item_name="Glue", category=""), CHEAP, FAST, OTHER)
    assert len(found.suppliers) == 3
    assert "it is not recorded whether Other delivers Glue" in recommended(found)


def test_the_keys_are_those_that_frontends_read() -> None:
    data = procurement_results(choose(need(), CHEAP, supplier("Bare", category="steel")), ENGLISH)
    assert {"item_name", "quantity", "urgency", "recommended_suppliers", "recommendation"} <= set(data)
    rows = data["recommended_suppliers"]
    assert isinstance(rows, list)
    wanted = {"supplier_id", "supplier_name", "score", "delivery_time", "cost", "reliability"}
    assert all(wanted <= set(row) for row in rows)
    by_name = {row["supplier_name"]: row for row in rows}
    cheap, bare = by_name["Cheap"], by_name["Bare"]
    assert (cheap["delivery_time"], cheap["cost"], cheap["reliability"]) == (24, 10, 0.8)
    assert (cheap["total_cost"], bare["cost"], bare["delivery_time"]) == (500, None, None)


def test_the_suppliers_price_for_the_item_counts_before_any_other() -> None:
    listed = supplier("Listed", category="steel", unit_cost=99, prices={"beam": 7})
    assert choose(need(supplier="Listed", unit_cost=8), listed).suppliers[0].cost == 7
    present = supplier("Present", category="steel", unit_cost=99)
    assert choose(need(supplier="Present", unit_cost=8), present).suppliers[0].cost == 8
    assert choose(need(), present).suppliers[0].cost == 99


def test_a_preferred_supplier_gains_and_the_text_says_so() -> None:
    twin = supplier(
        "Twin", category="steel", location="Asia", delivery_time=3, reliability_score=80, unit_cost=20
    )
    assert names(choose(need(), FAST, twin)) == ["Fast", "Twin"]
    found = choose(need(), FAST, twin, preferences=SupplierPreferences(preferred_suppliers=("twin",)))
    assert names(found) == ["Twin", "Fast"]
    assert found.suppliers[0].points - found.suppliers[1].points == pytest.approx(0.15)
    assert "plus 0.15 as you prefer Twin" in recommended(found)
    assert "by the figures alone Fast would come first" in recommended(found)


def test_a_preferred_place_gains_also_where_it_is_part_of_a_longer_name() -> None:
    twin = attrs_twin("Lyon, France")
    assert names(
        choose(need(), FAST, twin, preferences=SupplierPreferences(preferred_locations=("France",)))
    ) == [
        "Twin",
        "Fast",
    ]
    assert names(
        choose(need(), FAST, twin, preferences=SupplierPreferences(preferred_locations=("Fran",)))
    ) == [
        "Fast",
        "Twin",
    ]


def attrs_twin(location: str) -> Item:
    return supplier(
        "Twin", category="steel", location=location, delivery_time=3, reliability_score=80, unit_cost=20
    )


def test_where_every_supplier_is_avoided_nobody_is_recommended() -> None:
    found = choose(
        need("high"), CHEAP, FAST, preferences=SupplierPreferences(avoided_suppliers=("Fast", "Cheap"))
    )
    assert found.best is None
    assert procurement_results(found, ENGLISH)["recommended_suppliers"] == []
    assert "nobody is left that you do not avoid" in recommended(found)
    assert "avoided: Fast (" in recommended(found)


def test_an_avoided_supplier_comes_last_whatever_its_score_but_is_still_told() -> None:
    found = choose(need("high"), CHEAP, FAST, preferences=SupplierPreferences(avoided_suppliers=("Fast",)))
    assert names(found) == ["Cheap", "Fast"]
    assert "by the figures alone Fast would come first, but you avoid Fast" in recommended(found)
    assert "next is Fast, which you avoid" in recommended(found)


def test_a_priority_counts_double() -> None:
    found = choose(need("medium"), CHEAP, FAST, preferences=SupplierPreferences(priority="cost"))
    assert found.weights["cost"] == pytest.approx(0.5)
    assert "cost 50 %" in recommended(found)
    assert "cost doubled as you asked" in recommended(found)


def test_a_delivery_after_the_stock_is_used_up_is_told_with_who_would_be_in_time() -> None:
    found = choose(need("low", within_days=10), CHEAP, FAST)
    assert "it arrives 14 days after the stock is used up; Fast would be in time" in recommended(found)


def test_without_suppliers_the_recommendation_is_to_find_some() -> None:
    found = choose(need())
    assert found.suppliers == ()
    assert recommended(found).startswith("Find a supplier for 50 units of Beam")


def test_suppliers_of_which_nothing_is_known_are_not_said_to_be_compared() -> None:
    found = choose(need(), supplier("Bare", category="steel"))
    assert dict(found.weights) == {}
    assert "nothing is recorded to compare them by" in recommended(found)


def test_a_preferred_supplier_is_found_among_more_than_are_compared() -> None:
    many = [supplier(f"S{n}", delivery_time=1, reliability_score=90) for n in range(250)]
    slow = supplier("Slow", delivery_time=20, reliability_score=60)
    found = procurement_recommendations(
        [need(item_name="Glue", category="")],
        analyze_suppliers([*many, slow]),
        SupplierPreferences(preferred_suppliers=("Slow",)),
        at_most=300,
    )
    assert "Slow" in names(found[0])
    assert found[0].compared == 201


def test_whose_recorded_products_do_not_include_the_item_is_no_candidate_and_that_is_said() -> None:
    other = item_of(
        {"id": "o", "type": "supplier", "name": "Other", "products": ["Olive Oil"], "unit_cost": 1}
    )
    wanted = PurchaseNeed(item_name="Foam", quantity=5, urgency="low")
    found = choose(wanted, other, FAST)
    assert "Other" not in [one.supplier_name for one in found.suppliers]
    assert "not compared: Other, as its recorded products do not include Foam" in recommended(found)
