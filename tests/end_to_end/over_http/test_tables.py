"""CSV files over plain HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests.support.daemon import WITH_HTTP, running


async def test_a_file_is_tried_imported_once_and_exported(tmp_path: Path) -> None:
    text = "sku,name,current_stock\nB-1,Bolt,3\nN-1,Nut,4\n"
    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=60) as http,
        daemon.client() as other,
    ):
        query = {"type": "inventory", "columns": '{"sku":"sku"}'}
        tried = await http.post("/import", content=text, params={**query, "dry_run": "1"})
        assert tried.status_code == 200, tried.text
        assert (tried.json()["added"], tried.json()["dry_run"]) == (2, True)
        key = {"Idempotency-Key": "once"}
        done = await http.post("/import", content=text, params=query, headers=key)
        again = await http.post("/import", content=text, params=query, headers=key)
        assert done.json() == again.json()
        assert done.json()["added"] == 2
        heard = [await other.until(lambda told: "event_type" in told) for _ in range(2)]
        assert {event["data"]["name"] for event in heard} == {"Bolt", "Nut"}
        exported = await http.get("/export", params={"item_type": "inventory"})
        assert exported.headers["content-type"] == "text/csv; charset=utf-8"
        assert 'filename="inventory.csv"' in exported.headers["content-disposition"]
        assert "Bolt" in exported.text
        assert len(exported.text.splitlines()) == 3
        nothing = await http.post("/import", content=b"")
        assert (nothing.status_code, nothing.json()["code"]) == (400, "invalid_message")


async def test_a_file_that_comes_in_pieces_without_a_length_is_one_file(tmp_path: Path) -> None:
    rows = 20_000

    async def pieces() -> AsyncIterator[bytes]:
        yield b"name,current_stock,description\n"
        for first in range(0, rows, 1000):
            yield b"".join(b"Part %d,%d,%b\n" % (n, n, b"x" * 100) for n in range(first, first + 1000))

    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=60) as http,
    ):
        done = await http.post(
            "/import", content=pieces(), params={"item_type": "inventory", "dry_run": "true"}
        )
        assert done.status_code == 200, done.text
        assert done.json()["added"] == rows


async def test_a_file_that_is_too_long_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    environ = {**WITH_HTTP, "STREAMD_LIMITS__UPLOAD_BYTES_PER_USER": "1048576"}
    async with (
        running(tmp_path, **environ) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=60) as http,
    ):

        async def endless() -> AsyncIterator[bytes]:
            yield b"name\n"
            for _ in range(30):
                yield b"Part\n" * 20_000

        refused = await http.post("/import", content=endless(), params={"item_type": "inventory"})
        assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
        small = await http.post("/import", content="name\nBolt\n", params={"item_type": "inventory"})
        assert small.json()["added"] == 1
