"""What operators see over HTTP: health, metrics, the access log; and what pages of browsers may do."""

import asyncio
import json
import re
from pathlib import Path
from typing import Final

import httpx
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import ROOT
from tests.support.broken_store import full_disk, locked
from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, Daemon, running
from tests.support.sse import reading

DOCUMENT: Final = ROOT / "streamd" / "edge" / "metrics" / "README.md"
BOARD: Final = ROOT / "systemd" / "grafana.json"
PROMETHEUS: Final = re.compile(r"\bstreamd_[a-z_]+")
UNBOUNDED: Final = ("shop", "ann", "bolt")


async def samples(daemon: Daemon) -> dict[str, dict[tuple[str, ...], float]]:
    """All metrics: values by those of their labels, by name."""
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        answer = await http.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        found.setdefault(family.name, {})
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


async def test_metrics_count_what_was_done_and_name_nobody(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon:
        async with (
            daemon.client(workspace="shop", user_id="ann") as client,
            reading(daemon.http_url, workspace="shop") as reader,
        ):
            await client.ask(type="add_item", id="bolt", item={"type": "inventory", "name": "Bolt"})
            await client.ask(type="get_item", item_id="nut")
            await client.request("How many items are there?")
            await reader.next()
            told = await samples(daemon)
        assert told["streamd_connections"]["websocket",] == 1
        assert told["streamd_connections"]["events",] == 1
        assert told["streamd_use_case_calls_total"]["edit_item",] == 1
        assert told["streamd_use_case_refusals_total"] == {("not_found", "get_item"): 1}
        assert sum(told["streamd_runs_total"].values()) == 1
        assert next(iter(told["streamd_runs_total"]))[1] == "completed"
        for histogram in ("commit", "fan_out", "run_queue_wait"):
            assert told[f"streamd_{histogram}_seconds_count"][()] >= 1
        assert told["streamd_committed_entries_total"][()] >= 2
        assert told["streamd_store_bytes"][()] > 0
        labels = {label for values in told.values() for key in values for label in key}
        assert not labels & set(UNBOUNDED)


async def test_every_metric_is_explained_and_the_board_shows_only_what_there_is(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon:
        told = await samples(daemon)
    explained = set(re.findall(r"^\| `(streamd_[a-z_]+)`", DOCUMENT.read_text(), re.MULTILINE))
    bare = {name for name in told if not re.search(r"_(bucket|sum|count|created|total)$", name)}
    families = {f"{name}_total" if f"{name}_total" in told or name in COUNTERS else name for name in bare}
    assert families == explained
    board = json.loads(BOARD.read_text())
    shown = {
        name
        for panel in board["panels"]
        for target in panel["targets"]
        for name in PROMETHEUS.findall(target["expr"])
    }
    assert shown
    assert {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown} <= explained


COUNTERS: Final = frozenset(
    {
        "streamd_dropped_connections", "streamd_http_requests", "streamd_runs", "streamd_model_tokens",
        "streamd_model_cost_usd", "streamd_retries", "streamd_use_case_calls", "streamd_use_case_refusals",
    }
)  # fmt: skip
"""Those that have no value before something happened."""


async def test_health_notices_a_store_that_cannot_be_written_and_that_it_can_be_again(tmp_path: Path) -> None:
    async with (
        running(tmp_path, module="streamd", **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as http,
    ):
        assert (await http.get("/healthz")).json() == {"status": "ok"}
        assert (await http.get("/readyz")).json() == {"status": "ready"}
        with full_disk(daemon):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (
                    sick := await http.get("/healthz")
                ).status_code == 200:  # until the last probe is too old
                    pass
            assert (sick.status_code, sick.json()) == (503, {"status": "unavailable", "reason": "store"})
            unready = await http.get("/readyz")
            assert (unready.status_code, unready.json()["reason"]) == (503, "store")
        assert (await http.get("/healthz")).status_code == 200
        assert (await http.get("/readyz")).status_code == 200


async def test_health_notices_that_another_process_locks_the_store_and_that_it_lets_go(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path, module="streamd", **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as http,
    ):
        with locked(daemon):
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (sick := await http.get("/healthz")).status_code == 200:
                    pass
            assert sick.json()["reason"] in ("slow", "store")
            assert (await http.get("/items")).status_code == 200, "what reads only goes on"
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await http.get("/healthz")).status_code != 200:
                pass
        assert (await http.get("/readyz")).status_code == 200
        added = await http.post("/items", json={"type": "note", "name": "A"})
        assert added.status_code == 201


async def test_while_the_daemon_drains_it_is_healthy_and_not_ready(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **WITH_HTTP) as daemon,
        daemon.client() as client,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as http,
    ):
        await http.get("/healthz")
        await client.send(type="user_request", user_input="Plan a trip to Rome for three days", context={})
        await client.until(lambda message: "run_seq" in message)
        daemon.ask_to_stop()
        await daemon.logs("daemon_draining")
        try:
            ready, healthy, refused = [await http.get(path) for path in ("/readyz", "/healthz", "/items")]
        except httpx.TransportError:
            pytest.fail("the run ended too soon to see it drain")
        assert (ready.status_code, ready.json()["reason"]) == (503, "draining")
        assert healthy.status_code == 200
        assert (refused.status_code, refused.json()["code"]) == (503, "draining")


async def test_the_access_log_has_a_line_for_each_request_and_no_secrets(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **WITH_HTTP, STREAMD_LOG__LEVEL="debug") as daemon,
        httpx.AsyncClient(base_url=daemon.http_url) as http,
    ):
        await http.get("/items", params={"token": "s3cret", "search": "s3cret"})
        await http.post("/items", content=b'{"type":"note","name":"s3cret')
        lines = [orjson.loads(line) for line in await daemon.logs("http_request", count=2)]
        assert [(line["method"], line["path"], line["status"]) for line in lines] == [
            ("GET", "/items", 200), ("POST", "/items", 400),
        ]  # fmt: skip
        assert not any("s3cret" in line for line in daemon.log)


PAGE: Final = "https://shop.example"


async def test_a_page_on_the_list_may_do_what_a_program_may_and_others_nothing(tmp_path: Path) -> None:
    environ = {**WITH_HTTP, "STREAMD_WS__ALLOWED_ORIGINS": PAGE}
    async with (
        running(tmp_path, **environ) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, headers={"Origin": PAGE}) as http,
    ):
        asked = {
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "if-match,idempotency-key",
        }
        preflight = await http.options("/items/a", headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == PAGE
        assert preflight.headers["access-control-allow-credentials"] == "true"
        assert "PATCH" in preflight.headers["access-control-allow-methods"]
        added = await http.post("/items", json={"type": "note", "name": "A" * 5000})
        assert added.headers["access-control-allow-origin"] == PAGE
        assert "ETag" in added.headers["access-control-expose-headers"]
        assert "Origin" in added.headers["vary"]
        listed = await http.get("/items", headers={"Accept-Encoding": "gzip"})
        assert listed.headers["content-encoding"] == "gzip"
        assert {"Origin", "Accept-Encoding"} <= set(re.split(r",\s*", listed.headers["vary"]))
        for accepted in ("identity", "gzip;q=0", "br, gzip; q=0.000", "GZIP;Q=0, *", "br"):
            plain = await http.get("/items", headers={"Accept-Encoding": accepted})
            assert "content-encoding" not in plain.headers, accepted
            assert plain.json() == listed.json()
            assert "Accept-Encoding" in plain.headers["vary"]
        for accepted in ("gzip;q=0.5", "br;q=0, gzip"):
            packed = await http.get("/items", headers={"Accept-Encoding": accepted})
            assert packed.headers["content-encoding"] == "gzip", accepted
        async with reading(daemon.http_url, headers={"Origin": PAGE, "Accept-Encoding": "gzip"}) as reader:
            assert "content-encoding" not in reader.response.headers
            assert reader.response.headers["access-control-allow-origin"] == PAGE
        foreign = await http.get("/items", headers={"Origin": "https://example.org"})
        assert foreign.status_code == 403
        assert "access-control-allow-origin" not in foreign.headers
        denied = await http.options("/items/a", headers={**asked, "Origin": "https://example.org"})
        assert denied.status_code == 403
