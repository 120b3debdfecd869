"""The requests of runs are in the account of bytes until the runs have ended, whoever has left meanwhile."""

from pathlib import Path

import pytest

from tests.support.daemon import running

CONTEXT = {"notes": ["x" * 50_000] * 2}
LIMITS = {"STREAMD_LIMITS__WAITING_BYTES_PER_USER": "4000000"}


@pytest.mark.alone
async def test_requests_that_are_too_long_together_are_refused_until_runs_have_ended(tmp_path: Path) -> None:
    async with running(tmp_path, **LIMITS) as daemon, daemon.client(workspace="w") as client:
        for number in range(12):
            await client.send(
                type="user_request", user_input="Three days in Lisbon", agent="trip_planner", context=CONTEXT, request_id=number
            )  # fmt: skip
        ends: dict[object, str] = {}
        while len(ends) < 12:
            told = await client.next()
            if told["type"] in ("complete", "error", "interrupt"):
                ends[told["request_id"]] = told.get("code", "ran")
        assert set(ends.values()) == {"ran", "busy"}
        again = await client.request("Three days in Lisbon", context=CONTEXT)
        assert again[-1]["type"] == "complete"
