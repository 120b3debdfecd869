"""Files of other systems over the socket: tried, imported, exported, and imported again without a change."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.daemon import Client, Daemon, running
from tests.support.samples import DATA

pytestmark = pytest.mark.requirement("A12")

SYSTEMS = DATA / "systems"


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path) as one:
        yield one


async def imported(client: Client, text: str, **said: Any) -> dict[str, Any]:
    return await client.ask(type="import", format="csv", text=text, **said)


async def stored(client: Client) -> list[dict[str, Any]]:
    page = await client.ask(type="list_items", limit=1000)
    return sorted(page["items"], key=lambda item: str(item["id"]))


def outcome(ack: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in ack.items() if name not in ("request_id", "dry_run", "seq")}


@pytest.mark.parametrize(
    ("system", "count"),
    [
        ("shopify_inventory", 2),
        ("woocommerce", 2),
        ("square", 2),
        ("sap_mb52", 2),
        ("sage_50", 2),
        ("amazon_fba", 2),
    ],
)
async def test_a_file_of_a_system_goes_in_out_and_in_again(system: str, count: int, daemon: Daemon) -> None:
    text = (SYSTEMS / f"{system}.csv").read_text(encoding="utf-8")
    async with daemon.client() as client:
        tried = await imported(client, text, dry_run=True)
        assert await stored(client) == []
        done = await imported(client, text)
        assert outcome(done) == outcome(tried)
        assert done["added"] == count
        items = await stored(client)
        assert len(items) == count
        again = await imported(client, text)
        assert (again["unchanged"], again.get("changed", 0), again.get("added", 0)) == (count, 0, 0)
        exported = await client.ask(type="export", format="csv")
        back = await imported(client, exported["text"])
        assert (back["unchanged"], back.get("changed", 0), back["refused"]) == (count, 0, 0)
        assert await stored(client) == items


async def test_what_a_spreadsheet_saves_of_an_export_changes_what_was_changed_and_no_more(
    daemon: Daemon,
) -> None:
    async with daemon.client() as client:
        await imported(
            client,
            "SKU,Name,Stock,Unit Cost,Supplier,Location\nA,Nut,1.5,1.125,Acme,North\nB,Bolt,2,12.5,Acme,North\n",
        )
        exported = (await client.ask(type="export", format="csv"))["text"]
        german = exported.replace(",", ";").replace(".", ",")
        assert (await imported(client, german))["unchanged"] == 2
        emptied = german.replace("Acme", "", 1)
        tried = await imported(client, emptied, dry_run=True)
        done = await imported(client, emptied)
        assert outcome(tried) == outcome(done)
        assert (done["changed"], done["unchanged"]) == (1, 1)
        first, second = await stored(client)
        assert "supplier" not in first
        assert (first["unit_cost"], first["current_stock"], second["supplier"]) == (1.125, 1.5, "Acme")


async def test_what_cannot_be_told_is_asked_and_nothing_is_changed(daemon: Daemon) -> None:
    async with daemon.client() as client:
        text = "Order Number,Order Date\n1,03/04/2026\n"
        asked = await imported(client, text)
        assert (asked["type"], asked["code"], asked["path"]) == ("error", "invalid_message", "dates")
        assert await stored(client) == []
        assert (await imported(client, text, dates="dmy"))["added"] == 1
        (item,) = await stored(client)
        assert item["order_date"] == "2026-04-03"
