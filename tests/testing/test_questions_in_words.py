"""Questions that are answered, withdrawn and tried again in words, wherever the daemon is killed."""

from collections.abc import AsyncGenerator

import pytest

from streamd import Agent, AgentError, Response, Run
from streamd.testing import Harness, killed_everywhere, open_harness
from tests.testing.test_harness import BOLTS, STOCKTAKER


async def notes(harness: Harness) -> list[object]:
    return [item.fields["name"] for item in await harness.items("note")]


@pytest.mark.parametrize("words", ["yes", "go ahead"])
async def test_yes_answers_the_open_question_once_wherever_the_daemon_is_killed(words: str) -> None:
    async def scenario(harness: Harness) -> None:
        asked = await harness.request("Please count our stock", thread_id="t")
        assert asked.question is not None
        run = await harness.request(words, thread_id="t")
        assert (run.ended, run.message) == ("complete", "Added 1 item: Stock report.")
        assert await notes(harness) == ["Stock report"]

    assert await killed_everywhere(scenario, STOCKTAKER, items=[BOLTS]) >= 3


async def test_no_rejects_the_open_question_and_anything_else_withdraws_it() -> None:
    async def scenario(harness: Harness) -> None:
        await harness.request("Please count our stock", thread_id="t")
        assert (await harness.request("no", thread_id="t")).ended == "cancelled"
        asked = await harness.request("Please count our stock", thread_id="t")
        assert asked.question is not None
        other = await harness.request("How many bolts are there?", thread_id="t")
        assert other.ended == "complete"
        assert other.of_type("start")[0]["withdrawn"] == [asked.question["interrupt_id"]]
        assert await notes(harness) == []

    assert await killed_everywhere(scenario, STOCKTAKER, items=[BOLTS])


async def test_what_failed_is_gone_on_with_by_retry_wherever_the_daemon_is_killed() -> None:
    is_down = True

    async def price(run: Run) -> AsyncGenerator[Response, None]:
        await run.items()
        if is_down:
            raise AgentError("the price service is down", retryable=True)
        yield Response("general_complete", f"The price of «{run.request.user_input}» is 3.")

    async def scenario(harness: Harness) -> None:
        nonlocal is_down
        is_down = True
        failed = await harness.request("a bolt", agent="pricer", thread_id="t")
        assert (failed.ended, failed.message) == ("error", "the price service is down")
        is_down = False
        run = await harness.request("retry", thread_id="t")
        assert (run.ended, run.message) == ("complete", "The price of «a bolt» is 3."), run.responses

    assert await killed_everywhere(scenario, Agent("pricer", price))


async def test_yes_without_a_question_is_a_request() -> None:
    async with open_harness(STOCKTAKER, items=[BOLTS]) as harness:
        assert (await harness.request("yes", thread_id="t")).of_type("start")
