"""Whatever is handed in, in whatever portions, and whenever the store fails: everyone ends with the same items."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamd.config import Config, StoreOptions
from streamd.core.change import Change
from streamd.core.event import fold
from streamd.core.item import Seq
from streamd.core.position import workspace_stream
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.engine import Engine
from streamd.engine.journal.writes import Receipt, WriteResult
from streamd.errors import StoreError
from tests.support.engines import Pipe, TroubledStore, engine_on, submit
from tests.support.frames import messages
from tests.support.hall import Hall, as_json, wishes

HALL = workspace_stream("hall")

SIZES = st.sampled_from([0, 0, 20_000, 100_000])
"""Small ones, one that a thread decides, and one that takes the long lane."""

groups = st.lists(wishes, min_size=1, max_size=4)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), st.tuples(groups, st.none() | st.sampled_from("12345"), st.just(0))),
        st.tuples(st.just("submit"), st.tuples(groups, st.none() | st.sampled_from("12345"), SIZES)),
        st.tuples(st.just("fail"), st.none()),
        st.tuples(st.just("wait"), st.none()),
    ),
    max_size=25,
)


async def fails() -> None:
    raise StoreError("the disk is full")


async def play(
    engine: Engine, store: TroubledStore, script: list[tuple[str, Any]]
) -> list[tuple[list[Change], str | None, WriteResult]]:
    handed_in = []
    for name, what in script:
        match name:
            case "submit":
                changes, op_id, size = what
                handed_in.append((changes, op_id, submit(engine, *changes, op_id=op_id, size=size)))
            case "fail":
                store.troubles.append(fails)
            case _:
                await engine.journal.flushed()
    return [(changes, op_id, await promise) for changes, op_id, promise in handed_in]


def replayed(done: list[tuple[list[Change], str | None, WriteResult]]) -> Hall:
    """The same, one after the other in the order of the answers, by the rules alone."""
    hall = Hall()
    first: dict[str, Receipt] = {}
    for changes, op_id, outcome in done:
        if not isinstance(outcome, Receipt):
            continue
        assert outcome.repeated == (op_id in first)
        if op_id in first:
            assert op_id is not None
            assert as_json(outcome.results) == as_json(first[op_id].results)
            continue
        if op_id is not None:
            first[op_id] = outcome
        for change, result in zip(changes, outcome.results, strict=True):
            before = hall.top
            hall.wish(change)
            if hall.top > before:
                assert result["seq"] == hall.top
    return hall


@pytest.mark.soak
@given(steps, st.integers(1, 5))
def test_server_listener_and_rules_agree(script: list[tuple[str, Any]], batch_max: int) -> None:
    async def scenario() -> None:
        store = TroubledStore()
        async with engine_on(store, Config(store=StoreOptions(group_commit_max=batch_max))) as engine:
            live = await engine.hub.open(HALL)
            pipe = Pipe()
            outbox = engine.open_outbox(pipe, "ann")
            outbox.add(Cursor(live, Seq(0)))
            done = await play(engine, store, script)
            await outbox.drained()
        heard = messages(bytes(pipe.data))
        items: dict[str, dict[str, object]] = {}
        for event in heard:
            fold(items, event["event_type"], event.get("item_id"), event["data"])

        hall = replayed(done)

        assert [event["seq"] for event in heard] == list(range(1, hall.top + 1))
        assert as_json([event["data"] for event in heard]) == as_json([event.data for event in hall.told])
        stored = {item.id: item.flat() for item in await store.items("hall")}
        assert as_json(items) == as_json(stored) == as_json(hall.items())

    asyncio.run(scenario())
