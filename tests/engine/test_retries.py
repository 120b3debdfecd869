"""A run that failed in the middle of its graph is gone on with by asking again."""

from collections.abc import AsyncGenerator

import pytest

from streamd import Agent, Response, Run
from streamd.errors import RunError
from streamd.testing import open_harness


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ("retry", ["second"]),
        ("Please try again.", ["second"]),
        ("Sum it up", ["second"]),
        ("Something else", ["first", "second"]),
    ],
)
async def test_asking_again_goes_on_at_the_node_that_failed(words: str, begins: list[str]) -> None:
    visited: list[str] = []

    async def first(run: Run) -> AsyncGenerator[Response, None]:
        visited.append("first")
        run.update(found=7)
        yield Response("general_processing", "found")

    async def second(run: Run) -> AsyncGenerator[Response, None]:
        visited.append("second")
        if len(visited) == 2:
            raise RunError("the price service is down")
        yield Response("general_complete", f"{run.request.user_input}: {run.state['found']}")

    agent = Agent("sums", nodes={"first": first, "second": second}, edges={"first": "second"})
    async with open_harness(agent) as harness:
        failed = await harness.request("Sum it up", agent="sums", thread_id="t")
        assert (failed.ended, failed.message) == ("error", "the price service is down")
        visited.append("-")
        done = await harness.request(words, agent="sums", thread_id="t")
        expected = "Something else" if words == "Something else" else "Sum it up"
        assert (done.ended, done.message) == ("complete", f"{expected}: 7")
        assert visited == ["first", "second", "-", *begins]
        visited.append("-")
        anew = await harness.request("again", agent="sums", thread_id="t")
        assert anew.message == "again: 7"
        assert visited[-2:] == ["first", "second"]
