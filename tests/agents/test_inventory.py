"""The inventory agent analyses, explains with numbers, changes what was asked, and remembers."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date

import pytest

from streamd.core.prompt import Text
from streamd.core.values import Value
from tests.agents.office import data, office, sequence, words
from tests.support.runs import ScriptedModel, says

pytestmark = pytest.mark.requirement("A8", "A11")

BOLT: Mapping[str, Value] = {"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 5, "reorder_point": 10, "max_stock": 50,
        "min_stock": 2, "unit_cost": 2.0, "lead_time": 14, "supplier": "Acme"}  # fmt: skip
NUT: Mapping[str, Value] = {
    "id": "nut",
    "type": "inventory",
    "name": "Nut",
    "current_stock": 40,
    "reorder_point": 10,
    "max_stock": 50,
}
COG: Mapping[str, Value] = {
    "id": "cog",
    "type": "inventory",
    "name": "Cog",
    "current_stock": 90,
    "reorder_point": 10,
    "max_stock": 50,
}


async def test_an_analysis_is_told_as_data_and_explained_with_numbers() -> None:
    async with office(BOLT, NUT, COG) as place:
        await place.demand("bolt", [30, 31, 29, 30, 32, 28])
        told = await place.ask("Analyze the inventory")

    assert sequence(told) == [
        "start",
        "intent_analysis",
        "inventory_analysis",
        "analysis_results",
        "content",
        "complete",
    ]
    found = data(told, "analysis_results")
    assert [one["item_id"] for one in found["low_stock_items"]] == ["bolt"]
    assert [one["excess"] for one in found["overstocked_items"]] == [40]
    assert found["stockout_predictions"][0]["days_until_stockout"] == pytest.approx(
        5 / (30 / 30.4375), abs=0.1
    )
    assert found["counts"]["low_stock_items"] == 1
    said = words(told)
    for expected in ("Bolt (5 left, reorder point 10)", "Cog (90 against 50)", "45 of Bolt", "`unit_cost`"):
        assert expected in said


async def test_a_change_is_told_with_no_more_than_what_bears_on_it() -> None:
    async with office(BOLT, NUT) as place:
        told = await place.ask("Set the stock of Bolt to 30")
        renamed = await place.ask("Rename Nut to Wing Nut")

    assert words(told) == "Bolt (5 left, reorder point 10) was low until now."
    assert sequence(told)[-4:] == ["content", "item_update", "field_changed", "complete"]
    assert told[-1]["message"] == "Changed 1 item: Bolt."
    assert words(renamed) == ""


async def test_a_refusal_is_said_and_nothing_else() -> None:
    async with office(BOLT) as place:
        told = await place.ask("Remove the item named Nothing")
    assert words(told) == told[-1]["data"]["refusal"]


async def test_an_answer_about_items_that_are_low_says_what_to_order() -> None:
    async with office(BOLT, NUT) as place:
        low = words(await place.ask("Show Bolt"))
        fine = words(await place.ask("Show Nut"))
    assert low.endswith("To be ordered: 45 units of Bolt.")
    assert "ordered" not in fine


async def test_what_is_asked_for_comes_first() -> None:
    async with office(BOLT, NUT, COG) as place:
        said = words(await place.ask("Which items are overstocked? Analyze them"))
        turnover = words(await place.ask("Analyze the inventory: what should I order?"))
    assert "overstocked" in said
    assert turnover.index("To order now") < turnover.index("I examined")


async def test_demand_that_comes_along_with_the_items_is_used() -> None:
    async with office() as place:
        told = await place.ask(
            "Analyze the inventory",
            inventory_data=[{"id": "x", "name": "X", "current_stock": 70, "lead_time": 7}],
            historical_data=[{"id": "x", "historical_demand": [70, 71, 69, 70, 70]}],
            days_per_period=7,
        )
        assert await place.memories("analysis", "inventory") == []
    (prediction,) = data(told, "analysis_results")["stockout_predictions"]
    assert prediction["days_until_stockout"] == pytest.approx(7, abs=0.01)


async def test_analyses_and_what_is_worth_knowing_are_remembered_and_changes_are_not() -> None:
    empty: Mapping[str, Value] = {**BOLT, "current_stock": 0}
    async with office(empty, NUT) as place:
        await place.ask("Set the stock of Nut to 30")
        assert await place.memories("analysis", "inventory") == []
        await place.ask("Analyze the inventory")
        (analysis,) = await place.memories("analysis", "inventory")
        (insight,) = await place.memories("insight", "inventory")
    assert "50 of Bolt" in analysis.text
    assert analysis.data["low_stock"] == ["bolt"]
    assert analysis.data["recommendations"]
    assert insight.text.startswith("Bolt was out of stock.")


@pytest.mark.parametrize(
    ("preference", "lines"), [("Please always answer briefly", 3), ("Please always answer as a list", None)]
)
async def test_answers_are_as_long_and_as_shaped_as_the_user_prefers(
    preference: str, lines: int | None
) -> None:
    async with office(BOLT, NUT, COG) as place:
        await place.ask(preference)
        said = words(await place.ask("Analyze the inventory")).partition("\n\n")[2]
        others = words(await place.ask("Analyze the inventory", user="bob")).partition("\n\n")[2]
    if lines:
        assert "To order now: 45 of Bolt" in said
        assert len(said) < len(others) / 2
    else:
        assert all(line.startswith("- ") for line in said.splitlines())
    assert not others.startswith("- ")


async def test_a_language_model_reads_the_analysis_the_items_what_is_preferred_and_what_is_remembered() -> (
    None
):
    model = ScriptedModel(says("Order 45 bolts."))
    async with office(BOLT, NUT, model=model) as place:
        await place.ask("I prefer suppliers from Europe", "general")
        await place.ask("Analyze the inventory", "inventory")
        told = await place.ask("Analyze the inventory again", "inventory")

    prompt = model.asked[-1]
    text = "".join(block.text for block in prompt.messages[-1].blocks if isinstance(block, Text))
    assert "Analyze the inventory again" in text
    assert '"low_stock_items":[{"item_id":"bolt"' in text
    assert '"id":"nut"' in text
    assert "prefers suppliers from Europe" in text
    assert "to order 45 of Bolt" in text.partition("Remembered from earlier")[2]
    assert "inventory" in prompt.system
    assert {tool.name for tool in prompt.tools} >= {"add_items", "change_items", "remove_items", "list_items"}
    assert words(told) == "Order 45 bolts."


@pytest.mark.parametrize("day", [15, 31])
async def test_reorder_points_are_those_of_months_wherever_in_the_month_their_rows_are_dated(
    day: int,
) -> None:
    recommended = []
    for dated in (1, day):
        dates = [date(2026, month, min(dated, monthrange(2026, month)[1])) for month in range(1, 13)]
        async with office(BOLT) as place:
            await place.demand_rows("bolt", [(str(one), 10.0 + one.month % 3) for one in dates])
            told = await place.ask("Analyze the stock")
        (point,) = data(told, "analysis_results")["reorder_recommendations"]
        recommended.append(point["recommended_reorder_point"])
    assert recommended[0] == recommended[1]
    assert recommended[0] < 10
