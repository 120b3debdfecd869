"""What several people do to one thread in one moment: nothing is lost, and whoever was too late hears of it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from itertools import pairwise
from typing import Any

import attrs
import pytest

from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.run import Response
from streamd.core.thread import Checkpoint, CheckpointId, Interrupt, InterruptAnswer, Thread
from streamd.engine.engine import Engine
from streamd.engine.lifecycle.thread_history import Threads
from streamd.errors import BusyError, ConflictError, ExistsError, GoneError, StreamdError
from streamd.ports.agent import Agent, Run
from streamd.ports.store import Batch
from streamd.stores.memory import MemoryStore
from tests.support.blocks import all_of
from tests.support.engines import StillClock, TroubledStore, engine_on
from tests.support.runs import begin, ended, respond


async def _shows(run: Run) -> AsyncGenerator[Response, None]:
    seen = {key: value for key, value in run.state.items() if key in ("a", "b")}
    yield Response("general_complete", f"seen: {seen}")


SHOWS = Agent("shows", _shows)
PAUSES = Agent("pauses", _shows, interrupt_before=frozenset({"work"}))


@attrs.define
class SlowStore(MemoryStore):
    """The store in memory, where somebody who reads the newest checkpoint waits when a test says so."""

    slow_reads: int = 0
    reading: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when somebody waits."""
    door: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def checkpoint_of(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Checkpoint | None:
        found = await MemoryStore.checkpoint_of(self, workspace, thread_id, checkpoint_id)
        if self.slow_reads and checkpoint_id is None:
            self.slow_reads -= 1
            self.reading.set()
            await self.door.wait()
        return found


async def attempt(work: "asyncio.Task[Thread]") -> Thread | StreamdError:
    try:
        async with asyncio.timeout(20):
            return await work
    except StreamdError as error:
        return error


def winner(outcomes: Sequence[Thread | StreamdError], refusal: type[StreamdError]) -> Thread:
    """The only one that was done; the others were refused like this."""
    done = [one for one in outcomes if isinstance(one, Thread)]
    assert len(done) == 1, outcomes
    assert [type(one) for one in outcomes if not isinstance(one, Thread)] == [refusal] * (len(outcomes) - 1)
    return done[0]


def update(engine: Engine, **values: object) -> "asyncio.Task[Thread]":
    return asyncio.create_task(
        Threads(engine.runs).update("hall", "t", values, None, "cy", ANONYMOUS_PRINCIPAL)
    )


def fork(engine: Engine, to: str) -> "asyncio.Task[Thread]":
    return asyncio.create_task(Threads(engine.runs).fork("hall", "t", None, to, "cy", ANONYMOUS_PRINCIPAL))


def rewind(engine: Engine, to: CheckpointId) -> "asyncio.Task[Thread]":
    return asyncio.create_task(Threads(engine.runs).rewind("hall", "t", to, "cy", ANONYMOUS_PRINCIPAL))


async def history(engine: Engine, thread_id: str = "t") -> list[str]:
    found = await all_of(Threads(engine.runs).history("hall", thread_id, 100))
    for one, before in pairwise(found):
        assert one.source in ("rewind", "fork") or one.parent_id == before.checkpoint_id
    return [one.source for one in found]


async def test_of_updates_in_one_moment_one_is_done_and_the_others_are_told_to_come_again() -> None:
    async with engine_on(MemoryStore(), None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        outcomes = [
            await attempt(each) for each in [update(engine, a=1), update(engine, b=2), update(engine, a=3)]
        ]
        done = winner(outcomes, ConflictError)
        assert (await history(engine))[:2] == ["update", "end"]
        assert done.head is not None
        assert await Threads(engine.runs).state("hall", "t") == done
        again = await attempt(update(engine, b=4))
        assert isinstance(again, Thread)
        assert again.head is not None
        assert again.head.state == {**done.head.state, "b": 4}


async def test_checkpoints_have_the_time_of_day_and_their_order_whatever_the_clock_does() -> None:
    clock = StillClock()
    async with engine_on(MemoryStore(), None, SHOWS, clock=clock) as engine:
        times = []
        for jump_ms in (0, 86_400_000, -86_412_000, 0):
            clock.ms += jump_ms
            await ended(begin(engine, "shows", thread_id="t"))
            await update(engine, a=jump_ms)
            times += [clock.ms, *[clock.ms] * 2]
        found = await all_of(Threads(engine.runs).history("hall", "t", 100))
        assert [one.source for one in found] == ["update", "end", "input"] * 4
        assert [one.at_ms for one in found] == times[::-1]


async def test_an_update_that_comes_while_another_waits_for_the_disk_sees_it() -> None:
    store = TroubledStore()
    async with engine_on(store, None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        store.knocked.clear()
        store.door.clear()
        first = update(engine, a=1)
        await store.knocked.wait()
        second = update(engine, b=2)
        for _ in range(50):
            await asyncio.sleep(0)
        store.door.set()
        assert isinstance(await attempt(first), Thread)
        then = await attempt(second)
        assert isinstance(then, Thread)
        assert then.head is not None
        assert (then.head.state["a"], then.head.state["b"]) == (1, 2)


async def test_of_a_rewind_and_an_update_in_one_moment_one_is_done() -> None:
    async with engine_on(MemoryStore(), None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        first = (await all_of(Threads(engine.runs).history("hall", "t", 100)))[-1]
        tasks = [
            rewind(engine, first.checkpoint_id),
            update(engine, a=1),
            rewind(engine, first.checkpoint_id),
        ]
        winner([await attempt(each) for each in tasks], ConflictError)
        assert len(await history(engine)) == 3


@pytest.mark.parametrize("count", [2, 5])
async def test_of_forks_to_one_name_one_is_done(count: int) -> None:
    async with engine_on(MemoryStore(), None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        tasks = [fork(engine, "other") for _ in range(count)]
        winner([await attempt(each) for each in tasks], ExistsError)
        assert await history(engine, "other") == ["fork"]


async def test_a_fork_to_a_thread_on_which_a_run_starts_meanwhile_is_refused() -> None:
    async with engine_on(MemoryStore(), None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        parting = fork(engine, "other")
        await asyncio.sleep(0)
        run = begin(engine, "shows", thread_id="other")
        assert isinstance(await attempt(parting), ExistsError)
        await ended(run)
        assert await history(engine, "other") == ["end", "input"]


@attrs.define
class SlowQuestions(MemoryStore):
    """The store in memory, where whoever reads the questions of thread `other` waits for a door."""

    reading: asyncio.Event = attrs.field(factory=asyncio.Event)
    door: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def pending_interrupts(
        self, workspace: str | None = None, thread_id: str | None = None, **which: Any
    ) -> Sequence[Interrupt]:
        found = await MemoryStore.pending_interrupts(self, workspace, thread_id, **which)
        if thread_id == "other" and not self.door.is_set():
            self.reading.set()
            await self.door.wait()
        return found


async def test_a_fork_to_a_thread_on_which_a_run_starts_right_before_the_write_is_refused() -> None:
    store = SlowQuestions()
    async with engine_on(store, None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        parting = fork(engine, "other")
        await store.reading.wait()
        run = begin(engine, "shows", thread_id="other")
        store.door.set()
        assert isinstance(await attempt(parting), ExistsError)
        await ended(run)
        assert await history(engine, "other") == ["end", "input"]


async def test_an_update_of_a_thread_on_which_a_run_starts_meanwhile_is_refused() -> None:
    async with engine_on(MemoryStore(), None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        changing = update(engine, a=1)
        await asyncio.sleep(0)
        run = begin(engine, "shows", thread_id="t")
        assert isinstance(await attempt(changing), BusyError)
        await ended(run)


async def test_an_update_does_not_take_back_what_a_whole_run_did_meanwhile() -> None:
    store = SlowStore()
    async with engine_on(store, None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        store.slow_reads = 1
        changing = update(engine, a=1)
        await store.reading.wait()
        await ended(begin(engine, "shows", "second", thread_id="t"))
        store.door.set()
        refused = await attempt(changing)
        assert isinstance(refused, ConflictError)
        assert "send this again" in refused.message
        assert (await history(engine))[0] == "end"


async def test_an_answer_to_what_somebody_changed_while_it_was_given_does_not_count() -> None:
    store = SlowStore()
    async with engine_on(store, None, PAUSES) as engine:
        await ended(begin(engine, "pauses", thread_id="t"))
        [question] = await all_of(engine.interrupts.pending("hall"))
        store.slow_reads = 1
        answering = asyncio.create_task(respond(engine, question.interrupt_id, InterruptAnswer("approve")))
        await store.reading.wait()
        assert isinstance(await attempt(update(engine, a=1)), Thread)
        store.door.set()
        async with asyncio.timeout(20):
            with pytest.raises(GoneError):
                await answering
        assert await history(engine) == ["update", "interrupt", "input"]


async def test_another_daemon_that_is_faster_is_not_overwritten() -> None:
    store = TroubledStore()
    async with engine_on(store, None, SHOWS) as engine:
        await ended(begin(engine, "shows", thread_id="t"))
        head = await store.checkpoint_of("hall", "t")
        assert head is not None
        theirs = attrs.evolve(head, checkpoint_id=CheckpointId("theirs"), parent_id=head.checkpoint_id)

        async def overtake() -> None:
            await MemoryStore.commit(store, [Batch("hall", checkpoints=[theirs])])

        store.troubles.append(overtake)
        assert isinstance(await attempt(update(engine, a=1)), ConflictError)
        assert await store.checkpoint_of("hall", "t") == theirs
