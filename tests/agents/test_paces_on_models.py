"""Many runs on one account: who is told to wait lets all wait, and each comes to its end."""

import asyncio
from collections import deque

import pytest

from streamd.config import RunsOptions
from streamd.core.run import CancelMode
from tests.agents.model_office import model_office
from tests.support.messages_api import Request
from tests.support.model_replies import Reply, failed, said
from tests.support.runs import begin, ended, told

USERS = 60


@pytest.mark.parametrize("headers", [{"retry-after-ms": "200"}, {}], ids=["told when", "not told"])
async def test_all_of_many_runs_end_well_where_few_requests_are_allowed(headers: dict[str, str]) -> None:
    loop, starts, refused = asyncio.get_running_loop(), deque[float](), list[Request]()

    def answer(request: Request) -> Reply:
        while starts and starts[0] < loop.time() - 0.2:
            starts.popleft()
        if len(starts) >= 10:
            refused.append(request)
            return failed(429, "rate_limit_error", headers=headers)
        starts.append(loop.time())
        return said("Done.")

    runs = RunsOptions(max_concurrent_per_user=USERS)
    async with model_office(runs=runs, retry_base_seconds=0.2) as place:
        place.api.answer = answer
        all_runs = [begin(place.engine, "general", f"Question {number}") for number in range(USERS)]
        last = [(await told(place.engine.store, (await ended(run)).record.run_id))[-1] for run in all_runs]

    assert [one["message"] for one in last] == ["Done."] * USERS
    assert len(refused) < 2 * USERS


async def test_to_be_told_to_wait_counts_as_no_failure() -> None:
    async with model_office(max_attempts=2) as place:
        wait = [failed(429, "rate_limit_error", headers={"retry-after-ms": "1"}) for _ in range(5)]
        place.model.says(*wait, said("At last."))
        responses = await place.ask("Go on", "general")

    assert responses[-1]["message"] == "At last."


@pytest.mark.parametrize("mode", ["immediate", "after_turn"])
@pytest.mark.parametrize("headers", [{"retry-after": "3600"}, {}], ids=["told when", "not told"])
async def test_cancel_does_not_wait_for_the_next_attempt(headers: dict[str, str], mode: CancelMode) -> None:
    async with model_office(retry_base_seconds=3600) as place:
        place.model.says(failed(529, "overloaded_error", headers=headers))
        run = place.begun("Go on", "general")
        await place.model.was_asked(1)
        place.engine.runs.cancel(run.record.run_id, "ann", mode)
        last = await place.end(run)

    assert last["type"] == "cancelled"
    assert len(place.model.asked) == 1
