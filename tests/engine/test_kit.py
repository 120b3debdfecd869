"""What a node may do beside asking models and changing items: long functions, events of its own, its log, typed state."""

import asyncio
import operator
import threading
from collections.abc import AsyncGenerator
from contextvars import ContextVar
from typing import Annotated, Any, NotRequired, TypedDict

import attrs
import pytest
from structlog.testing import capture_logs

from streamd import AddItems, Agent, Response, Run
from streamd.core.event import Author
from streamd.core.principal import RIGHTS
from streamd.engine.journal import revert_run
from streamd.errors import RefusedError
from streamd.stores.memory import MemoryStore
from streamd.testing import Harness, killed_everywhere, open_harness
from tests.support.engines import engine_on
from tests.support.runs import begin, ended, outcome, told, types

# ── off the loop ─────────────────────────────────────────────────────────────────────────────────────────────────────────

WHOSE: ContextVar[str] = ContextVar("WHOSE", default="nobody")


async def test_a_function_off_the_loop_has_its_arguments_its_context_and_a_thread_and_its_error_is_the_nodes() -> (
    None
):
    def add(one: int, *, two: int) -> tuple[object, str, bool]:
        return one + two, WHOSE.get(), threading.current_thread() is threading.main_thread()

    def fail() -> None:
        raise ConnectionError("no line")

    def stop() -> None:
        raise StopIteration

    async def steps(run: Run) -> None:
        WHOSE.set("mine")
        assert await run.off_loop(add, 1, two=2) == (3, "mine", False)
        with pytest.raises(ConnectionError, match="no line"):
            await run.off_loop(fail)
        with pytest.raises(RuntimeError, match="StopIteration"):
            await run.off_loop(stop)
        run.conclude("done")

    async with open_harness(Agent("adder", steps)) as daemon:
        assert (await daemon.request("Go", agent="adder")).message == "done"


async def test_the_loop_serves_others_meanwhile_and_a_cancelled_run_does_not_wait() -> None:
    begun, go_on = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        go_on.wait(30)

    async def steps(run: Run) -> None:
        await run.off_loop(block)

    async def quick(run: Run) -> None:
        run.conclude("quick")

    try:
        async with engine_on(MemoryStore(), None, Agent("slow", steps), Agent("quick", quick)) as engine:
            run = begin(engine, "slow")
            await asyncio.to_thread(begun.wait, 30)
            assert (await outcome(engine, "quick"))[-1]["message"] == "quick"
            engine.runs.cancel(run.record.run_id, "bob")
            await ended(run)
            assert types(await told(engine.store, run.record.run_id))[-1] == "cancelled"
            assert not go_on.is_set()
    finally:
        go_on.set()


async def test_many_functions_share_a_few_threads_and_all_are_called() -> None:
    seen: set[str] = set()

    def note(number: int) -> int:
        seen.add(threading.current_thread().name)
        return number

    async def steps(run: Run) -> None:
        results = await asyncio.gather(*(run.off_loop(note, number) for number in range(100)))
        assert results == list(range(100))
        run.conclude("all")

    async with open_harness(Agent("many", steps)) as daemon:
        assert (await daemon.request("Go", agent="many")).message == "all"
    assert 1 <= len(seen) <= 8


async def test_within_once_the_result_of_a_function_is_kept() -> None:
    calls: list[str] = []

    def fetch(name: str) -> dict[str, int]:
        calls.append(name)
        return {"price": 7}

    async def steps(run: Run) -> None:
        kept = await run.once("price", lambda: run.off_loop(fetch, "bolt"))
        assert kept == {"price": 7}
        await run.carry_out([AddItems(({"type": "note", "name": "Priced"},))])
        run.conclude(f"{kept}")

    async def scenario(daemon: Harness) -> None:
        assert (await daemon.request("Go", agent="buyer")).message == "{'price': 7}"
        assert len(await daemon.items("note")) == 1

    assert await killed_everywhere(scenario, Agent("buyer", steps)) > 2


# ── events of its own ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_event_of_its_own_is_published_once_wherever_the_daemon_is_killed() -> None:
    async def steps(run: Run) -> None:
        await run.publish("count_begun")
        await run.publish("counted", {"pieces": 3}, item_id=(await run.items("inventory"))[0].id)
        await run.publish("counted", {"pieces": 4})
        run.conclude("counted")

    async def scenario(daemon: Harness) -> None:
        run = await daemon.request("Go", agent="counter")
        assert run.message == "counted"
        events = [one for one in await daemon.events() if one["event_type"].startswith("count")]
        assert [(one["event_type"], one.get("item_id"), one["data"]) for one in events] == [
            ("count_begun", None, {}),
            ("counted", "bolt", {"pieces": 3}),
            ("counted", None, {"pieces": 4}),
        ]
        assert {(one["agent_id"], one["user_id"]) for one in events} == {("counter_agent", "tester")}

    bolt = {"type": "inventory", "id": "bolt", "name": "Bolt", "current_stock": 3}
    counter = Agent("counter", steps, agent_id="counter_agent")
    assert await killed_everywhere(scenario, counter, items=[bolt]) > 3


@pytest.mark.parametrize(
    ("event_type", "data", "why"),
    [
        ("item_added", {}, "item_added is made by real changes only"),
        ("names_changed", {}, "names_changed is made by real changes only"),
        ("", {}, "event_type"),
        ("x" * 1000, {}, "event_type"),
        ("mine", {"when": {1}}, "cannot be written as JSON"),
        ("mine", {"text": "\udc00"}, "cannot be written as JSON"),
        ("mine", {"text": "x" * 300_000}, "an event may have 262,144 bytes"),
        ("mine", [1], "data"),
    ],
)
async def test_what_a_client_may_not_publish_no_agent_may(event_type: str, data: Any, why: str) -> None:
    async def steps(run: Run) -> None:
        await run.publish(event_type, data)

    async with open_harness(Agent("forger", steps)) as daemon:
        run = await daemon.request("Go", agent="forger")
        assert run.ended == "error"
        assert why in run.message
        assert await daemon.events() == []


async def test_who_may_not_edit_publishes_nothing() -> None:
    async def steps(run: Run) -> None:
        await run.publish("mine")

    async def ask(run: Run) -> AsyncGenerator[Response, None]:
        asked = run.consult("herald", "Say it", may_change=False)
        async for response in asked:
            yield response
        run.conclude(asked.error)

    agents = Agent("herald", steps), Agent("chief", ask)
    async with engine_on(MemoryStore(), None, *agents) as engine:
        run = await ended(begin(engine, "herald", rights=set(RIGHTS) - {"edit"}))
        assert (await told(engine.store, run.record.run_id))[-1]["code"] == "forbidden"
        assert "herald only helps here" in (await outcome(engine, "chief"))[-1]["message"]


async def test_a_run_that_published_can_be_undone_and_the_event_stays() -> None:
    async def steps(run: Run) -> None:
        await run.publish("mine", {"of": "me"})
        await run.carry_out([AddItems(({"type": "note", "name": "Noted"},))])

    async with engine_on(MemoryStore(), None, Agent("herald", steps)) as engine:
        run = await ended(begin(engine, "herald"))
        receipt = await revert_run(
            engine.journal, engine.store, "hall", run.record.run_id, Author("ann"), None
        )
        assert len(receipt.results) == 1
        assert await engine.store.items("hall") == []


# ── its log ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_log_of_a_node_says_which_run_agent_and_node_it_was() -> None:
    async def steps(run: Run) -> None:
        run.log.info("prices_fetched", count=3)

    async with open_harness(Agent("buyer", nodes={"fetch": steps})) as daemon:
        with capture_logs() as logged:
            run = await daemon.request("Go", agent="buyer")
    assert [one for one in logged if one["event"] == "prices_fetched"] == [
        {
            "event": "prices_fetched", "log_level": "info", "count": 3,
            "run": run.run_id, "agent": "buyer", "node": "fetch#1",
        },
    ]  # fmt: skip


# ── typed state ──────────────────────────────────────────────────────────────────────────────────────────────────────────


class Findings(TypedDict):
    """What the branches find."""

    findings: Annotated[list[str], operator.add]
    """One text each."""
    total: NotRequired[Annotated[int, operator.add]]
    best: NotRequired[Annotated[float, max]]
    left: NotRequired[int]


@attrs.define
class Findings2:
    """The same as an attrs class."""

    findings: Annotated[list[str], operator.add] = attrs.field(factory=list)
    total: Annotated[int, operator.add] = 0
    best: Annotated[float, max] = 0.0
    left: int | None = None


def forking(state: type[object] | None) -> Agent:
    async def begin_here(run: Run) -> None:
        run.update(findings=["begun"])

    def branch(name: str, best: float) -> Any:
        async def find(run: Run) -> None:
            run.update(findings=[name], total=1)
            run.update(findings=[f"{name} again"], total=1, best=best)
            if state is not None:
                assert run.state["findings"][1:] == [name, f"{name} again"]  # type: ignore[index]

        return find

    async def end(run: Run) -> None:
        state = run.state
        run.conclude(f"{sorted(state['findings'])} {state['total']} {state['best']}")  # type: ignore[call-overload]

    return Agent(
        "finder",
        nodes={"begin": begin_here, "a": branch("a", 0.5), "b": branch("b", 0.25), "end": end},
        edges={"begin": ("a", "b"), "a": "end", "b": "end"},
        state=state,
    )


@pytest.mark.parametrize("state", [Findings, Findings2])
async def test_what_branches_both_write_becomes_one_by_its_reducer_wherever_the_daemon_is_killed(
    state: type[object],
) -> None:
    async def scenario(daemon: Harness) -> None:
        run = await daemon.request("Go", agent="finder")
        assert run.message == "['a', 'a again', 'b', 'b again', 'begun'] 4 0.5"
        nodes = {one["node"]: one["data"] for one in run.of_type("node")}
        assert nodes["begin"] == {"findings": ["begun"]}
        assert nodes[run.of_type("node")[2]["node"]]["total"] == 4  # the value after both

    await killed_everywhere(scenario, forking(state))


async def test_without_a_reducer_what_branches_both_write_is_an_error_that_says_so() -> None:
    async with open_harness(forking(None)) as daemon:
        run = await daemon.request("Go", agent="finder")
    assert run.ended == "error"
    assert run.message == (
        "the nodes a and b of the agent finder both write findings side by side; give it a reducer in the agent's state, such "
        "as Annotated[list, operator.add], or write different names"
    ) or run.message.startswith("the nodes b and a of the agent finder both write")


async def test_one_after_the_other_may_write_the_same_name() -> None:
    async def first(run: Run) -> None:
        run.update(left=1)

    async def second(run: Run) -> None:
        run.update(left=2)
        run.conclude("fine")

    agent = Agent("row", nodes={"first": first, "second": second}, edges={"first": "second"})
    async with open_harness(agent) as daemon:
        assert (await daemon.request("Go", agent="row")).message == "fine"


@pytest.mark.parametrize("state", [Findings, Findings2])
async def test_a_wrong_edit_at_a_breakpoint_is_refused_with_its_path(state: type[object]) -> None:
    agent = attrs.evolve(forking(state), interrupt_before={"a"})
    async with open_harness(agent) as daemon:
        run = await daemon.request("Go", agent="finder")
        assert run.question is not None
        assert set(run.question["response_schema"]["properties"]) == {"findings", "total", "best", "left"}
        for value, path in (
            ({"findings": "a text"}, "value.findings"),
            ({"findings": [1]}, "value.findings.0"),
            ({"total": "many"}, "value.total"),
            ({"left": 1.5}, "value.left"),
        ):
            with pytest.raises(RefusedError) as refused:
                await run.respond("edit", value)
            assert refused.value.details["path"] == path
        run = await run.respond("edit", {"findings": ["edited"], "left": None})
        assert run.message == "['a', 'a again', 'b', 'b again', 'edited'] 4 0.5"
