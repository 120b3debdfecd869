from typing import Final

import pytest

from streamd.analysis.supplier_payloads import supplier_results
from streamd.analysis.suppliers import SupplierAnalysis, analyze_suppliers
from streamd.core.item import Item, item_of
from streamd.core.values import Value
from streamd.language.findings import EnglishFindingWording

ENGLISH: Final = EnglishFindingWording()


def supplier(name: str, **fields: Value) -> Item:
    return item_of({"id": name.lower(), "type": "supplier", "name": name, **fields})


TECH = supplier(
    "Tech",
    category="components",
    location="North America",
    certifications=["ISO 9001", "FDA Certified"],
    reliability_score=95,
    delivery_time=7,
    payment_terms="Net 30",
    risk_level="low",
)
GLOBAL = supplier(
    "Global",
    category="raw materials",
    location="Asia Pacific",
    certifications=["ISO 9001", "ISO 14001"],
    reliability_score=78,
    delivery_time=14,
    risk_level="medium",
)
BUDGET = supplier(
    "Budget",
    category="components",
    location="Europe",
    certifications=["ISO 9001"],
    reliability_score=45,
    delivery_time=21,
    risk_level="high",
)


def risks(analysis: SupplierAnalysis, name: str) -> list[tuple[str, str]]:
    (found,) = [one for one in analysis.risks if one.supplier_name == name]
    return [(risk.type, risk.severity) for risk in found.risks]


def test_the_best_supplier_comes_first_and_the_riskiest_leads_the_risks() -> None:
    analysis = analyze_suppliers([BUDGET, GLOBAL, TECH])
    assert [one.supplier_name for one in analysis.performance] == ["Tech", "Global", "Budget"]
    assert analysis.risks[0].supplier_name == "Budget"


@pytest.mark.requirement("F")
def test_scores_are_told_with_the_keys_that_frontends_read() -> None:
    data = supplier_results(
        analyze_suppliers([supplier("X", reliability_score=90, delivery_time=3, defect_rate=1)]), ENGLISH
    )
    assert data["supplier_performance"] == {
        "x": {
            "supplier_name": "X",
            "overall_score": 0.9,
            "delivery_score": 0.9,
            "quality_score": 0.9,
            "cost_score": 0.5,
            "reliability_score": 0.9,
            "performance_tier": "excellent",
            "recommendations": ["Record the unit cost (and that of a competitor) of X, to rate its cost"],
            "unknown_scores": ["cost_score"],
            "grounds": {
                "delivery_score": "delivers in 3 days",
                "quality_score": "1 % defective",
                "reliability_score": "reliability 90 of 100",
            },
        }
    }


def test_the_cheapest_of_a_category_scores_one_and_others_by_their_price() -> None:
    analysis = analyze_suppliers(
        [
            supplier("A", category="steel", unit_cost=10),
            supplier("B", category="Steel", unit_cost=25),
            supplier("C", category="paint", unit_cost=99),
        ]
    )
    assert {one.supplier_name: dict(one.scores) for one in analysis.performance} == {
        "A": {"cost": 1.0},
        "B": {"cost": 0.4},
        "C": {},
    }


def test_a_supplier_nothing_is_known_of_is_unrated() -> None:
    (one,) = analyze_suppliers([supplier("X")]).performance
    assert (one.performance_tier, one.overall_score, len(one.unknown)) == ("unrated", 0.5, 4)


def test_the_overall_score_is_the_mean_by_weight_of_what_is_known() -> None:
    (one,) = analyze_suppliers([supplier("X", delivery_time=15, defect_rate=2)]).performance
    assert one.overall_score == pytest.approx((0.3 * 0.5 + 0.25 * 0.8) / 0.55)


def test_punctuality_counts_as_much_as_speed() -> None:
    (one,) = analyze_suppliers([supplier("X", delivery_time=6, on_time_rate=60)]).performance
    assert one.scores["delivery"] == pytest.approx((0.8 + 0.6) / 2)
    assert ENGLISH.score_grounds("delivery", one.figures["delivery"]) == "delivers in 6 days, 60 % on time"


def test_punctuality_is_told_from_three_orders_with_their_days_and_not_from_two() -> None:
    def order(number: int, arrived: str) -> Item:
        days: dict[str, Value] = {"expected_delivery": "2026-03-10", "actual_delivery": arrived}
        return item_of({"id": f"o{number}", "type": "order", "name": "o", "supplier": "x", **days})

    orders = [order(1, "2026-03-10T23:00:00Z"), order(2, "2026-03-09"), order(3, "2026-03-11")]
    (three,) = analyze_suppliers([supplier("X"), *orders]).performance
    (two,) = analyze_suppliers([supplier("X"), *orders[:2]]).performance
    assert three.scores["delivery"] == pytest.approx(2 / 3)
    assert "delivery" not in two.scores


def test_figures_out_of_range_give_scores_within_it() -> None:
    odd = supplier("X", delivery_time=90, defect_rate=40, reliability_score=140, on_time_rate=120)
    (one,) = analyze_suppliers([odd]).performance
    assert dict(one.scores) == {"delivery": 0.5, "quality": 0.0, "reliability": 1.0}


@pytest.mark.parametrize(
    ("reliability", "tier"), [(100, "excellent"), (85, "excellent"), (84, "good"), (50, "fair"), (49, "poor")]
)
def test_a_tier_follows_the_overall_score(reliability: int, tier: str) -> None:
    (one,) = analyze_suppliers([supplier("X", reliability_score=reliability)]).performance
    assert one.performance_tier == tier


def test_weak_scores_give_recommendations_that_name_the_figure() -> None:
    analysis = analyze_suppliers([TECH, BUDGET])
    (budget,) = [one for one in analysis.performance if one.supplier_name == "Budget"]
    assert tuple(ENGLISH.supplier_advice(budget.supplier_name, one) for one in budget.advice[:2]) == (
        "Keep critical items away from Budget until its reliability of 45 out of 100 improves",
        "Agree on a shorter delivery time with Budget, or hold more safety stock: it takes 21 days, Tech 7",
    )


def test_the_only_supplier_of_a_category_is_a_high_risk_when_items_depend_on_it() -> None:
    product = item_of(
        {"id": "b", "type": "inventory", "name": "Product B", "supplier": "Global", "current_stock": 1}
    )
    assert ("single_source", "high") in risks(analyze_suppliers([TECH, GLOBAL, BUDGET, product]), "Global")
    assert ("single_source", "medium") in risks(analyze_suppliers([TECH, GLOBAL, BUDGET]), "Global")
    assert risks(analyze_suppliers([TECH, GLOBAL, BUDGET]), "Tech") == []


def test_most_suppliers_in_one_place_are_a_geographic_risk() -> None:
    together = [supplier(name, location="Asia", certifications=["ISO 9001"]) for name in ("A", "B", "C")]
    elsewhere = supplier("D", location="Europe", certifications=["ISO 9001"])
    assert risks(analyze_suppliers(together), "A") == [("geographic", "high")]
    assert risks(analyze_suppliers([*together, elsewhere]), "A") == [("geographic", "medium")]
    assert risks(analyze_suppliers([*together, elsewhere]), "D") == []


def test_money_bound_with_one_supplier_is_a_financial_risk() -> None:
    orders = [
        item_of({"id": "1", "type": "order", "name": "1", "supplier": "Tech", "total_amount": 12500}),
        item_of({"id": "2", "type": "order", "name": "2", "supplier": "Global", "total_amount": 8500}),
        item_of(
            {
                "id": "3",
                "type": "order",
                "name": "3",
                "supplier": "Global",
                "total_amount": 9e9,
                "status": "delivered",
            }
        ),
    ]
    assert risks(analyze_suppliers([TECH, *orders]), "Tech")[-1] == ("financial", "medium")


def test_a_supplier_with_all_open_orders_where_nobody_else_has_any_is_not_a_concentration() -> None:
    order = item_of({"id": "1", "type": "order", "name": "1", "supplier": "Tech", "total_amount": 12500})
    assert risks(analyze_suppliers([TECH, *[order]]), "Tech") == [("single_source", "medium")]


def test_items_may_name_their_supplier_by_id_in_any_case() -> None:
    product = item_of(
        {"id": "b", "type": "inventory", "name": "Product B", "supplier": "GLOBAL", "current_stock": 1}
    )
    assert ("single_source", "high") in risks(analyze_suppliers([GLOBAL, product]), "Global")


def test_the_same_mitigation_is_told_once() -> None:
    data = supplier_results(
        analyze_suppliers([supplier("X", category="a", risk_level="high", reliability_score=40)]), ENGLISH
    )
    assert isinstance(data["supplier_risks"], dict)
    told = data["supplier_risks"]["x"]["mitigation_strategies"]
    assert len(told) == len(set(told))


def test_payment_in_advance_is_a_financial_risk() -> None:
    assert ("financial", "medium") in risks(
        analyze_suppliers([supplier("X", payment_terms="50% in Advance")]), "X"
    )


def test_missing_certificates_weigh_less_when_nobody_recorded_any() -> None:
    analysis = analyze_suppliers([supplier("None", certifications=[]), supplier("Unknown")])
    assert risks(analysis, "None") == [("compliance", "medium")]
    assert risks(analysis, "Unknown") == [("compliance", "low")]


def test_every_risk_has_a_mitigation_and_together_they_make_the_level() -> None:
    data = supplier_results(analyze_suppliers([BUDGET, TECH]), ENGLISH)["supplier_risks"]
    assert isinstance(data, dict)
    budget = data["budget"]
    assert budget["risk_score"] == 0.84  # 1 - 0.4 x 0.4
    assert budget["risk_level"] == "high"
    assert len(budget["risks"]) == len(budget["mitigation_strategies"]) == 2
    assert data["tech"] == {
        "supplier_name": "Tech",
        "risk_score": 0.0,
        "risk_level": "low",
        "risks": [],
        "mitigation_strategies": [],
    }
