"""What every store promises of the daemons that do runs: whose lease is over has its runs taken over, once."""

import attrs
import pytest

from streamd.ports.store import Batch, StaleError, Store
from tests.stores.samples import HALL, commit, entry, run, runs


async def test_each_lease_has_a_name_of_its_own(store: Store) -> None:
    async with store.lease() as first, store.lease() as second:
        assert len({first, second, ""}) == 3


async def test_runs_are_abandoned_when_the_lease_of_their_owner_is_over(store: Store) -> None:
    async with store.lease() as mine:
        async with store.lease() as theirs:
            found = [
                run("a", owner=mine),
                run("b", "pending", owner=theirs),
                run("old"),
                run("c", owner="gone"),
            ]
            ended = run("d", "completed", ended_ms=1, owner="gone")
            await commit(store, Batch("hall", runs=runs(*found, ended)))
            assert [one.run_id for one in await store.abandoned_runs()] == ["old", "c"]
        assert [one.run_id for one in await store.abandoned_runs()] == ["b", "old", "c"]
    assert await store.abandoned_runs() == found
    assert await store.run("hall", found[1].run_id) == found[1]


async def test_a_run_is_taken_over_once(store: Store) -> None:
    await commit(store, Batch("hall", runs=runs(run("r", owner="gone"))))
    mine, theirs = run("r", owner="me"), run("r", owner="them")
    claims = {mine.run_id: "gone"}
    await commit(store, Batch("hall", runs=runs(mine), claims=dict(claims)))
    with pytest.raises(StaleError):
        await commit(store, Batch("hall", [entry(1)], runs=runs(theirs), claims=dict(claims)))
    assert await store.run("hall", mine.run_id) == mine
    assert (await store.span(HALL)).top == 0


async def test_a_run_that_is_not_there_cannot_be_taken_over(store: Store) -> None:
    with pytest.raises(StaleError):
        await commit(store, Batch("hall", runs=runs(run("r")), claims={run("r").run_id: ""}))
    await commit(store, Batch("hall", runs=runs(attrs.evolve(run("r"), owner="me"))))
