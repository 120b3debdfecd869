"""What `context` says is done without guessing, and wins over the words; data given there is analysed."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import count
from typing import Final

import pytest
import pytest_asyncio

from tests.support.daemon import Daemon, Message, running

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("A7")]

Items = dict[str, dict[str, object]]

GIVEN: Final[Sequence[Mapping[str, object]]] = [
    {"id": "low", "type": "inventory", "name": "Low", "current_stock": 5, "reorder_point": 10},
    {"id": "full", "type": "inventory", "name": "Full", "current_stock": 50, "reorder_point": 10},
    {"id": "acme", "type": "supplier", "name": "Acme"},
]
_workspaces = count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with running(tmp_path_factory.mktemp("daemon")) as one:
        yield one


async def asked(daemon: Daemon, say: str, context: object) -> tuple[list[Message], Items, list[Message]]:
    """What the run told, the items afterwards, and the run's events."""
    async with daemon.client(workspace=f"context-{next(_workspaces)}") as client:
        await client.ask(type="bulk", operation="add_multiple", items=GIVEN)
        await client.send(type="user_request", user_input=say, context=context)
        told: list[Message] = []
        while not told or told[-1]["type"] not in ("complete", "error"):
            told.append(await client.until(lambda message: "run_seq" in message))
        listed = await client.ask(type="list_items", limit=1000)
        await client.heard(listed["seq"])
        assert (await client.ask(type="ping"))["type"] == "pong", "the connection lives"
        return told, {item["id"]: item for item in listed["items"]}, client.events[len(GIVEN) :]


@pytest.mark.parametrize(
    ("context", "names"),
    [
        ({"item_type": "inventory", "item_name": "Wire"}, ["Wire"]),
        ({"item_type": "inventory", "item_name": "Wire", "count": 2}, ["Wire 1", "Wire 2"]),
        ({"item_type": "supplier", "count": 2}, ["Supplier 1", "Supplier 2"]),
        ({"item_type": "gadget", "count": 1}, ["Gadget 1"]),
        ({"operation": "add_multiple", "items": [{"type": "note", "name": "N"}, {"name": "M"}]}, ["N", "M"]),
        ({"operation": "add_multiple", "items": '[{"type":"note","name":"N"}]'}, ["N"]),
    ],
    ids=repr,
)
@pytest.mark.parametrize("as_text", [False, True])
async def test_a_context_adds_what_it_names_whatever_the_words_say(
    daemon: Daemon, context: Mapping[str, object], names: Sequence[str], as_text: bool
) -> None:
    told, items, events = await asked(
        daemon, "Remove everything", json.dumps(context) if as_text else context
    )
    added = told[-1]["data"]["added"]
    assert [items[item_id]["name"] for item_id in added] == names
    assert [event["item_id"] for event in events] == added
    assert len(items) == len(GIVEN) + len(names)
    assert {item["type"] for item in items.values()} >= {context.get("item_type", "inventory")}


@pytest.mark.parametrize(
    ("context", "removed"),
    [
        ({"action": "remove", "item_id": "full"}, ["full"]),
        ({"action": "remove", "criteria": "low_stock"}, ["low"]),
        ({"operation": "remove_multiple", "items": ["low", {"id": "acme"}]}, ["low", "acme"]),
        ({"operation": "remove_multiple", "items": '["low"]', "atomic": True}, ["low"]),
    ],
    ids=repr,
)
async def test_a_context_removes_what_it_names(
    daemon: Daemon, context: Mapping[str, object], removed: Sequence[str]
) -> None:
    told, items, events = await asked(daemon, "Add 3 suppliers", context)
    assert told[-1]["data"]["removed"] == removed
    assert not set(removed) & set(items)
    assert [(event["event_type"], event["item_id"]) for event in events] == [
        ("item_removed", item_id) for item_id in removed
    ]
    assert all(event["data"]["reason"] for event in events)


async def test_a_context_updates_items_and_tells_names_and_fields_apart(daemon: Daemon) -> None:
    context = {
        "operation": "update_multiple",
        "items": [{"id": "low", "name": "Lower", "current_stock": 1, "reorder_point": None}],
    }
    told, items, events = await asked(daemon, "", context)
    own = {"id": "low", "type": "inventory", "name": "Lower", "current_stock": 1}
    assert items["low"] == own
    assert {event["event_type"]: event["data"] for event in events} == {
        "item_updated": {"name": "Lower"},
        "field_changed": {"current_stock": 1, "reorder_point": None},
    }
    assert told[-1]["data"]["changed"] == ["low"]


async def test_wrong_entries_are_left_out_one_by_one_and_named(daemon: Daemon) -> None:
    entries = [
        {"id": "low", "current_stock": -5},
        {"id": "full", "current_stock": 7},
        {"id": "none"},
        {"x": 1},
    ]
    told, items, _ = await asked(daemon, "", {"operation": "update_multiple", "items": entries})
    assert items["full"]["current_stock"] == 7
    assert items["low"]["current_stock"] == 5
    assert told[-1]["data"]["changed"] == ["full"]
    assert [problem["index"] for problem in told[-1]["data"]["problems"]] == [0, 2, 3]
    assert "none" in told[-1]["message"]


@pytest.mark.parametrize(
    "context",
    [
        {
            "operation": "update_multiple",
            "atomic": True,
            "items": [{"id": "full", "name": "F"}, {"id": "none"}],
        },
        {"operation": "remove_multiple", "atomic": True, "items": ["full", "none"]},
        {"operation": "explode_multiple", "items": ["full"]},
        {"operation": "add_multiple", "items": "not JSON"},
        {"action": "remove", "item_id": "none"},
        {"action": "remove", "criteria": "none"},
        {"action": "remove"},
        {"item_type": "inventory", "count": 0},
        {"item_type": "inventory", "count": "many"},
        {"item_type": "inventory", "count": 10_001},
    ],
    ids=repr,
)
async def test_a_context_that_cannot_be_done_changes_nothing_and_says_why(
    daemon: Daemon, context: Mapping[str, object]
) -> None:
    told, items, events = await asked(daemon, "Add 3 suppliers", context)
    assert set(items) == {"low", "full", "acme"}
    assert not events
    assert told[-1]["type"] == "complete"
    assert told[-1]["data"]["refusal"] in told[-1]["message"]
    assert told[-1]["message"].endswith("Nothing was changed.")


async def test_keys_that_nobody_knows_are_no_reason_to_refuse(daemon: Daemon) -> None:
    told, items, _ = await asked(
        daemon, "Add 2 suppliers", {"context": "Q1 planning", "mood": {"good": [1, 2]}, "priority": None}
    )
    assert len(told[-1]["data"]["added"]) == 2
    assert len(items) == len(GIVEN) + 2


async def test_given_inventory_is_analysed_instead_of_the_stores(daemon: Daemon) -> None:
    data = [{"id": "x", "name": "X", "current_stock": 0, "min_stock": 2, "reorder_point": 5, "max_stock": 10}]
    told, items, _ = await asked(daemon, "Which items are low on stock?", {"inventory_data": data})
    (results,) = [response for response in told if response["type"] == "analysis_results"]
    assert [found["item_id"] for found in results["data"]["low_stock_items"]] == ["x"]
    assert "Low" not in told[-1]["message"].split(), "the store's items are no answer"
    assert "x" not in items


async def test_given_suppliers_are_analysed_instead_of_the_stores(daemon: Daemon) -> None:
    data = {"y": {"name": "Yonder", "reliability_score": 90}}
    told, _, _ = await asked(daemon, "Assess the suppliers", {"supplier_data": data})
    (results,) = [response for response in told if response["type"] == "supplier_results"]
    assert [one["supplier_name"] for one in results["data"]["supplier_performance"].values()] == ["Yonder"]
    assert "Acme" not in told[-1]["message"]


async def test_given_history_is_forecast_instead_of_the_stores(daemon: Daemon) -> None:
    data = [{"id": "h", "name": "H", "historical_demand": list(range(1, 13))}]
    told, _, _ = await asked(daemon, "Forecast demand", {"historical_data": data, "forecast_periods": 5})
    (results,) = [response for response in told if response["type"] == "forecast_results"]
    forecast = results["data"]["demand_forecasts"]["h"]
    assert forecast["item_name"] == "H"
    assert all(len(numbers) == 5 for numbers in forecast["methods"].values())


@pytest.mark.parametrize(
    ("say", "context", "path"),
    [
        ("Analyze the inventory", {"inventory_data": "bad"}, "context.inventory_data"),
        ("Assess the suppliers", {"supplier_data": [1]}, "context.supplier_data[0]"),
        (
            "Forecast demand",
            {"historical_data": [{"historical_demand": ["x"]}]},
            "context.historical_data[0]",
        ),
        ("Forecast demand", {"historical_data": [], "forecast_periods": 0}, "context.forecast_periods"),
    ],
    ids=repr,
)
async def test_given_data_of_another_shape_ends_the_run_with_an_error_that_says_where(
    daemon: Daemon, say: str, context: Mapping[str, object], path: str
) -> None:
    told, _, events = await asked(daemon, say, context)
    assert told[-1]["type"] == "error"
    assert (told[-1]["code"], told[-1]["path"]) == ("invalid_message", path)
    assert not events


@pytest.mark.parametrize("context", [[1], 5, "not JSON", "[1]"], ids=repr)
async def test_a_context_that_is_no_object_is_refused_and_the_connection_lives(
    daemon: Daemon, context: object
) -> None:
    async with daemon.client() as client:
        refusal = await client.ask(type="user_request", user_input="Add 2 suppliers", context=context)
        assert (refusal["type"], refusal["code"], refusal["path"]) == ("error", "invalid_message", "context")
        assert (await client.ask(type="ping"))["type"] == "pong"
        assert "run_id" not in refusal
