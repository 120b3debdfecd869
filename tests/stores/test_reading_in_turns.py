"""Reads of SQLite take turns: long ones go in slices, one of a user at a time, and end when nobody waits for them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from streamd.core.principal import Asker, Flow
from streamd.ports.store import Batch, Store, working_for
from streamd.stores.sqlite import _readers, open_sqlite
from streamd.stores.sqlite._reads import MOST_ROWS
from tests.stores.samples import commit, entry, holding, item

PATIENCE_SECONDS = 60
ANN, BEN = Flow(Asker("hall", "ann")), Flow(Asker("hall", "ben"))
RUN = Flow(Asker("hall", "ann"), is_kept=True)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_sqlite(str(tmp_path / "journal.db")) as opened:
        count = 2 * MOST_ROWS + 1
        items = [item(f"item-{seq}", seq) for seq in range(1, count + 1)]
        await commit(opened, Batch("hall", [entry(one.added) for one in items], holding(*items)))
        yield opened


class Gate:
    """Takes the blocks of a long read, and stops it at the first until it is opened."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.blocks = 0
        self._open = threading.Event()
        self._loop = asyncio.get_running_loop()

    def visit(self, _bodies: Sequence[bytes]) -> None:
        self.blocks += 1
        self._loop.call_soon_threadsafe(self.begun.set)
        self._open.wait(PATIENCE_SECONDS)

    def open(self) -> None:
        self._open.set()


def reading(store: Store, flow: Flow, gate: Gate) -> "asyncio.Task[object]":
    with working_for(flow):
        return asyncio.create_task(store.snapshot("hall", None, gate.visit))


async def begun(gate: Gate) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await gate.begun.wait()


async def test_of_one_user_one_long_read_goes_on_at_a_time_and_others_need_not_wait(store: Store) -> None:
    first, second, other = Gate(), Gate(), Gate()
    tasks = [reading(store, ANN, first)]
    await begun(first)
    tasks.append(reading(store, ANN, second))
    tasks.append(reading(store, BEN, other))
    await begun(other)
    assert not second.begun.is_set()
    for gate in (first, other, second):
        gate.open()
    assert await asyncio.gather(*tasks) == [2 * MOST_ROWS + 1] * 3


async def test_runs_find_a_connection_when_users_read_on_all_others(store: Store) -> None:
    async with open_sqlite(str(Path(store.directory or ".") / "other.db"), readers=3) as other:
        await commit(other, Batch("hall", [entry(1)], holding(item("a", 1))))
        gates = [Gate() for _ in range(3)]
        tasks = [reading(other, Flow(Asker("hall", f"user {n}")), gate) for n, gate in enumerate(gates[:2])]
        for gate in gates[:2]:
            await begun(gate)
        tasks.append(reading(other, RUN, gates[2]))
        await begun(gates[2])
        for gate in gates:
            gate.open()
        await asyncio.gather(*tasks)


async def test_a_read_that_nobody_waits_for_any_more_stops_after_its_slice(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_readers, "_SLICE_SECONDS", 1e-9)  # one block
    gate, later = Gate(), Gate()
    task = reading(store, ANN, gate)
    await begun(gate)
    task.cancel()
    gate.open()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gate.blocks == 1
    later.open()
    assert await reading(store, ANN, later) == 2 * MOST_ROWS + 1  # on a connection without a transaction


async def test_a_read_that_is_cancelled_again_while_it_ends_gives_its_connection_back(store: Store) -> None:
    for _ in range(8):
        gate = Gate()
        read = reading(store, ANN, gate)
        await begun(gate)
        read.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        read.cancel()
        await asyncio.wait([read])
        assert read.cancelled()
        gate.open()
    gate = Gate()
    gate.open()
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await reading(store, ANN, gate) == 2 * MOST_ROWS + 1


async def test_a_read_that_is_cancelled_while_it_waits_never_begins(store: Store) -> None:
    first, second = Gate(), Gate()
    task, waiting = reading(store, ANN, first), reading(store, ANN, second)
    await begun(first)
    waiting.cancel()
    first.open()
    await task
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert second.blocks == 0
