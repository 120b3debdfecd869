"""Over a real socket: what agents find flows from one to the next, and what a user prefers counts."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.conftest import Streamd
from tests.support.daemon import Client, Daemon, Message, running
from tests.support.samples import DATA

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("A8", "A11", "A12")]

TEAM: Final = "Check stock, forecast demand for what is low and recommend suppliers"

ITEMS: Final[Sequence[Mapping[str, object]]] = [
    {"id": "wire", "type": "inventory", "name": "Copper Wire", "current_stock": 20, "min_stock": 10, "reorder_point": 30,
     "max_stock": 60, "lead_time": 10},
    {"id": "bolt", "type": "inventory", "name": "Bolt", "current_stock": 500, "reorder_point": 30, "max_stock": 600},
    {"id": "olea", "type": "supplier", "name": "Olea", "location": "Europe", "reliability_score": 84, "delivery_time": 8,
     "products": ["Copper Wire"], "unit_cost": 2.0},
    {"id": "paco", "type": "supplier", "name": "Paco", "location": "Asia", "reliability_score": 88, "delivery_time": 7,
     "products": ["Copper Wire"], "unit_cost": 2.0},
]  # fmt: skip
DEMAND: Final = "item,date,quantity\n" + "".join(
    f"{item},2025-{month:02}-01,{quantity + month}\n"
    for item, quantity in (("wire", 150), ("bolt", 10))
    for month in range(1, 13)
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with running(tmp_path_factory.mktemp("daemon")) as one:
        yield one


async def filled(client: Client) -> None:
    ack = await client.ask(type="bulk", operation="add_multiple", items=ITEMS)
    assert ack["done"] == len(ITEMS)
    imported = await client.ask(type="import", text=DEMAND)
    assert imported["demand"] == 24


def data_of(told: Sequence[Message], kind: str) -> Any:
    (found,) = [message for message in told if message["type"] == kind]
    return found["data"]


def said_by(told: Sequence[Message], agent: str) -> str:
    return "".join(
        message["chunk"] for message in told if message["type"] == "agent_chunk" and message["agent"] == agent
    )


def check_team(told: Sequence[Message]) -> None:
    """Three agents, each from `agent_start` to `agent_complete` and `interaction`, one after the other."""
    steps = [
        (message["type"], message.get("agent", message.get("to_agent")))
        for message in told
        if message["type"] in ("agent_start", "agent_complete", "interaction")
    ]
    names = [name for kind, name in steps if kind == "agent_start"]
    assert names == ["inventory", "forecasting", "supplier"]
    assert [kind for kind, _ in steps] == ["agent_start", "agent_complete", "interaction"] * 3
    for message in told:
        if message["type"] == "agent_complete":
            assert message["metadata"]["status"] == "completed", message
            assert message["response"] == said_by(told, message["agent"]).strip()
    assert told[1]["intent"]["steps"] == ["inventory_management", "forecasting", "supplier_management"]
    assert told[-1]["type"] == "complete"


async def test_a_preference_said_once_changes_the_users_later_recommendations_and_nobody_elses(
    daemon: Daemon,
) -> None:
    async with (
        daemon.client(workspace="wishes", user_id="ann") as ann,
        daemon.client(workspace="wishes", user_id="bob") as bob,
    ):
        await filled(ann)
        noted = await ann.request("I prefer suppliers from Europe")
        assert "you prefer suppliers from Europe" in noted[-1]["message"]
        asked = "Recommend a supplier for Copper Wire"
        hers, his = await ann.request(asked), await bob.request(asked)
    chosen = [
        data_of(told, "supplier_results")["procurement_recommendations"][0]["recommended_suppliers"][0]
        for told in (hers, his)
    ]
    assert [one["supplier_name"] for one in chosen] == ["Olea", "Paco"]
    said = ["".join(message.get("content", "") for message in told) for told in (hers, his)]
    assert "as you prefer suppliers in Europe" in said[0]
    assert "prefer" not in said[1]


async def test_a_team_hands_on_what_is_low_and_how_much_of_it_is_expected_to_be_needed(
    daemon: Daemon,
) -> None:
    async with daemon.client(workspace="team", user_id="ann") as client:
        await filled(client)
        told = await client.request(TEAM)
        alone = await client.request("Recommend a supplier for Copper Wire")
    check_team(told)
    low = [one["item_id"] for one in data_of(told, "analysis_results")["low_stock_items"]]
    forecasts = data_of(told, "forecast_results")["demand_forecasts"]
    (bought,) = data_of(told, "supplier_results")["procurement_recommendations"]
    assert low == list(forecasts) == [bought["item_id"]] == ["wire"]
    ensemble = forecasts["wire"]["methods"]["ensemble"]
    assert bought["quantity"] == pytest.approx(ensemble[0] + ensemble[1] - 20, abs=60), (
        "what two months need, as a delivery and a month are longer than one, and some as safety"
    )
    (usual,) = data_of(alone, "supplier_results")["procurement_recommendations"]
    assert usual["quantity"] == 40, "without a forecast no more than up to the maximum"
    assert "Copper Wire (20 left, reorder point 30)" in said_by(told, "inventory")
    assert "Copper Wire:" in said_by(told, "forecasting")
    assert f"Order {bought['quantity']} units of Copper Wire from Paco" in said_by(told, "supplier")


async def test_a_team_works_on_the_real_files(daemon: Daemon, streamd: Streamd) -> None:
    files = [DATA / name for name in ("inventory.csv", "suppliers.csv", "orders.csv", "logistics.csv")]
    done = await asyncio.to_thread(streamd, "import", *files, "--workspace", "real", "--url", daemon.url)
    assert done.returncode == 0, done.stderr
    async with daemon.client(workspace="real", user_id="ann") as client:
        told = await client.request(TEAM)
        recommended = data_of(told, "supplier_results")["procurement_recommendations"]
        low = {one["item_id"] for one in data_of(told, "analysis_results")["low_stock_items"]}
        check_team(told)
        assert low
        assert {one["item_id"] for one in recommended} == low
        assert all(one["quantity"] > 0 and one["recommended_suppliers"] for one in recommended)
        assert "There is no demand history" in said_by(told, "forecasting")

        rows = "".join(
            f"{item_id},2025-{month:02}-01,{40 + 3 * month}\n" for item_id in low for month in range(1, 13)
        )
        imported = await client.ask(type="import", text=f"item,date,quantity\n{rows}")
        assert imported["demand"] == 12 * len(low)
        again = await client.request(TEAM)
        check_team(again)
        assert set(data_of(again, "forecast_results")["demand_forecasts"]) == low
        assert {
            one["item_id"] for one in data_of(again, "supplier_results")["procurement_recommendations"]
        } == low
