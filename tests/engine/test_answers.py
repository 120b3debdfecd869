"""One open question has one answer, whoever gives it, in whatever order, on whatever store."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from itertools import permutations

import attrs
import pytest

from streamd.config import Config, RunsOptions
from streamd.core.run import Response, RunId
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptDecision, InterruptId
from streamd.engine.engine import Engine
from streamd.errors import (
    AnsweredError,
    ExpiredError,
    StoreError,
    StreamdError,
    UnavailableError,
)
from streamd.ports.agent import Agent, Run
from streamd.ports.store import Batch
from streamd.stores.memory import MemoryStore
from tests.support.engines import StillClock, TroubledStore, engine_on
from tests.support.runs import begin, ended, respond, told, types

ANSWERS: Sequence[InterruptAnswer] = [
    InterruptAnswer("approve"),
    InterruptAnswer("reject"),
    InterruptAnswer("edit", {"colour": "red"}),
]


async def _asks(run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_processing", "asking")
    answer = await run.ask("Paint it?")
    yield Response("general_complete", f"painted: {answer.decision}")


async def _goes_on(_run: Run) -> AsyncGenerator[Response, None]:
    yield Response("general_complete", "went on")


ASKS = Agent("asks", _asks)
PAUSES = Agent("pauses", _goes_on, interrupt_before=frozenset({"work"}))


async def question(engine: Engine) -> InterruptId:
    run = await ended(begin(engine, "asks", thread_id="t"))
    last = (await told(engine.store, run.record.run_id))[-1]
    return InterruptId(last["interrupt"]["interrupt_id"])


async def answer(engine: Engine, interrupt_id: InterruptId, given: InterruptAnswer) -> RunId | StreamdError:
    """The run that resumes, or why there is none."""
    try:
        async with asyncio.timeout(20):
            return await respond(engine, interrupt_id, given, given.decision, None)
    except StreamdError as error:
        return error


async def check(
    engine: Engine,
    interrupt_id: InterruptId,
    given: Sequence[InterruptAnswer],
    outcomes: Sequence[RunId | StreamdError],
) -> InterruptDecision:
    """Exactly one was accepted, everybody knows which, and one run resumes with it. Returns the decision."""
    settled = await engine.store.interrupt("hall", interrupt_id)
    assert settled is not None
    assert settled.status == "resolved"
    assert settled.answer is not None
    assert settled.answered_by == settled.answer.decision
    for each, outcome in zip(given, outcomes, strict=True):
        if each == settled.answer:
            assert outcome == settled.resumed_run_id
        else:
            assert isinstance(outcome, AnsweredError), (each, outcome)
            assert outcome.details["decision"] == settled.answer.decision
            assert outcome.details["run_id"] == settled.resumed_run_id
    assert settled.resumed_run_id is not None
    live = engine.runs.find(settled.resumed_run_id)
    if live is not None:
        await ended(live)
    responses = await told(engine.store, settled.resumed_run_id)
    if settled.answer.decision == "reject":
        assert types(responses) == ["cancelled"]
    else:
        assert f"painted: {settled.answer.decision}" in [each["message"] for each in responses]
    assert engine.runs.count == 0
    return settled.answer.decision


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_of_answers_given_in_one_moment_the_first_counts_and_the_others_hear_which(
    order: tuple[int, ...],
) -> None:
    async with engine_on(MemoryStore(), None, ASKS) as engine:
        interrupt_id = await question(engine)
        given = [ANSWERS[index] for index in order] * 4
        outcomes = await asyncio.gather(*(answer(engine, interrupt_id, each) for each in given))
        assert await check(engine, interrupt_id, given, outcomes) == given[0].decision


async def test_answers_that_come_while_the_first_waits_for_the_disk_do_not_count() -> None:
    store = TroubledStore()
    async with engine_on(store, None, ASKS) as engine:
        interrupt_id = await question(engine)
        store.knocked.clear()
        store.door.clear()
        first = asyncio.create_task(answer(engine, interrupt_id, ANSWERS[1]))
        await store.knocked.wait()
        others = [asyncio.create_task(answer(engine, interrupt_id, each)) for each in ANSWERS]
        for _ in range(50):
            await asyncio.sleep(0)
        store.door.set()
        outcomes = await asyncio.gather(first, *others)
        assert await check(engine, interrupt_id, [ANSWERS[1], *ANSWERS], outcomes) == "reject"


@pytest.mark.parametrize("failures", [1, 2, 5])
async def test_an_answer_that_cannot_be_written_leaves_the_question_open_for_the_next(failures: int) -> None:
    async def fails() -> None:
        raise StoreError("the disk is full")

    store = TroubledStore()
    async with engine_on(store, None, ASKS) as engine:
        interrupt_id = await question(engine)
        store.troubles.extend([fails] * failures)
        given = [*ANSWERS, *ANSWERS]
        outcomes = await asyncio.gather(*(answer(engine, interrupt_id, each) for each in given))
        counted = Counter(isinstance(outcome, UnavailableError) for outcome in outcomes)
        assert counted[True] == failures
        known = [
            (each, outcome)
            for each, outcome in zip(given, outcomes, strict=True)
            if not isinstance(outcome, UnavailableError)
        ]
        await check(engine, interrupt_id, [each for each, _ in known], [outcome for _, outcome in known])


@pytest.mark.parametrize("first", ["answer", "expiry"])
async def test_an_answer_at_the_moment_of_expiry_is_taken_or_the_question_expires(first: str) -> None:
    clock, store = StillClock(), TroubledStore()
    limits = Config(runs=RunsOptions(interrupt_expires_seconds=60))
    async with engine_on(store, limits, ASKS, clock=clock) as engine:
        interrupt_id = await question(engine)
        store.knocked.clear()
        store.door.clear()
        tasks = []
        for each in (first, "expiry" if first == "answer" else "answer"):
            if each == "expiry":
                clock.ms += 60_000
                tasks.append(asyncio.create_task(engine.interrupts.expire()))
            else:
                answered = asyncio.create_task(answer(engine, interrupt_id, ANSWERS[0]))
            await store.knocked.wait()
        store.door.set()
        await asyncio.gather(*tasks, answered)
        if first == "answer":
            await check(engine, interrupt_id, ANSWERS[:1], [answered.result()])
        else:
            assert isinstance(answered.result(), ExpiredError)
            settled = await store.interrupt("hall", interrupt_id)
            assert settled is not None
            assert (settled.status, engine.runs.count) == ("expired", 0)


async def test_an_answer_that_another_daemon_was_faster_with_is_told_what_was_decided() -> None:
    store = TroubledStore()
    async with engine_on(store, None, ASKS) as engine:
        interrupt_id = await question(engine)

        async def another_is_faster() -> None:
            open_question = await store.interrupt("hall", interrupt_id)
            assert open_question is not None
            closed: Interrupt = attrs.evolve(
                open_question, status="resolved", answer=ANSWERS[1], answered_by="cy",
                resumed_run_id=RunId("theirs"),
            )  # fmt: skip
            await MemoryStore.commit(
                store, [Batch("hall", interrupts={interrupt_id: closed}, closes={interrupt_id})]
            )

        store.troubles.append(another_is_faster)
        refused = await answer(engine, interrupt_id, ANSWERS[0])
        assert isinstance(refused, AnsweredError)
        assert refused.details == {"decision": "reject", "by": "cy", "run_id": "theirs"}
        assert engine.runs.count == 0
        # The thread is free again.
        assert (await ended(begin(engine, "asks", thread_id="t"))).record.thread_id == "t"


async def test_an_answer_whose_giver_has_gone_is_carried_out_all_the_same() -> None:
    store = TroubledStore()
    async with engine_on(store, None, ASKS) as engine:
        interrupt_id = await question(engine)
        store.knocked.clear()
        store.door.clear()
        given = asyncio.create_task(answer(engine, interrupt_id, ANSWERS[0]))
        await store.knocked.wait()
        given.cancel()
        store.door.set()
        await engine.journal.flushed()
        settled = await store.interrupt("hall", interrupt_id)
        assert settled is not None
        assert settled.resumed_run_id is not None
        await check(engine, interrupt_id, ANSWERS[:1], [settled.resumed_run_id])


async def test_a_request_that_comes_while_an_answer_is_committed_waits_for_the_run_that_resumes() -> None:
    store = TroubledStore()
    async with engine_on(store, None, ASKS) as engine:
        interrupt_id = await question(engine)
        store.knocked.clear()
        store.door.clear()
        given = asyncio.create_task(answer(engine, interrupt_id, ANSWERS[0]))
        await store.knocked.wait()
        with pytest.raises(StreamdError, match="thread t is busy"):
            begin(engine, "asks", thread_id="t")
        store.door.set()
        await check(engine, interrupt_id, ANSWERS[:1], [await given])


async def test_asking_again_does_not_answer_a_question_that_has_expired() -> None:
    clock, store = StillClock(), MemoryStore()
    limits = Config(runs=RunsOptions(interrupt_expires_seconds=60))
    async with engine_on(store, limits, PAUSES, clock=clock) as engine:
        first = await ended(begin(engine, "pauses", "go", thread_id="t"))
        (question,) = await store.pending_interrupts("hall")
        clock.ms += 60_000
        again = await ended(begin(engine, "pauses", "go on", thread_id="t"))
        assert types(await told(store, again.record.run_id))[-1] == "interrupt"
        settled = await store.interrupt("hall", question.interrupt_id)
        assert settled is not None
        assert (settled.status, settled.answer) == ("expired", None)
        asked_by = await store.run("hall", first.record.run_id)
        assert asked_by is not None
        assert asked_by.status == "timed_out"
        clock.ms += 30_000
        last = await ended(begin(engine, "pauses", "go on", thread_id="t"))
        assert types(await told(store, last.record.run_id))[-1] == "complete"
