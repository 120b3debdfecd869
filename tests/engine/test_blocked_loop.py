"""A node that blocks the event loop is named in the log, with the place where it stands, while it still does."""

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from streamd import Agent, CallTools, Response, Run
from streamd.testing import open_harness

Logged = list[Any]


class Block:
    """Blocks until the log names something, as long as a test may take: then a slow machine makes it longer, not wrong."""

    def __init__(self, logged: Logged) -> None:
        self.logged = logged

    def __call__(self) -> None:
        until = time.monotonic() + 30
        while time.monotonic() < until and not named(self.logged):
            time.sleep(0.01)


def named(logged: Logged) -> Logged:
    return [one for one in logged if one["event"] == "node_blocks_loop"]


async def in_the_node(block: Callable[[], None]) -> None:
    block()


async def in_a_task(block: Callable[[], None]) -> None:
    await asyncio.create_task(in_the_node(block))


async def in_a_callback(block: Callable[[], None]) -> None:
    done = asyncio.Event()

    def call() -> None:
        block()
        done.set()

    asyncio.get_running_loop().call_soon(call)
    await done.wait()


@pytest.mark.parametrize("how", [in_the_node, in_a_task, in_a_callback])
async def test_a_node_that_blocks_is_named_with_its_run_and_line(how: Callable[..., Any]) -> None:
    with capture_logs() as logged:

        async def slow(run: Run) -> None:
            await how(Block(logged))

        async with open_harness(Agent("sleeper", nodes={"slow": slow})) as daemon:
            run = await daemon.request("Go", agent="sleeper")
    (one,) = named(logged)
    assert (one["run"], one["agent"], one["node"]) == (run.run_id, "sleeper", "slow#1")
    file, _, rest = one["at"].partition(":")
    assert file == __file__
    assert rest.endswith("in __call__")


async def test_branches_consulted_agents_and_tools_are_named_as_they_are() -> None:
    with capture_logs() as logged:
        block = Block(logged)

        async def measure(run: Run, what: str) -> str:
            """Measure."""
            if what == "tool":
                block()
            return what

        async def steps(run: Run) -> AsyncGenerator[Response, None]:
            if run.request.user_input == "work":
                block()
            task = CallTools((("measure", {"what": run.request.user_input}),))
            async for response in run.act("Measure", task=task):
                yield response

        async def chief(run: Run) -> AsyncGenerator[Response, None]:
            asked = [run.consult("helper", one, may_change=True) for one in ("idle", run.request.user_input)]
            async for response in run.together(*asked):
                yield response

        async def idle(run: Run) -> None:
            await asyncio.sleep(0)

        async def begin(run: Run) -> None:
            run.update(begun=True)

        agents = (
            Agent("helper", steps, tools=(measure,)),
            Agent(
                "head", nodes={"begin": begin, "idle": idle, "ask": chief}, edges={"begin": ("idle", "ask")}
            ),
        )
        for what in ("work", "tool"):
            logged.clear()
            async with open_harness(*agents) as daemon:
                await daemon.request(what, agent="head")
                await daemon.request(what, agent="head")  # the same place is named once in a while only
            assert [(one["agent"], one["node"]) for one in named(logged)] == [
                ("helper", "ask#1/helper2/work#1")
            ]


async def test_nothing_is_named_while_the_loop_turns_and_the_thread_sleeps_when_no_node_works() -> None:
    with capture_logs() as logged:

        async def fine(run: Run) -> None:
            await run.off_loop(time.sleep, 0.6)

        async with open_harness(Agent("fine", fine)) as daemon:
            await daemon.request("Go", agent="fine")
            assert [one.name for one in threading.enumerate() if one.name == "loop watch"]
    assert named(logged) == []
