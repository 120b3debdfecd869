"""Windows and cursors: each listener gets each entry that it wants once and in order, however its connection behaves."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamd.core.item import Seq
from streamd.core.lists.view import View
from streamd.engine.delivery.entry_block import Filter
from tests.support.listening import KINDS, Ear, Stage, read, stage

kinds = st.lists(st.sampled_from(KINDS), min_size=1, max_size=25)
filters = st.none() | st.builds(
    Filter,
    view=st.none() | st.builds(View, st.frozensets(st.sampled_from(["nut", "bolt"]), max_size=2)),
    event_types=st.none() | st.frozensets(st.sampled_from(["item_added", "told"]), max_size=2),
    items=st.booleans(),
)
allowances = st.none() | st.integers(0, 3)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("tell"), kinds),
        st.tuples(st.just("tell"), kinds),
        st.tuples(st.just("listen"), st.tuples(st.floats(0, 1), filters, allowances, st.booleans())),
        st.tuples(st.just("choke"), st.tuples(st.integers(0, 5), st.integers(0, 2))),
        st.tuples(st.just("resume"), st.tuples(st.integers(0, 5), st.none())),
        st.tuples(st.just("narrow"), st.tuples(st.integers(0, 5), filters)),
        st.tuples(st.just("insert"), st.tuples(st.integers(0, 5), st.integers(1, 3))),
        st.tuples(st.just("turn"), st.integers(1, 8)),
    ),
    max_size=40,
)


async def play(on: Stage, name: str, what: Any) -> None:
    """One step. What is not possible just now is passed over."""
    if name == "tell":
        await on.tell(what)
    elif name == "listen":
        share, only, allowance, replay = what
        upto = Seq(len(on.history) if replay else 0)
        on.listen(int(share * len(on.history)), only, allowance=allowance, replay_upto=upto)
    elif name == "turn":
        for _ in range(what):
            await asyncio.sleep(0)
    elif what[0] < len(on.ears):
        act(on, on.ears[what[0]], name, what[1])


def act(on: Stage, ear: Ear, name: str, what: Any) -> None:
    match name:
        case "choke":
            ear.choke(what)
        case "resume":
            ear.resume()
        case "narrow":
            narrow(ear, what)
        case "insert":
            frames = [f"page{len(ear.expected) + number}" for number in range(what)]
            ear.cursor.insert(on.live.top, iter([f"{one};".encode() for one in frames]))
            ear.expected += frames
            ear.outbox.flush_soon()
        case _:
            raise AssertionError(name)


def narrow(ear: Ear, only: Filter | None) -> None:
    """From what it was told last on, it hears something else: only clear while nothing waits for it."""
    if not ear.outbox.behind and ear.cursor.position >= ear.cursor.replay_upto:
        ear.cursor.narrow(only)


@pytest.mark.soak
@settings(max_examples=max(500, settings().max_examples))
@given(steps)
def test_every_listener_hears_each_entry_it_wants_once_and_in_order(script: list[tuple[str, Any]]) -> None:
    async def scenario() -> None:
        async with stage() as on:
            for name, what in script:
                await play(on, name, what)
            await on.everyone_is_told()
            for ear in on.ears:
                assert read(ear.pipe) == ear.expected
                assert not ear.pipe.failed

    asyncio.run(scenario())


async def test_replies_go_out_between_entries_and_in_their_order() -> None:
    async with stage() as on:
        ear = on.listen(0, None)
        for number in range(5):
            ear.outbox.reply(b"reply%d;" % number)
            await on.tell(["nut"])
        await on.everyone_is_told()

    heard = read(ear.pipe)
    assert [one for one in heard if one.startswith("reply")] == [f"reply{number}" for number in range(5)]
    assert [one for one in heard if not one.startswith("reply")] == ["1", "2", "3", "4", "5"]


async def test_a_held_cursor_tells_nothing_more_until_its_snapshot_is_there() -> None:
    async with stage() as on:
        ear = on.listen(0, None)
        await on.tell(["nut"] * 3)
        held = ear.cursor.hold()
        await on.tell(["nut"] * 3)
        ear.outbox.flush()
        assert read(ear.pipe) == ["1", "2", "3"]

        ear.cursor.insert(Seq(5), iter([b"page;"]), held)
        await on.everyone_is_told()

    assert read(ear.pipe) == ["1", "2", "3", "4", "5", "page", "6"]


async def test_two_held_snapshots_come_in_the_order_of_their_positions() -> None:
    async with stage() as on:
        ear = on.listen(0, None)
        await on.tell(["nut"])
        first, second = ear.cursor.hold(), ear.cursor.hold()
        await on.tell(["nut"] * 3)
        ear.cursor.insert(Seq(2), iter([b"earlier;"]), second)
        ear.outbox.flush()
        assert read(ear.pipe) == ["1"]

        ear.cursor.insert(Seq(3), iter([b"later;"]), first)
        await on.everyone_is_told()

    assert read(ear.pipe) == ["1", "2", "earlier", "3", "later", "4"]


async def test_a_cursor_that_is_let_go_without_a_snapshot_goes_on() -> None:
    async with stage() as on:
        ear = on.listen(0, None)
        held = ear.cursor.hold()
        await on.tell(["nut"] * 2)
        ear.cursor.release(held)
        ear.cursor.release(held)
        await on.everyone_is_told()

    assert read(ear.pipe) == ["1", "2"]


async def test_an_outbox_that_was_closed_hears_no_more() -> None:
    async with stage() as on:
        ear = on.listen(0, None)
        await on.tell(["nut"])
        ear.outbox.close()
        ear.outbox.close()
        await on.tell(["nut"])
        await on.everyone_is_told()

    assert read(ear.pipe) == ["1"]
    assert not on.live.subscribers
