"""Retries that nodes declare: attempts are told, survive restarts, and do nothing twice."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from streamd import AddItems, Agent, AgentError, Response, Run, node
from streamd.core.run import CancelMode
from streamd.stores.memory import MemoryStore
from streamd.testing import Harness, killed_everywhere, open_harness
from tests.support.engines import engine_on
from tests.support.runs import begin, ended, told, types

BOLT = {"type": "inventory", "name": "Bolt", "current_stock": 3}
NOTE = AddItems(({"type": "note", "name": "Priced"},))


def priced(tried: Counter[str], fails: int, error: Callable[[], Exception], **retried: Any) -> Agent:
    """An agent that does something of each kind, and fails so often before it is through."""

    @node(backoff_seconds=0, **retried)
    async def price(run: Run) -> AsyncGenerator[Response, None]:
        yield Response("general_processing", "Asking…")

        async def paid() -> int:
            tried["paid"] += 1
            return tried["paid"]

        receipt = await run.once("paid", paid)
        await run.carry_out([NOTE])
        await run.publish("price_asked", {"receipt": receipt})
        run.update(receipt=receipt)
        tried["tried"] += 1
        if tried["tried"] <= fails:
            raise error()
        yield Response("general_complete", f"Priced with receipt {receipt}")

    async def last(run: Run) -> None:
        run.conclude(f"Receipt {run.state['receipt']}")

    return Agent("pricer", nodes={"price": price, "last": last}, edges={"price": "last"})


def down() -> AgentError:
    return AgentError("the price service is down", retryable=True)


async def test_a_node_that_fails_is_tried_again_and_what_it_did_is_not_done_again() -> None:
    tried = Counter[str]()
    async with open_harness(priced(tried, 2, down, retries=3)) as daemon:
        with capture_logs() as logged:
            run = await daemon.request("Go", agent="pricer")
        assert (run.ended, run.message) == ("complete", "Receipt 1")
        assert tried == {"paid": 1, "tried": 3}
        assert len(await daemon.items("note")) == 1
        assert [one["data"] for one in await daemon.events() if one["event_type"] == "price_asked"] == [
            {"receipt": 1}
        ]
        assert [one["message"] for one in run.responses if one["type"].startswith("general_")] == [
            "Asking…",
            "Priced with receipt 1",
        ]
        told = run.of_type("notice")
        assert [(one["node"], one["attempt"], one["attempts"], one["reason"]) for one in told] == [
            ("price", 2, 4, "node_retry"),
            ("price", 3, 4, "node_retry"),
        ]
        assert told[0]["message"] == "price failed; attempt 2 of 4 in 1 s"
        failed = [one for one in logged if one["event"] == "node_failed"]
        assert [(one["agent"], one["node"], one["error"]) for one in failed] == [
            ("pricer", "price#1", "AgentError")
        ] * 2


async def test_after_the_last_attempt_its_own_error_is_told() -> None:
    tried = Counter[str]()
    async with open_harness(priced(tried, 9, down, retries=2)) as daemon:
        run = await daemon.request("Go", agent="pricer")
        assert (run.ended, run.message) == ("error", "the price service is down")
        assert run.responses[-1]["retryable"] is True
        assert tried["tried"] == 3
        assert len(await daemon.items("note")) == 1


@pytest.mark.parametrize(
    ("error", "retry_on", "attempts"),
    [
        (ConnectionError, None, 2),
        (ValueError, None, 1),
        (ValueError, (ValueError,), 2),
        (ConnectionError, (ValueError,), 1),
        (ValueError, ValueError, 2),
        (ConnectionError, ValueError, 1),
        (ValueError, lambda error: isinstance(error, ValueError), 2),
        (lambda: AgentError("no"), (AgentError,), 1),
        (down, (ValueError,), 2),
        (lambda: ExceptionGroup("both", [ConnectionError(), down()]), None, 2),
        (lambda: ExceptionGroup("both", [ConnectionError(), TypeError()]), None, 1),
    ],
)
async def test_what_counts_is_what_may_pass_or_what_is_declared(
    error: Callable[[], Exception], retry_on: Any, attempts: int
) -> None:
    tried = Counter[str]()
    retried = {"retries": 1} | ({} if retry_on is None else {"retry_on": retry_on})
    async with open_harness(priced(tried, 1, error, **retried)) as daemon:
        run = await daemon.request("Go", agent="pricer")
        assert run.ended == ("complete" if attempts == 2 else "error")
        assert tried["tried"] == attempts


async def test_attempts_and_effects_survive_a_kill_at_every_await() -> None:
    tried = Counter[str]()

    async def scenario(daemon: Harness) -> None:
        tried.clear()
        run = await daemon.request("Go", agent="pricer")
        assert run.ended == "complete"
        assert len(await daemon.items("note")) == 1
        events = [one for one in await daemon.events() if one["event_type"] == "price_asked"]
        assert len(events) == 1
        assert [one["message"] for one in run.responses if one["type"].startswith("general_")] == [
            "Asking…",
            f"Priced with receipt {events[0]['data']['receipt']}",
        ]
        assert [one["attempt"] for one in run.of_type("notice")] in ([2, 3], [2])

    assert await killed_everywhere(scenario, priced(tried, 2, down, retries=2), items=[BOLT]) > 5


async def test_a_restart_forgives_no_failure() -> None:
    """It fails for good, wherever the daemon is killed: never more attempts than declared are told."""
    tried = Counter[str]()

    async def scenario(daemon: Harness) -> None:
        tried.clear()
        run = await daemon.request("Go", agent="pricer")
        assert (run.ended, run.message) == ("error", "the price service is down")
        assert [one["attempt"] for one in run.of_type("notice")] == [2, 3]
        assert 3 <= tried["tried"] <= 4  # what was killed in the middle is no failure

    assert await killed_everywhere(scenario, priced(tried, 99, down, retries=2)) > 5


async def test_branches_beside_it_are_done_before_and_not_done_again() -> None:
    tried = Counter[str]()

    @node(retries=1, backoff_seconds=0)
    async def flaky(run: Run) -> None:
        tried["flaky"] += 1
        if tried["flaky"] == 1:
            raise ConnectionError
        run.update(flaky="done")

    async def steady(run: Run) -> None:
        tried["steady"] += 1
        await run.carry_out([NOTE])
        run.update(steady="done")

    async def begin(run: Run) -> None:
        run.update(begun=True)

    async def end(run: Run) -> None:
        run.conclude(f"{run.state['flaky']}, {run.state['steady']}")

    agent = Agent(
        "fork",
        nodes={"begin": begin, "flaky": flaky, "steady": steady, "end": end},
        edges={"begin": ["flaky", "steady"], "flaky": "end", "steady": "end"},
    )
    async with open_harness(agent) as daemon:
        run = await daemon.request("Go", agent="fork")
        assert (run.ended, run.message) == ("complete", "done, done")
        assert tried == {"flaky": 2, "steady": 1}
        assert len(await daemon.items("note")) == 1


async def test_a_node_of_a_consulted_agent_is_retried_and_only_the_consultation_fails() -> None:
    tried = Counter[str]()

    async def ask(run: Run) -> AsyncGenerator[Response, None]:
        asked = run.consult("pricer", "How much?", may_change=True)
        async for response in asked:
            yield response
        run.conclude(f"{asked.status} {asked.error}".strip())

    for fails, message in ((1, "completed"), (5, "failed the price service is down")):
        tried.clear()
        helper = priced(tried, fails, down, retries=1)
        async with open_harness(Agent("chief", ask), helper) as daemon:
            run = await daemon.request("Add a note about the price", agent="chief")
            assert (run.ended, run.message) == ("complete", message)
            assert tried == {"paid": 1, "tried": 2}
            assert len(await daemon.items("note")) == 1


@pytest.mark.parametrize("mode", ["immediate", "after_turn"])
async def test_a_cancelled_run_waits_for_no_further_attempt(mode: CancelMode) -> None:
    failed = asyncio.Event()

    @node(retries=5, backoff_seconds=3600)
    async def never(run: Run) -> None:
        failed.set()
        raise ConnectionError

    async with engine_on(MemoryStore(), None, Agent("patient", never)) as engine:
        run = begin(engine, "patient")
        await failed.wait()
        while not [one for one in await told(engine.store, run.record.run_id) if one["type"] == "notice"]:
            await engine.journal.flushed("hall")
        engine.runs.cancel(run.record.run_id, "bob", mode)
        await ended(run)
        assert types(await told(engine.store, run.record.run_id))[-2:] == ["notice", "cancelled"]


async def test_a_run_that_fails_names_agent_node_and_the_agents_own_line_in_the_log() -> None:
    async def read(run: Run) -> None:
        json.loads("{")

    async with open_harness(Agent("reader", nodes={"read": read})) as daemon:
        with capture_logs() as logged:
            run = await daemon.request("Go", agent="reader")
    assert run.code == "run_failed"
    (failed,) = [one for one in logged if one["event"] == "run_failed"]
    assert (failed["agent"], failed["node"]) == ("reader", "read#1")
    line = read.__code__.co_firstlineno + 1
    assert failed["at"] == f"{__file__}:{line} in read"
