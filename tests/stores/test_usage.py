"""What every store promises of what language models used."""

from collections.abc import Sequence
from typing import Final

from streamd.core.position import workspace_stream
from streamd.core.usage import DayUsage, Usage, UsageFilter, UsageKey
from streamd.ports.store import Batch, Removal, Retention, Store
from tests.stores.samples import checkpoint, commit, memory, run, runs, tell, trim

BY_DAY: Final[tuple[UsageKey, ...]] = ("day",)
NOVEMBER = UsageFilter("2026-11-01", "2026-11-30")


def used(day: str, user_id: str = "ann", agent: str = "general", *, tokens: int = 1) -> DayUsage:
    return DayUsage(day, user_id, agent, Usage(tokens, 2 * tokens, 3, 4, tokens / 8))


def sums(rows: Sequence[DayUsage]) -> list[tuple[object, ...]]:
    return [(one.day, one.user_id, one.agent, one.usage.input_tokens, one.usage.cost_usd) for one in rows]


async def filled(store: Store) -> None:
    await commit(
        store,
        Batch("hall", used=[used("2026-11-01"), used("2026-11-02", tokens=2)]),
        Batch("yard", used=[used("2026-11-02", tokens=100)]),
    )
    await commit(
        store, Batch("hall", used=[used("2026-11-02", tokens=3), used("2026-11-02", "bob", "intent")])
    )
    await commit(store, Batch("hall", used=[used("2026-12-01", tokens=50)]))


async def test_usage_is_added_up_by_what_is_asked_for(store: Store) -> None:
    await filled(store)

    async def found(
        *by: UsageKey, wanted: UsageFilter = NOVEMBER, limit: int = 10
    ) -> list[tuple[object, ...]]:
        return sums(await store.usage("hall", wanted, by, limit))

    assert await found() == [("", "", "", 7, 7 / 8)]
    assert await found("day") == [("2026-11-02", "", "", 6, 6 / 8), ("2026-11-01", "", "", 1, 1 / 8)]
    assert await found("day", limit=1) == [("2026-11-02", "", "", 6, 6 / 8)]
    assert await found("user_id", "agent") == [
        ("", "ann", "general", 6, 6 / 8),
        ("", "bob", "intent", 1, 1 / 8),
    ]
    assert await found(wanted=UsageFilter("2026-11-02", "2026-12-01", "ann", "general")) == [
        ("", "", "", 55, 55 / 8)
    ]
    assert await found(wanted=UsageFilter("2025-01-01", "2025-12-31")) == []


async def test_usage_knows_whether_a_part_of_it_is_estimated(store: Store) -> None:
    await commit(
        store, Batch("hall", used=[DayUsage("2026-11-01", "ann", "general", Usage(1, estimated=True))])
    )
    await commit(store, Batch("hall", used=[DayUsage("2026-11-01", "ann", "general", Usage(2))]))

    (total,) = await store.usage("hall", NOVEMBER, (), 1)

    assert total.usage == Usage(3, estimated=True)


async def test_old_usage_is_removed(store: Store) -> None:
    await filled(store)

    await trim(store, Retention(10**6, 0, 0, usage_day="2026-11-02"))

    assert [one.day for one in await store.usage("hall", NOVEMBER, BY_DAY, 10)] == ["2026-11-02"]
    assert await store.usage("yard", NOVEMBER, BY_DAY, 10)


async def test_usage_of_a_forgotten_user_counts_on_without_a_name(store: Store) -> None:
    await filled(store)

    for name in ("ann", "bob"):
        await commit(store, Batch("hall", removals=[Removal("hall", unnamed_users=[name])]))

    rows = await store.usage("hall", NOVEMBER, ("user_id", "agent"), 10)
    assert sums(rows) == [("", "", "general", 6, 6 / 8), ("", "", "intent", 1, 1 / 8)]


async def test_the_workspaces_are_those_of_which_anything_is_kept(store: Store) -> None:
    await tell(store, 1, stream=workspace_stream("hall"))
    await commit(
        store,
        Batch("yard", runs=runs(run("r", workspace="yard"))),
        Batch("shed", checkpoints=[checkpoint(1, workspace="shed")]),
        Batch("barn", used=[used("2026-11-01")]),
        Batch("loft", memories=[memory("m", "Boxes", workspace="loft")]),
    )

    assert list(await store.workspaces()) == ["barn", "hall", "loft", "shed", "yard"]
