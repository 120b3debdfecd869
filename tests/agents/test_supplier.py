"""The supplier agent rates, recommends by urgency and preference, compares costs, and remembers."""

from collections.abc import Mapping
from typing import Any

import pytest

from streamd.core.values import Value
from tests.agents.office import data, office, sequence, words

pytestmark = pytest.mark.requirement("A11")

WIRE: Mapping[str, Value] = {
    "id": "wire", "type": "inventory", "name": "Copper Wire", "current_stock": 5, "min_stock": 8, "reorder_point": 10,
    "max_stock": 50, "lead_time": 7,
}  # fmt: skip


def supplier(name: str, location: str, reliability: int, days: int, **fields: Value) -> Mapping[str, Value]:
    return {
        "id": name.lower(), "type": "supplier", "name": name, "location": location, "reliability_score": reliability,
        "delivery_time": days, "products": ["Copper Wire"], "unit_cost": 2.0, **fields,
    }  # fmt: skip


OLEA = supplier("Olea", "Europe", 84, 8)
PACO = supplier("Paco", "Asia", 88, 7)
RISKY = supplier("Risky", "Asia", 20, 40)


def first_choice(told: Any) -> str:
    return str(
        data(told, "supplier_results")["procurement_recommendations"][0]["recommended_suppliers"][0][
            "supplier_name"
        ]
    )


async def test_suppliers_are_rated_and_their_risks_told_with_numbers() -> None:
    async with office(OLEA, PACO, RISKY) as place:
        told = await place.ask("Assess the suppliers")
    assert sequence(told) == [
        "start",
        "intent_analysis",
        "supplier_analysis",
        "supplier_results",
        "content",
        "complete",
    ]
    found = data(told, "supplier_results")
    assert set(found["supplier_performance"]) == set(found["supplier_risks"]) == {"olea", "paco", "risky"}
    assert found["counts"]["supplier_performance"] == 3
    assert "procurement_recommendations" not in found
    said = words(told)
    assert "Paco performs best" in said
    assert "reliability 20 of 100" in said


async def test_a_recommendation_names_quantity_supplier_score_and_what_it_rests_on() -> None:
    async with office(WIRE, OLEA, PACO) as place:
        told = await place.ask("Recommend a supplier for Copper Wire")
    (found,) = data(told, "supplier_results")["procurement_recommendations"]
    assert (found["item_name"], found["quantity"], found["urgency"]) == ("Copper Wire", 45, "high")
    assert first_choice(told) == "Paco"
    assert "Order 45 units of Copper Wire from Paco" in words(told)
    assert told[-1]["message"] == "Recommended: Copper Wire from Paco"


async def test_a_preference_said_once_changes_later_recommendations_of_that_user_only() -> None:
    async with office(WIRE, OLEA, PACO) as place:
        await place.ask("I prefer suppliers from Europe")
        later = await place.ask("Recommend a supplier for Copper Wire")
        of_another = await place.ask("Recommend a supplier for Copper Wire", user="bob")
    assert first_choice(later) == "Olea"
    assert "plus 0.10 as you prefer suppliers in Europe" in words(later)
    assert "by the figures alone Paco would come first" in words(later)
    assert first_choice(of_another) == "Paco"
    assert "prefer" not in words(of_another)


async def test_a_preference_in_the_same_request_counts_already() -> None:
    async with office(WIRE, OLEA, PACO) as place:
        told = await place.ask("I prefer suppliers from Europe. Recommend a supplier for Copper Wire")
    assert first_choice(told) == "Olea"


async def test_an_avoided_supplier_is_recommended_last() -> None:
    async with office(WIRE, OLEA, PACO) as place:
        await place.ask("I never want to buy from Paco")
        told = await place.ask("Recommend a supplier for Copper Wire")
    (found,) = data(told, "supplier_results")["procurement_recommendations"]
    assert [one["supplier_name"] for one in found["recommended_suppliers"]] == ["Olea"]
    assert [one["supplier_name"] for one in found["avoided_suppliers"]] == ["Paco"]


async def test_a_preferred_place_where_nobody_is_is_said_to_make_no_difference() -> None:
    async with office(WIRE, PACO) as place:
        await place.ask("I prefer suppliers from Europe")
        said = words(await place.ask("Recommend a supplier for Copper Wire"))
    assert "You prefer suppliers from Europe, but no supplier's `location`" in said


async def test_a_quantity_that_is_said_is_what_is_compared() -> None:
    async with office(WIRE, OLEA, PACO) as place:
        told = await place.ask("Recommend a supplier for 500 units of Copper Wire")
    (found,) = data(told, "supplier_results")["procurement_recommendations"]
    assert found["quantity"] == 500


async def test_what_is_in_stock_is_compared_for_a_usual_order() -> None:
    async with office({**WIRE, "current_stock": 45}, OLEA, PACO) as place:
        told = await place.ask("Recommend a supplier for Copper Wire")
    (found,) = data(told, "supplier_results")["procurement_recommendations"]
    assert (found["quantity"], found["urgency"]) == (40, "low")
    assert "nothing has to be ordered now" in words(told)


async def test_with_no_item_named_suppliers_are_recommended_for_what_is_to_be_ordered() -> None:
    async with office(
        WIRE, {**WIRE, "id": "full", "name": "Steel", "current_stock": 40}, OLEA, PACO
    ) as place:
        told = await place.ask("Recommend a supplier")
    assert [one["item_id"] for one in data(told, "supplier_results")["procurement_recommendations"]] == [
        "wire"
    ]


async def test_with_nothing_to_order_the_order_of_suppliers_is_told_with_what_is_preferred() -> None:
    async with office(OLEA, PACO) as place:
        await place.ask("I prefer suppliers from Europe")
        told = await place.ask("Recommend a supplier")
    assert data(told, "supplier_results")["procurement_recommendations"] == []
    assert "Nothing needs to be bought" in words(told)
    assert "In general the order would be: Olea" in words(told)


async def test_the_total_cost_of_ownership_is_compared_and_what_is_not_counted_is_named() -> None:
    costs: Mapping[str, Value] = {
        "ordering_cost": 30,
        "shipping_cost": 12,
        "holding_rate": 0.2,
        "defect_rate": 1.5,
    }
    async with office(WIRE, {**OLEA, **costs}, {**PACO, **costs, "unit_cost": 1.0}) as place:
        await place.ask("Please use EUR as my currency")
        told = await place.ask("What is the total cost of ownership for Copper Wire?")
    (found,) = data(told, "supplier_results")["tco_analysis"]
    assert [one["supplier_name"] for one in found["suppliers"]] == ["Paco", "Olea"]
    assert found["suppliers"][0]["components"]["purchase"] == 45
    assert "Paco costs least for Copper Wire" in words(told)


async def test_what_other_agents_found_says_how_much_to_buy() -> None:
    forecast = {"methods": {"ensemble": [100.0] * 30}, "days_per_period": 30.4375}
    async with office(WIRE, OLEA, PACO) as place:
        await place.demand("wire", [100] * 6)
        plain = await place.ask(
            "Recommend suppliers", "supplier", stock_analysis={"low_stock_items": [{"item_id": "wire"}]}
        )
        more = await place.ask(
            "Recommend suppliers", "supplier",
            stock_analysis={"low_stock_items": [{"item_id": "wire"}]}, forecasts={"demand_forecasts": {"wire": forecast}},
        )  # fmt: skip
    quantities = [
        data(told, "supplier_results")["procurement_recommendations"][0]["quantity"] for told in (plain, more)
    ]
    assert quantities[0] == 45, "up to the maximum"
    assert quantities[1] == pytest.approx(200 - 5, abs=30), "two months cover the delivery and a month"


async def test_given_suppliers_are_compared_and_not_remembered() -> None:
    async with office(OLEA, RISKY) as place:
        told = await place.ask("Assess the suppliers", supplier_data=[dict(PACO)])
        assert list(data(told, "supplier_results")["supplier_performance"]) == ["paco"]
        assert await place.memories("analysis", "supplier") == []
        await place.ask("Assess the suppliers")
        (analysis,) = await place.memories("analysis", "supplier")
        insights = await place.memories("insight", "supplier")
    assert "Olea performs best" in analysis.text
    assert [one.data["supplier_id"] for one in insights] == ["risky"]


async def test_removing_a_supplier_says_who_depends_on_it() -> None:
    async with office({**WIRE, "supplier": "Olea"}, OLEA, PACO) as place:
        told = await place.ask("Remove the supplier Olea")
    assert words(told) == "Copper Wire names Olea as supplier."
    assert told[-1]["data"]["removed"] == ["olea"]
