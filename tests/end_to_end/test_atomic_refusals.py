"""The refusal of an atomic bulk edit says which of its items it is for."""

from pathlib import Path

import pytest

from tests.support.daemon import running

CONFIG = """
[item_types.maker]
[item_types.part]
fields.sku = { type = "string", unique = true }
fields.stock = { type = "number" }
fields.maker = { type = "reference", refers_to = "maker" }
"""
FINE = {"type": "part", "name": "Fine"}


def part(**fields: object) -> dict[str, object]:
    return {**FINE, **fields}


async def test_the_item_that_is_refused_is_told(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG)
    async with running(tmp_path) as daemon, daemon.client() as client:
        for item in (
            {"id": "m", "type": "maker", "name": "M"},
            {"id": "p", **part(maker="m", sku="A")},
            {"id": "q", **FINE},
        ):
            await client.ask(type="add_item", item=item)
        before = (await client.ask(type="list_items"))["seq"]

        for operation, rows, index, code in (
            ("add_multiple", [FINE, part(stock="x")], 1, "invalid_message"),
            ("add_multiple", [FINE, {"type": "part"}], 1, "invalid_message"),
            ("add_multiple", [FINE, FINE, 7], 2, "invalid_message"),
            ("add_multiple", [FINE, {"id": "p", **FINE}], 1, "exists"),
            ("add_multiple", [FINE, part(sku="A"), FINE], 1, "invalid_message"),
            ("add_multiple", [part(sku="B"), FINE, part(sku="B")], 2, "invalid_message"),
            ("update_multiple", [{"id": "q", "sku": "A"}, {"id": "p", "stock": 1}], 0, "invalid_message"),
            ("add_multiple", [FINE, part(maker="nobody")], 1, "invalid_message"),
            ("update_multiple", [{"id": "p", "stock": 1}, {"id": "no", "stock": 1}], 1, "not_found"),
            ("remove_multiple", ["m"], 0, "referenced"),
        ):
            reply = await client.ask(type="bulk", operation=operation, items=rows, atomic=True)

            assert (reply["code"], reply.get("index")) == (code, index), rows
            assert reply["message"].startswith(f"items[{index}]: ")
            assert len(reply.get("mistakes", [None])) == 1
        assert (await client.ask(type="list_items"))["seq"] == before


@pytest.mark.parametrize("keys", [{"op_id": "1"}, {}])
async def test_what_is_for_no_single_item_has_no_index(tmp_path: Path, keys: dict[str, object]) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        await client.ask(type="add_item", item={"type": "note", "name": "N"}, **keys)
        items = [{"type": "note", "name": "M"}]
        reply = await client.ask(
            type="bulk", operation="add_multiple", items=items if keys else [], atomic=True, **keys
        )
        assert reply["type"] == "error"
        assert "index" not in reply
