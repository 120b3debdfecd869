"""Whoever calls more often than it may is told so and when to come back; others and what is done stay untouched."""

from pathlib import Path

import httpx
import pytest

from tests.support.daemon import WITH_HTTP, running

pytestmark = pytest.mark.requirement("E2")

NOTE = {"type": "note", "name": "n"}


async def test_messages_and_requests_over_http_are_counted_together_by_user(tmp_path: Path) -> None:
    limits = {"STREAMD_LIMITS__CALLS_PER_MINUTE": "1", "STREAMD_LIMITS__CALLS_AT_ONCE": "5"}
    async with (
        running(tmp_path, **WITH_HTTP, **limits) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url) as http,
        daemon.client(user_id="ann", workspace="w") as ann,
        daemon.client(user_id="bob", workspace="w") as bob,
    ):
        told = [await ann.ask(type="add_item", id=f"n-{n}", item=NOTE) for n in range(10)]
        refused = [one for one in told if one["type"] == "error"]
        assert {(one["code"], one["retryable"], one["limit"]) for one in refused} == {
            ("rate_limited", True, "limits.calls_per_minute")
        }
        assert all(0 < one["retry_after_ms"] <= 60_000 for one in refused)
        items = (await bob.ask(type="list_items"))["items"]
        assert len(items) == len(told) - len(refused) < 6
        assert (await ann.ask(type="ping"))["type"] == "pong"  # is always answered
        answers = [await http.get("/items", params={"workspace": "w", "user_id": "cleo"}) for _ in range(8)]
        statuses = [one.status_code for one in answers]
        assert (statuses[0], statuses[-1]) == (200, 429)
        assert int(answers[-1].headers["retry-after"]) > 0
        assert answers[-1].json()["code"] == "rate_limited"


async def test_runs_have_a_rate_of_their_own_and_what_runs_goes_on(tmp_path: Path) -> None:
    limits = {"STREAMD_LIMITS__RUNS_PER_MINUTE": "1", "STREAMD_LIMITS__RUNS_AT_ONCE": "2"}
    async with (
        running(tmp_path, **limits) as daemon,
        daemon.client(user_id="ann") as ann,
        daemon.client(user_id="bob") as bob,
    ):
        for text in ("Add 1 new inventory item", "Show all items"):
            assert (await ann.request(text))[-1]["type"] == "complete"
        third = await ann.ask(type="user_request", user_input="Show all items")
        assert (third["type"], third["code"]) == ("error", "rate_limited")
        assert third["limit"] == "limits.runs_per_minute"
        assert (await bob.request("Show all items"))[-1]["type"] == "complete"
        assert (await ann.ask(type="list_items"))["type"] == "items"
