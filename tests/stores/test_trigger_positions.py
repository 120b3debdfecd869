"""What every store promises of triggers: a position is moved together with what it was moved for, from where it stood."""

import attrs
import pytest

from streamd.core.item import Seq
from streamd.core.triggers.trigger import TriggerMove, TriggerPosition
from streamd.ports.store import Batch, StaleError, Store
from tests.stores.samples import HALL, commit, entry, run, runs

LOW = TriggerPosition("hall", "low", seq=Seq(4))
NIGHTLY = TriggerPosition("hall", "nightly", due_ms=1_795_000_000_000, schedule="0 7 * * * Europe/Berlin")


def move(before: TriggerPosition | None, after: TriggerPosition | None) -> Batch:
    return Batch("hall", trigger_moves=[TriggerMove(before, after)])


async def test_positions_are_there_until_they_are_removed(store: Store) -> None:
    assert await store.trigger_positions() == []
    await commit(store, move(None, LOW))
    await commit(store, move(None, NIGHTLY))
    assert await store.trigger_positions() == [LOW, NIGHTLY]
    on = attrs.evolve(LOW, seq=Seq(9))
    await commit(store, move(LOW, on))
    await commit(store, move(NIGHTLY, None))
    assert await store.trigger_positions() == [on]


async def test_each_workspace_has_its_own(store: Store) -> None:
    other = attrs.evolve(LOW, workspace="yard", seq=Seq(1))
    moves = [move(None, LOW), Batch("yard", trigger_moves=[TriggerMove(None, other)])]
    assert await store.commit(moves) == [None, None]
    assert await store.trigger_positions() == [LOW, other]


@pytest.mark.parametrize("before", [None, attrs.evolve(LOW, seq=Seq(3))])
async def test_a_move_from_elsewhere_takes_its_run_with_it(
    store: Store, before: TriggerPosition | None
) -> None:
    await commit(store, move(None, LOW))
    batch = move(before, attrs.evolve(LOW, seq=Seq(5)))
    batch.runs, batch.entries = runs(run("r")), [entry(1)]

    (refusal,) = await store.commit([batch])

    assert isinstance(refusal, StaleError)
    assert await store.trigger_positions() == [LOW]
    assert await store.run("hall", run("r").run_id) is None
    assert (await store.span(HALL)).top == 0


async def test_nothing_is_removed_that_stands_elsewhere(store: Store) -> None:
    await commit(store, move(None, LOW))
    with pytest.raises(StaleError):
        await commit(store, move(attrs.evolve(LOW, seq=Seq(3)), None))
    assert await store.trigger_positions() == [LOW]


async def test_a_move_and_its_run_are_one(store: Store) -> None:
    batch = move(None, LOW)
    batch.runs = runs(run("r"))
    await commit(store, batch)
    assert await store.trigger_positions() == [LOW]
    assert await store.run("hall", run("r").run_id) is not None
