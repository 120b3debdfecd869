"""Mistakes in agents that only a run shows: the client has a code, a run and no secret, and the log agent, node, file and line."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from typing import Any, Literal, TypedDict

import pytest
from structlog.testing import capture_logs

from streamd import Agent, AgentError, CallTools, Response, Run, tool
from streamd.testing import call, open_harness


class Notes(TypedDict):
    notes: list[str]


async def returns(run: Run) -> object:
    return {"notes": []}


async def yields_text(run: Run) -> AsyncGenerator[Any, None]:
    yield "hello"


async def misspells(run: Run) -> None:
    run.update(notse=["one"])


async def records_too_much(run: Run) -> None:
    async def much() -> str:
        return "x" * 4_000_001

    await run.once("much", much)


async def gives_up_in_a_group(run: Run) -> None:
    async def fetch() -> None:
        raise AgentError("the price service is down", retryable=True)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(fetch())


@pytest.mark.parametrize(
    ("steps", "code", "words"),
    [
        (returns, "run_failed", "the node returns returned a dict, which goes nowhere: change the state by run.update"),
        (yields_text, "run_failed", "yielded a str: yield a Response"),
        (misspells, "run_failed", "has no notse; did you mean notes?; Notes declares its names"),
        (records_too_much, "too_large", "a recorded result may have 4,000,000 bytes"),
        (gives_up_in_a_group, "run_failed", "the price service is down"),
    ],
)  # fmt: skip
async def test_the_client_is_told_the_mistake_and_the_log_its_place(
    steps: Callable[[Run], Any], code: str, words: str
) -> None:
    with capture_logs() as logged:
        async with open_harness(Agent("clumsy", nodes={"first": steps}, state=Notes)) as daemon:
            run = await daemon.request("Go", agent="clumsy")
    assert (run.ended, run.code) == ("error", code)
    assert words in run.message
    (finished,) = [one for one in logged if one["event"] == "run_finished"]
    assert (finished["run"], finished["agent"], finished["node"]) == (run.run_id, "clumsy", "first#1")
    assert (finished["status"], finished["code"]) == ("failed", code)
    assert ".py:" in finished["at"]


async def test_an_edge_that_fails_is_logged_with_the_node_from_which_it_leads() -> None:
    def chosen(state: object) -> Literal["last"] | None:
        raise KeyError("secret")

    async def nothing(run: Run) -> None:
        pass

    agent = Agent("clumsy", nodes={"first": nothing, "last": nothing}, edges={"first": chosen})
    with capture_logs() as logged:
        async with open_harness(agent) as daemon:
            run = await daemon.request("Go", agent="clumsy")
    assert "secret" not in str(run.responses)
    (failed,) = [one for one in logged if one["event"] == "run_failed"]
    assert failed["node"] == "first#1"
    assert failed["at"].startswith(f"{__file__}:")


@tool
async def number() -> int:
    """Return a number."""
    return "seven"  # type: ignore[return-value] # the mistake


@tool
async def fail() -> str:
    """Fail."""
    raise KeyError("secret")


class Panic(BaseException):
    """What libraries in Rust raise; no Exception."""


@tool
async def panic() -> str:
    """Panic."""
    raise Panic("secret")


@tool
async def leave() -> str:
    """End the process."""
    raise SystemExit(3)


@tool
async def closed() -> str:
    """Look into the shop."""
    raise AgentError("the shop is closed", retryable=True)


def act(name: str) -> Callable[[Run], AsyncGenerator[Response, None]]:
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.act("Go", task=CallTools(((name, {}),))):
            yield response

    return steps


@pytest.mark.parametrize(
    ("tools", "told", "event"),
    [
        ([number], "number was executed, but its result cannot be used (Expected `int`, got `str`)", "tool_result_unusable"),
        ([fail], "fail failed inside the daemon", "tool_failed"),
        ([panic], "panic failed inside the daemon", "tool_failed"),
        ([leave], "leave failed inside the daemon", "tool_failed"),
        ([closed], "the shop is closed", "tool_refused"),
    ],
)  # fmt: skip
async def test_a_tool_that_fails_is_told_to_the_model_which_goes_on(
    tools: Any, told: str, event: str
) -> None:
    name = tools[0].name
    with capture_logs() as logged:
        async with open_harness(
            Agent("clumsy", act(name), tools=tools), model=[call(name), "Then not."]
        ) as daemon:
            run = await daemon.request("Go", agent="clumsy")
            (result,) = daemon.prompts[1].messages[-1].blocks
    assert (run.ended, run.text) == ("complete", "Then not.")
    assert told in str(result)
    assert "secret" not in str(result)
    named = [one for one in logged if one["event"] == event]
    assert [(one["run"], one["tool"]) for one in named] == [(run.run_id, name)]
    if event == "tool_failed":
        assert named[0]["node"] == "work#1"
        assert named[0]["at"].startswith(f"{__file__}:")


@pytest.mark.parametrize(
    "error", [Panic("secret"), SystemExit(3), BaseExceptionGroup("both", [Panic("secret"), ValueError()])]
)
async def test_a_node_that_raises_what_is_no_exception_fails_its_run_alone(error: BaseException) -> None:
    async def work(run: Run) -> None:
        if run.request.user_input == "Fail":
            raise error

    with capture_logs() as logged:
        async with open_harness(Agent("clumsy", work)) as daemon:
            failed = await daemon.request("Fail", agent="clumsy")
            next_one = await daemon.request("Go", agent="clumsy")
    assert (failed.ended, next_one.ended) == ("error", "complete")
    assert "secret" not in failed.message
    (named,) = [one for one in logged if one["event"] == "run_failed"]
    assert named["run"] == failed.run_id


@pytest.mark.parametrize("times", [0, 1, 3])
async def test_a_node_that_cancels_itself_fails_its_run_and_waits_for_no_restart(times: int) -> None:
    async def work(run: Run) -> None:
        if run.request.user_input == "Fail":
            task = asyncio.current_task()
            assert task is not None
            for _ in range(times):
                task.cancel()
            if not times:
                raise asyncio.CancelledError
            await asyncio.sleep(0)

    with capture_logs() as logged:
        async with open_harness(Agent("clumsy", work)) as daemon:
            failed = await daemon.request("Fail", agent="clumsy")
            next_one = await daemon.request("Go", agent="clumsy")
    assert (failed.ended, next_one.ended) == ("error", "complete")
    assert [one["run"] for one in logged if one["event"] == "run_failed"] == [failed.run_id]


async def test_a_tool_that_cancels_its_task_fails_its_run_and_waits_for_no_restart() -> None:
    @tool
    async def stop() -> str:
        """Stop."""
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)
        return ""

    agent = Agent("clumsy", act("stop"), tools=(stop,))
    async with open_harness(agent, model=[call("stop"), "Then not."]) as daemon:
        assert (await daemon.request("Go", agent="clumsy")).ended == "error"


def test_a_test_that_configures_no_logs_has_plain_tracebacks_without_local_variables() -> None:
    code = """
import streamd.testing, structlog
try:
    hidden = "sec" + "ret"
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("it_failed")
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "Traceback (most recent call last)" in ended.stdout
    assert "secret" not in ended.stdout
