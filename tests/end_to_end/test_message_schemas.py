"""Whatever agents say about the sample data is as the served schemas say, to the last key."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Final

import fastjsonschema
import pytest
import pytest_asyncio

from tests.support.daemon import Client, Daemon, Message, running
from tests.support.samples import DATA, SAMPLE_ITEMS, SAMPLE_REQUESTS
from tests.support.schemas import DOCUMENT, check_server_message, closed

pytestmark = pytest.mark.asyncio(loop_scope="module")

MONTHS: Final = [*range(20, 44), 200, *range(44, 55)]
ANALYSES: Final[Sequence[tuple[str, Mapping[str, object]]]] = (
    ("Analyze the stock", {}),
    ("Analyze the stock", {"inventory_data": []}),
    ("Analyze the stock", {"promotions": [{"from": "2020-03-01", "to": "2020-03-31", "item_id": "wire"}]}),
    ("Analyze all suppliers", {}),
    ("Analyze all suppliers", {"supplier_data": []}),
    ("Recommend suppliers for everything that is low", {}),
    ("Recommend a supplier for Copper Wire", {}),
    ("Compare the total cost of ownership of Copper Wire", {}),
    ("Forecast demand", {}),
    ("Forecast demand", {"anomalies": True, "seasonality": True, "scenarios": True, "forecast_periods": 3}),
    (
        "Forecast demand",
        {
            "anomalies": True, "seasonality": True, "scenarios": True, "period": 12,
            "historical_data": [
                {"id": "wire", "name": "Copper Wire", "historical_demand": MONTHS},
                {"id": "bolt", "name": "Bolt", "historical_demand": [3]},
                {"id": "rare", "name": "Rare", "historical_demand": [0, 0, 7, 0, 0, 0, 2, 0, 0, 0]},
            ],
        },
    ),
    ("Check stock, forecast demand for what is low and recommend suppliers", {}),
)  # fmt: skip
DEMAND: Final = "item,date,quantity\n" + "".join(
    f"wire,{2020 + at // 12}-{at % 12 + 1:02}-01,{quantity}\n" for at, quantity in enumerate(MONTHS)
)
STOCK: Final = [
    {"id": "wire", "type": "inventory", "name": "Copper Wire", "current_stock": 20, "min_stock": 10, "reorder_point": 30,
     "max_stock": 60, "lead_time": 10, "unit_cost": 2.5, "ordering_cost": 30, "holding_rate": 0.2, "supplier": "Olea"},
    {"id": "olea", "type": "supplier", "name": "Olea", "location": "Europe", "reliability_score": 84, "delivery_time": 8,
     "products": ["Copper Wire"], "unit_cost": 2.0, "defect_rate": 1, "certifications": ["ISO 9001"]},
    {"id": "paco", "type": "supplier", "name": "Paco", "location": "Asia", "delivery_time": 70, "products": ["Copper Wire"]},
]  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    async with running(tmp_path_factory.mktemp("daemon")) as one:
        yield one


async def checked(client: Client, **message: object) -> Message:
    """Ask something, and hold all of the answer against the schemas. Returns the last of it."""
    await client.send(**message, request_id="r")
    while True:
        heard = await client.until(lambda one: one.get("request_id") == "r")
        check_server_message(heard)
        is_response = "run_seq" in heard
        if (
            heard["type"] in ("complete", "error", "cancelled", "interrupt")
            if is_response
            else heard["type"] != "progress"
        ):
            return heard


async def test_analyses_of_the_sample_data_are_as_their_schemas_say(daemon: Daemon) -> None:
    async with daemon.client(workspace="samples") as client:
        await client.ask(type="subscribe", topics=["items", "progress", "quality"])
        for path in sorted(DATA.glob("*.csv")):
            await checked(client, type="import", text=path.read_text(), filename=path.name)
        await checked(client, type="bulk", operation="add_multiple", items=STOCK)
        await checked(client, type="import", text=DEMAND)
        told = set()
        for words, context in ANALYSES:
            last = await checked(client, type="user_request", user_input=words, context=context)
            assert last["type"] == "complete"
        for one in client.responses:
            told |= (
                {f"{one['type']}.{key}" for key in one["data"]} if one["type"].endswith("_results") else set()
            )
        for broadcast in (*client.feeds, *client.events):
            check_server_message(broadcast)
    assert told == {
        f"{kind}.{key}"
        for kind in ("analysis_results", "supplier_results", "forecast_results")
        for key in DOCUMENT["$defs"][DOCUMENT["data"][kind]["$ref"].removeprefix("#/$defs/")]["properties"]
    }


async def test_sample_requests_are_answered_as_the_schemas_say(daemon: Daemon) -> None:
    for number, row in enumerate(SAMPLE_REQUESTS):
        async with daemon.client(workspace=f"sample-{number}") as client:
            await checked(client, type="bulk", operation="add_multiple", items=SAMPLE_ITEMS)
            await checked(client, type="user_request", user_input=row["say"], context=row.get("context", {}))
            for event in client.events:
                check_server_message(event)


async def test_served_schemas_are_those_that_messages_are_held_against(daemon: Daemon) -> None:
    async with daemon.client() as client:
        served = (await client.ask(type="describe", what="schemas"))["schemas"]
    kinds = {name: served[name] for name in ("messages", "replies", "responses", "events")}
    for schemas in kinds.values():
        for schema in schemas.values():
            fastjsonschema.compile({**schema, "$defs": served["$defs"]})
    with pytest.raises(fastjsonschema.JsonSchemaValueException, match="days"):
        fastjsonschema.compile(closed({**served["replies"]["pong"], "$defs": {}}))(
            {"type": "pong", "timestamp": "2026-11-20T09:30:00.000Z", "days": 1}
        )
