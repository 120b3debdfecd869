"""The inventory agent analyses, explains with numbers, changes what was asked, and remembers."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest

from streamd.agents.left_out_periods import LEFT_OUT_KEYS
from streamd.core.prompt import Text
from streamd.core.values import Value
from tests.agents.office import Office, data, office, sequence, words
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


async def reorder_point_of(place: Office, **context: Any) -> Mapping[str, Any]:
    """The findings, of which the computed reorder point of the bolt is one."""
    told = await place.ask("Analyze the inventory", **context)
    found = data(told, "analysis_results")
    return {
        **found,
        "point": found["reorder_recommendations"][0]["recommended_reorder_point"],
        "said": words(told),
    }


USUAL = [50.0, 52, 49, 50, 51, 48, 50, 53, 50, 49, 51, 50]


async def test_a_spike_hardly_moves_reorder_point_turnover_and_value_and_is_told() -> None:
    async with office(BOLT, NUT) as place:
        await place.demand("bolt", [*USUAL, 50.0])
        usual = await reorder_point_of(place)
        await place.demand("bolt", [*USUAL, 5_000.0])
        found = await reorder_point_of(place)
    assert "damped_periods" not in usual
    assert found["damped_periods"] == [
        {"item_id": "bolt", "name": "Bolt", "period": 12, "actual_demand": 5_000, "used_demand": 75, "date": "2027-01-01"}
    ]  # fmt: skip
    assert found["counts"]["damped_periods"] == 1
    assert usual["point"] <= found["point"] <= 1.3 * usual["point"]
    assert found["turnover"][0]["turns_per_year"] <= 1.1 * usual["turnover"][0]["turns_per_year"]
    assert found["summary"]["annual_usage_value"] <= 1.1 * usual["summary"]["annual_usage_value"]
    assert "damped: it counts 75 instead of 5,000 in the month of 2027-01-01." in found["said"]


@pytest.mark.parametrize(("key", "reason"), LEFT_OUT_KEYS.items())
async def test_what_is_no_usual_demand_is_none_for_reorder_points_and_values(key: str, reason: str) -> None:
    at_times = [*USUAL[:4], 0.0, *USUAL[5:8], 90.0, *USUAL[9:]]
    days = [
        {"from": "2026-05-03", "to": "2026-05-20"},
        {"from": "2026-09-01", "to": "2026-09-30", "item_id": "bolt"},
    ]
    async with office(BOLT, NUT) as place:
        await place.demand("bolt", [value for at, value in enumerate(USUAL) if at not in (4, 8)])
        usual = await reorder_point_of(place)
        await place.demand("bolt", at_times)
        found = await reorder_point_of(place, **{key: days})
        wrong = await reorder_point_of(place)
    assert found["left_out_periods"] == [
        {"item_id": "bolt", "name": "Bolt", "reason": reason, "periods": [4, 8], "date": "2026-05-01"}
    ]
    assert found["abc_analysis"]["A"][0]["total_value"] == pytest.approx(
        usual["abc_analysis"]["A"][0]["total_value"], rel=0.02
    )
    assert found["point"] == pytest.approx(usual["point"], rel=0.02)
    assert wrong["point"] > 1.2 * found["point"]
    assert "in the months of 2026-05-01" in found["said"] or "in the month of 2026-05-01" in found["said"]


async def test_periods_of_a_history_in_the_request_are_left_out_by_their_places() -> None:
    history = [{"id": "bolt", "name": "Bolt", "historical_demand": [20, 20, 0, 0, 20, 25, -5, 20, 20]}]
    async with office(BOLT) as place:
        found = await reorder_point_of(
            place, historical_data=history, stockouts=[{"periods": [2, 3], "item_id": "bolt"}], promotions=[{"periods": [6]}]
        )  # fmt: skip
        told = await place.ask("Analyze the inventory", historical_data=history, stockouts=["2026-05-01"])
    assert [(one["reason"], one["periods"]) for one in found["left_out_periods"]] == [
        ("stockout", [2, 3]),
        ("promotion", [6]),
    ]
    assert found["point"] == 20 * 14
    assert (told[-1]["type"], told[-1]["path"]) == ("error", "context.stockouts[0]")
