"""A long body is read beside what others ask for, as a long message is."""

from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from tests.support.daemon import WITH_HTTP
from tests.support.good_client import footprint, watched
from tests.support.machine import calibrated

pytestmark = [pytest.mark.requirement("B8"), pytest.mark.alone]

LONGEST_TURN_SECONDS = 0.05
LIMITS = {"STREAMD_WS__MAX_MESSAGE_BYTES": "2000000"}
UNKNOWN: dict[str, Any] = {f"someKey{number}": 1 for number in range(60_000)}
BODIES: dict[str, tuple[str, dict[str, Any], int]] = {
    "unknown keys": ("/runs", {"user_input": "Show all items", **UNKNOWN}, 202),
    "unknown keys of a question": ("/api/multi-agent/process", {"query": "Which items are low?", **UNKNOWN}, 200),
    "changes": ("/bulk", {"operation": "update_multiple", "items": [{"id": f"i{n}", "n": n} for n in range(10_000)]}, 200),
    "a context": ("/runs", {"user_input": "Show all items", "context": UNKNOWN}, 202),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
async def test_a_long_body_holds_nobody_up(tmp_path: Path, name: str) -> None:
    path, body, status = BODIES[name]
    async with (
        watched(tmp_path, **WITH_HTTP, **LIMITS) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=60) as http,
    ):
        await http.post("/runs", json={"user_input": "Show all items"})  # loads what a first one loads
        await footprint(daemon)
        answer = await http.post(
            path, content=orjson.dumps(body), headers={"content-type": "application/json"}
        )
        assert answer.status_code == status, answer.text[:500]
        assert (await footprint(daemon)).longest_turn_seconds < LONGEST_TURN_SECONDS * calibrated()
