"""The forecasting agent computes, explains, remembers, and keeps the loop free."""

import asyncio
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from streamd.agents.left_out_periods import LEFT_OUT_KEYS
from streamd.core.prompt import Text
from streamd.core.values import Value
from streamd.long_work import ANALYSES
from tests.agents.office import data, office, sequence, words
from tests.support.runs import ScriptedModel, says

pytestmark = pytest.mark.requirement("A11")

ROOT: Final = Path(__file__).parents[2]
ITEM: Mapping[str, Value] = {
    "id": "a",
    "type": "inventory",
    "name": "Alpha",
    "current_stock": 5,
    "reorder_point": 10,
}
OTHER: Mapping[str, Value] = {
    "id": "b",
    "type": "inventory",
    "name": "Beta",
    "current_stock": 50,
    "reorder_point": 10,
}
SEASONAL = [100 + 40 * math.sin(at * math.pi / 6) + at % 5 for at in range(48)]


def forecasts(told: Any) -> Any:
    return data(told, "forecast_results")["demand_forecasts"]


async def test_demand_is_forecast_and_explained_with_numbers() -> None:
    async with office(ITEM) as place:
        await place.demand("a", SEASONAL)
        told = await place.ask("Forecast demand for Alpha for 12 periods")
    assert sequence(told) == [
        "start",
        "intent_analysis",
        "forecasting_analysis",
        "forecast_results",
        "content",
        "complete",
    ]
    found = forecasts(told)["a"]
    assert found["item_name"] == "Alpha"
    assert {len(path) for path in found["methods"].values()} == {12}
    assert set(found["intervals"]) == {"80", "95"}
    assert found["seasonality"]["period"] == 12
    assert (found["period_unit"], found["first_period"]) == ("month", "2030-01-01")
    said = words(told)
    for expected in (
        "Alpha:",
        "over the next 12 months",
        "Demand for Alpha repeats every 12 months",
        "95 %",
    ):
        assert expected in said
    assert not any(word in said for word in ("p = ", "p <", "Theil", "sMAPE", "period"))
    assert said.count(". ") < 6
    assert told[-1]["message"].startswith("Alpha: ")
    assert "in stock last" in told[-1]["message"]


async def test_methods_and_tests_are_told_to_those_who_want_details() -> None:
    async with office(ITEM) as place:
        await place.demand("a", SEASONAL)
        said = words(await place.ask("Forecast demand for Alpha for 12 periods in detail"))
    assert "sMAPE" in said
    assert "Mann-Kendall" in said


@pytest.mark.parametrize(
    ("say", "context", "periods"),
    [
        ("Forecast demand", {}, 9),
        ("Forecast demand for 4 periods", {}, 4),
        ("Forecast demand for 4 periods", {"forecast_periods": 7}, 7),
    ],
)
async def test_how_far_it_looks_is_told_by_the_context_then_the_words_then_the_preference(
    say: str, context: dict[str, Any], periods: int
) -> None:
    async with office(ITEM) as place:
        await place.demand("a", SEASONAL)
        await place.ask("Always forecast 9 periods ahead")
        told = await place.ask(say, **context)
        of_another = await place.ask("Forecast demand", user="bob")
    assert data(told, "forecast_results")["forecast_periods"] == periods
    assert data(of_another, "forecast_results")["forecast_periods"] == 30


async def test_anomalies_seasons_and_scenarios_are_told_when_they_are_asked_for() -> None:
    odd = [*SEASONAL[:30], 600.0, *SEASONAL[31:]]
    async with office(ITEM) as place:
        await place.demand("a", odd)
        plain = await place.ask("Forecast demand for Alpha")
        anomalies = await place.ask("Are there anomalies in demand?")
        everything = await place.ask(
            "Forecast demand", anomalies=True, seasonality=True, scenarios=True, period=12
        )
        insights = await place.memories("insight", "forecasting")
    assert not {"anomalies", "seasonal_patterns", "scenario_forecasts"} & set(data(plain, "forecast_results"))
    (found,) = data(anomalies, "forecast_results")["anomalies"]
    assert (found["item_name"], found["period"], found["date"], found["actual_demand"]) == (
        "Alpha",
        30,
        "2028-07-01",
        600,
    )
    assert "stands out" in words(anomalies)
    assert "expected over" not in words(anomalies)
    told = data(everything, "forecast_results")
    assert told["seasonal_patterns"]["a"]["period"] == 12
    scenarios, ensemble = (
        told["scenario_forecasts"]["a"],
        told["demand_forecasts"]["a"]["methods"]["ensemble"],
    )
    assert scenarios["worst_case"][0] == pytest.approx(0.6 * ensemble[0], rel=1e-3)
    assert insights
    assert insights[0].text.startswith(
        "Demand for Alpha stood out in the month of 2028-07-01: 600 instead of"
    )


async def test_only_what_the_request_is_about_is_forecast() -> None:
    async with office(ITEM, OTHER) as place:
        await place.demand("a", [10] * 8)
        await place.demand("b", [20] * 8)
        named = await place.ask("Forecast demand for Beta")
        low = await place.ask("Forecast demand for what is low on stock")
        handed = await place.ask(
            "Forecast",
            "forecasting",
            focus="low_stock",
            stock_analysis={"low_stock_items": [{"item_id": "b"}]},
        )
        every = await place.ask("Forecast demand")
    assert [set(forecasts(told)) for told in (named, low, handed, every)] == [{"b"}, {"a"}, {"b"}, {"a", "b"}]
    assert list(forecasts(every)) == ["b", "a"], "the one of which most is asked for comes first"


async def test_a_forecast_says_how_long_the_stock_lasts_and_what_runs_out_first_when_that_is_asked() -> None:
    async with office(ITEM, OTHER) as place:
        await place.demand("a", [10] * 8)
        await place.demand("b", [20] * 8)
        forecast = words(await place.ask("Forecast demand for Beta for 2 periods"))
        stockouts = words(await place.ask("Predict stockouts", forecast_periods=6))
    assert "The 50 of Beta in stock are enough for that." in forecast
    assert stockouts.index("The 5 of Alpha in stock last 0.5 months.") < stockouts.index(
        "The 50 of Beta in stock last 2.5 months."
    )


async def test_items_without_a_history_are_named_and_what_to_do_about_it() -> None:
    async with office(ITEM, OTHER) as place:
        nothing = await place.ask("Forecast demand")
        await place.demand("b", [20] * 8)
        partly = await place.ask("Forecast demand for Alpha and Beta")
    assert "There is no demand history to forecast from" in nothing[-1]["message"]
    assert data(partly, "forecast_results")["without_history"] == ["Alpha"]
    assert "There is no demand history for Alpha: import a table" in words(partly)


async def test_more_histories_than_one_request_may_have_are_cut_and_counted() -> None:
    many: list[Mapping[str, Value]] = [
        {**ITEM, "id": f"i{number}", "name": f"Item {number}"} for number in range(30)
    ]
    async with office(*many) as place:
        for item in many:
            await place.demand(str(item["id"]), [1.0])
        told = await place.ask("Forecast demand", forecast_periods=366)
    assert len(forecasts(told)) == 24
    assert data(told, "forecast_results")["counts"]["demand_forecasts"] == 30
    assert "These are 24 of 30 items" in words(told)
    assert [one["message"] for one in told if one["type"] == "progress"][-1] == "24 of 24"


async def test_an_analysis_is_remembered_unless_the_data_came_along() -> None:
    history = [{"id": "h", "name": "H", "historical_demand": [5, 6, 7, 8, 9, 10]}]
    async with office(ITEM) as place:
        given = await place.ask("Forecast demand", historical_data=history, days_per_period=7)
        assert await place.memories("analysis", "forecasting") == []
        await place.demand("a", [10] * 8)
        await place.ask("Forecast demand for 3 periods")
        (analysis,) = await place.memories("analysis", "forecasting")
    assert forecasts(given)["h"]["period_unit"] == "week"
    assert analysis.text == "Demand expected of 1 item over 3 periods: 30 of Alpha."
    assert analysis.data["recommendations"]


@pytest.mark.parametrize(
    ("context", "path"),
    [
        ({"period": 0}, "context.period"),
        ({"forecast_periods": 367}, "context.forecast_periods"),
        ({"historical_data": [{"historical_demand": ["1"]}]}, "context.historical_data[0]"),
        ({"promotions": "2026-11-27"}, "context.promotions"),
        ({"holidays": ["Christmas"]}, "context.holidays[0]"),
        ({"stockouts": [{"from": "2026-02-01", "to": "2026-01-01"}]}, "context.stockouts[0]"),
        ({"stockouts": [{"item_id": "a"}]}, "context.stockouts[0]"),
        ({"stockouts": [{"periods": [-1]}]}, "context.stockouts[0]"),
        (
            {
                "historical_data": [{"historical_demand": [1, 2, 3]}],
                "stockouts": [{"from": "2026-01-01"}],
            },
            "context.stockouts[0]",
        ),
        ({"historical_data": [], "days_per_period": "week"}, "context.days_per_period"),
    ],
    ids=repr,
)
async def test_what_cannot_be_is_refused_with_where_it_stands(context: dict[str, Any], path: str) -> None:
    async with office(ITEM) as place:
        told = await place.ask("Forecast demand", **context)
    assert (told[-1]["type"], told[-1]["code"], told[-1]["path"]) == ("error", "invalid_message", path)


async def test_a_spike_is_told_and_damped() -> None:
    async with office(ITEM) as place:
        await place.demand("a", [*([50.0] * 20), 5_000.0])
        told = await place.ask("Forecast demand for Alpha for 6 periods")
    found = forecasts(told)["a"]
    (damped,) = found["damped_periods"]
    assert damped == {"period": 20, "actual_demand": 5_000, "used_demand": 75, "date": "2027-09-01"}
    assert max(max(path) for path in found["methods"].values()) <= 150
    assert "damped: it counts 75 instead of 5,000 in the month of 2027-09-01." in words(told)


@pytest.mark.parametrize(
    ("key", "reason", "says"),
    [
        ("stockouts", "stockout", "Alpha was out of stock in the month of 2026-05-01"),
        ("promotions", "promotion", "There was a promotion of Alpha in the month of 2026-05-01"),
        ("holidays", "holiday", "There were holidays in the month of 2026-05-01"),
    ],
)
async def test_what_was_sold_in_other_than_usual_times_is_not_taken_for_demand(
    key: str, reason: str, says: str
) -> None:
    at_times = [*([50.0] * 4), 0.0, *([50.0] * 3), 160.0, *([50.0] * 5)]
    days = [
        {"from": "2026-05-03", "to": "2026-05-20"},
        {"from": "2026-09-01", "to": "2026-09-30", "item_id": "a"},
    ]
    async with office(ITEM) as place:
        await place.demand("a", at_times)
        context: dict[str, Any] = {key: days}
        told = await place.ask("Forecast demand for Alpha for 3 periods", **context)
    found = forecasts(told)["a"]
    assert found["left_out_periods"] == [
        {"period": 4, "reason": reason, "date": "2026-05-01"},
        {"period": 8, "reason": reason, "date": "2026-09-01"},
    ]
    assert found["methods"]["ensemble"] == pytest.approx([50, 50, 50])
    assert says in words(told)


async def test_a_few_days_do_not_spoil_a_month_and_other_items_have_their_own() -> None:
    async with office(ITEM) as place:
        await place.demand("a", [50.0] * 14)
        told = await place.ask(
            "Forecast demand for Alpha",
            holidays=["2026-05-01", "2026-12-25"],
            stockouts=[{"from": "2026-01-01", "to": "2026-12-31", "item_id": "b"}],
        )
    assert "left_out_periods" not in forecasts(told)["a"]


async def test_days_that_are_named_twice_count_once_and_many_of_them_take_no_time() -> None:
    twice = [{"from": "2026-05-01", "to": "2026-05-05"}, {"from": "2026-05-02", "to": "2026-05-06"}]
    ages = [{"from": f"{1000 + at}-01-01", "to": "9999-12-31", "item_id": "b"} for at in range(1_000)]
    async with office(ITEM, OTHER) as place:
        await place.demand("a", [50.0] * 14)
        await place.demand("b", [50.0] * 14)
        told = await place.ask("Forecast demand", promotions=[*twice, "2026-05-06"], stockouts=ages)
    assert "left_out_periods" not in forecasts(told)["a"]
    assert "b" not in forecasts(told)
    assert data(told, "forecast_results")["without_history"] == ["Beta"]
    assert data(told, "forecast_results")["counts"] == {"demand_forecasts": 1}


async def test_periods_of_a_history_in_the_request_are_named_by_their_places_and_returns_are_netted() -> None:
    history = [{"id": "h", "name": "H", "historical_demand": [20, 20, 0, 0, 20, 25, -5, 40, 20, 20]}]
    async with office(ITEM) as place:
        told = await place.ask(
            "Forecast demand",
            forecast_periods=2,
            historical_data=history,
            stockouts=[{"periods": [2, 3, 6], "item_id": "h"}],
            promotions=[{"periods": [7]}],
        )
    found = forecasts(told)["h"]
    assert [(one["period"], one["reason"]) for one in found["left_out_periods"]] == [
        (2, "stockout"),
        (3, "stockout"),
        (6, "stockout"),
        (7, "promotion"),
    ]
    assert found["methods"]["ensemble"] == pytest.approx([20, 20])


async def test_months_without_a_row_are_told_and_not_taken_for_no_demand() -> None:
    async with office(ITEM) as place:
        rows = [(f"2026-{month:02}-28", 10.0) for month in range(1, 13) if month not in (5, 9)]
        await place.demand_rows("a", rows)
        told = await place.ask("Forecast demand for Alpha for 3 periods")
    found = forecasts(told)["a"]
    assert found["period_unit"] == "month"
    assert [one["reason"] for one in found["left_out_periods"]] == ["no_row", "no_row"]
    assert found["methods"]["ensemble"] == pytest.approx([10, 10, 10])
    assert "has no row in the month of 2026-05-01 and in the month of 2026-09-01" in words(told)


async def test_long_computations_take_turns_part_by_part() -> None:
    order: list[str] = []

    def part(name: str) -> None:
        order.append(name)

    async def compute(name: str) -> None:
        for _ in range(5):
            await ANALYSES.run(part, name)

    async with asyncio.timeout(10):
        await asyncio.gather(compute("a"), compute("b"))
    assert order[:6] == ["a", "b"] * 3


async def test_a_language_model_reads_what_is_expected_and_what_that_says_but_not_every_method() -> None:
    model = ScriptedModel(says("About 300."))
    async with office(ITEM, OTHER, model=model) as place:
        await place.demand("a", SEASONAL)
        told = await place.ask("Forecast demand", "forecasting")
    text = "".join(block.text for block in model.asked[-1].messages[-1].blocks if isinstance(block, Text))
    assert '"ensemble":[' in text
    assert '"methods"' not in text.partition("# What it says")[0]
    assert '- "Alpha:' in text.partition("# What it says")[2]
    assert len(text) < 60_000
    assert words(told) == "About 300."


async def test_a_span_that_was_named_is_converted_to_the_periods_of_the_history() -> None:
    async with office(ITEM) as place:
        await place.demand("a", SEASONAL)
        quarters = await place.ask("Forecast demand for Alpha for the next two quarters")
        weeks = await place.ask("Forecast demand for Alpha for 6 weeks")
    assert data(quarters, "forecast_results")["forecast_periods"] == 6
    assert data(weeks, "forecast_results")["forecast_periods"] == 2


@pytest.mark.parametrize(
    "where",
    [ROOT / "streamd/wire/README.md", ROOT / "streamd/agents/forecasting.py"],
    ids=lambda path: path.name,
)
def test_keys_of_the_context_are_documented(where: Path) -> None:
    text = where.read_text(encoding="utf-8")
    assert [key for key in LEFT_OUT_KEYS if f"`{key}`" not in text] == []
