"""In whatever order clients come, edit, go, resume, filter, and the daemon trims and restarts."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from websockets.exceptions import ConnectionClosed

from tests.support.daemon import Daemon, Message
from tests.support.guests import Guest, Wanted
from tests.support.model import Edit, Room

pytestmark = pytest.mark.requirement("A9", "A10")

RETAINED = 300
"""Entries that the daemon keeps of each workspace; more than a snapshot that is handed out may be behind."""
RESTARTS, TRIMS = 2, 3
"""In the life of one machine: nothing else takes so long."""
T = TypeVar("T")
_numbers = itertools.count()

rooms = st.integers(0, 1)
lags = st.integers(0, 8)
item_ids = st.sampled_from(["a", "b", "c"])
texts = st.sampled_from(["Bolt", "Nut", "Cog"])
new_items = st.builds(
    lambda item_id, kind, name: {"id": item_id, "type": kind, "name": name, "n": 0},
    item_ids,
    st.sampled_from(["inventory", "memo"]),
    texts,
)
changes = st.fixed_dictionaries(
    {"item_id": item_ids},
    optional={
        "set": st.fixed_dictionaries(
            {}, optional={"name": texts, "subtitle": st.none() | texts, "memo": st.none() | texts}
        ),
        "unset": st.just(["colour"]),
        "inc": st.fixed_dictionaries({"n": st.integers(-3, 3)}),
        "add_to_set": st.fixed_dictionaries({"tags": st.lists(texts, min_size=1, max_size=2)}),
    },
).filter(lambda change: any(change.get(key) for key in ("set", "unset", "inc", "add_to_set")))
bulks = st.one_of(
    st.tuples(st.just("add_multiple"), st.lists(new_items, min_size=1, max_size=4)),
    st.tuples(st.just("update_multiple"), st.lists(changes, min_size=1, max_size=4)),
    st.tuples(st.just("remove_multiple"), st.lists(item_ids, min_size=1, max_size=4)),
)
filters = st.builds(
    Wanted,
    st.none() | st.sampled_from([frozenset({"inventory"}), frozenset({"memo", "inventory"})]),
    st.none() | st.sampled_from([frozenset({"item_added", "told"}), frozenset({"field_changed"})]),
)


class Visits(RuleBasedStateMachine):
    """Two workspaces of one daemon, and whoever visits them."""

    daemon: Daemon
    runner: asyncio.Runner
    epoch: str

    guests = Bundle("guests")
    away = Bundle("away")

    def __init__(self) -> None:
        super().__init__()
        number = next(_numbers)
        self.rooms = [Room(f"hall-{number}"), Room(f"yard-{number}")]
        self.present: list[Guest] = []
        self.bodies: dict[tuple[str, int], Message] = {}
        self.done: list[tuple[Room, Edit, Message]] = []
        self.restarts = self.trims = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(asyncio.wait_for(work, 60))

    def teardown(self) -> None:
        for guest in self.present:
            self.run(guest.leave())

    @invariant()
    def everyone_holds_what_the_model_holds(self) -> None:
        async def check() -> None:
            for guest in self.present:
                await guest.catch_up()
            for room in self.rooms:
                for guest in [guest for guest in self.present if guest.room is room][:1]:
                    await guest.check_list()

        self.run(check())

    # ── coming and going ─────────────────────────────────────────────────────────────────────────────────────────────

    async def arrive(self, room: int, **query: Any) -> Guest:
        guest = await Guest.arrive(self.daemon, self.rooms[room], self.bodies, **query)
        self.present.append(guest)
        return guest

    @initialize(target=guests)
    def begin(self) -> MultipleResults[Guest]:
        """Somebody is in each workspace from the first event on."""
        return multiple(self.run(self.arrive(0)), self.run(self.arrive(1)))

    @precondition(lambda self: len(self.present) < 6)
    @rule(target=guests, room=rooms, snapshot=st.booleans())
    def come(self, room: int, snapshot: bool) -> Guest:
        async def come() -> Guest:
            guest = await self.arrive(room, **({"snapshot": 1} if snapshot else {}))
            if snapshot:
                await guest.read_snapshot()
            return guest

        return self.run(come())

    @precondition(lambda self: len(self.present) < 6)
    @rule(target=guests, room=rooms, reason=st.sampled_from(["no_epoch", "epoch", "future"]))
    def come_with_a_position_that_says_nothing(self, room: int, reason: str) -> Guest:
        since = self.rooms[room].top + (reason == "future")
        epoch = {"no_epoch": {}, "epoch": {"epoch": "another"}, "future": {"epoch": self.epoch}}[reason]

        async def come() -> Guest:
            guest = await self.arrive(room, since=since, **epoch)
            await guest.read_snapshot(reason)
            return guest

        return self.run(come())

    @rule(target=away, guest=consumes(guests))
    def go(self, guest: Guest) -> Guest:
        self.present.remove(guest)
        self.run(guest.leave())
        return guest

    @rule(target=guests, guest=consumes(away))
    def restore(self, guest: Guest) -> Guest:
        self.run(guest.restore(self.daemon, self.epoch, RETAINED))
        self.present.append(guest)
        return guest

    @rule(guest=guests, room=rooms)
    def move(self, guest: Guest, room: int) -> None:
        if guest.wanted == Wanted():
            self.run(guest.move(self.rooms[room]))

    # ── what they do there ───────────────────────────────────────────────────────────────────────────────────────────

    def edit(self, guest: Guest, edit: Edit, *, repeatable: bool) -> None:
        if repeatable:
            edit = {**edit, "op_id": f"op-{next(_numbers)}"}
        reply = self.run(guest.edit(edit))
        if repeatable and reply is not None and not reply.get("refused"):
            self.done.append((guest.room, edit, reply))

    @rule(guest=guests, item=new_items, repeatable=st.booleans())
    def add(self, guest: Guest, item: Edit, repeatable: bool) -> None:
        self.edit(guest, {"type": "add_item", "item": item}, repeatable=repeatable)

    @rule(
        guest=guests,
        change=changes,
        lag=lags,
        on_conflict=st.sampled_from(["overwrite", "merge", "reject"]),
        repeatable=st.booleans(),
    )
    def change(self, guest: Guest, change: Edit, lag: int, on_conflict: str, repeatable: bool) -> None:
        base, room = max(0, guest.room.top - lag), guest.room
        if (
            room.absent.get(change["item_id"], 0) >= RETAINED
        ):  # whether its removal was trimmed is a matter of time
            base = max(base, room.born[change["item_id"]])
        edit = {"type": "change_item", **change, "base": base, "on_conflict": on_conflict}
        self.edit(guest, edit, repeatable=repeatable)

    @rule(guest=guests, item_id=item_ids, lag=st.none() | lags, repeatable=st.booleans())
    def remove(self, guest: Guest, item_id: str, lag: int | None, repeatable: bool) -> None:
        base = {} if lag is None else {"base": max(0, guest.room.top - lag)}
        edit = {"type": "remove_item", "item_id": item_id, "reason": "sold", **base}
        self.edit(guest, edit, repeatable=repeatable)

    @rule(guest=guests, number=st.integers(0, 9), item_id=st.none() | item_ids, repeatable=st.booleans())
    def publish(self, guest: Guest, number: int, item_id: str | None, repeatable: bool) -> None:
        about = {} if item_id is None else {"item_id": item_id}
        edit = {"type": "publish", "event_type": "told", "data": {"number": number}, **about}
        self.edit(guest, edit, repeatable=repeatable)

    @rule(guest=guests, bulk=bulks, atomic=st.booleans(), repeatable=st.booleans())
    def bulk(self, guest: Guest, bulk: tuple[str, list[Any]], atomic: bool, repeatable: bool) -> None:
        operation, items = bulk
        edit = {"type": "bulk", "operation": operation, "items": items, "atomic": atomic}
        self.edit(guest, edit, repeatable=repeatable)

    @rule(guest=guests, data=st.data())
    def repeat(self, guest: Guest, data: st.DataObject) -> None:
        done = [(edit, reply) for room, edit, reply in self.done if room is guest.room]
        if done:
            edit, first = data.draw(st.sampled_from(done))
            again = self.run(guest.ask(edit))
            assert {**again, "request_id": 0} == {**first, "request_id": 0}

    @rule(guest=guests, wanted=filters)
    def filter(self, guest: Guest, wanted: Wanted) -> None:
        self.run(guest.filter(wanted))

    @rule(guest=guests)
    def ask_for_snapshot(self, guest: Guest) -> None:
        self.run(guest.ask_for_snapshot())

    # ── what happens to the daemon ───────────────────────────────────────────────────────────────────────────────────

    @precondition(lambda self: self.trims < TRIMS)
    @rule(guest=guests)
    def trim(self, guest: Guest) -> None:
        """Tell more than is kept, and wait until what was told first is no longer there."""
        self.trims += 1

        async def trim() -> None:
            await guest.tell(RETAINED + 1)
            reason = None
            while reason is None:
                async with self.daemon.client(workspace=guest.room.name, since=0, epoch=self.epoch) as client:
                    first = await client.next()
                    reason = first.get("reason")
                    await client.heard(guest.room.top)
            assert reason == "trimmed"
            assert client.items == guest.room.items

        self.run(trim())

    @precondition(lambda self: self.restarts < RESTARTS and len(self.present) > 1)
    @rule(how=st.sampled_from(["stop", "kill"]))
    def restart(self, how: str) -> None:
        self.restarts += 1

        async def restart() -> None:
            if how == "stop":
                assert await self.daemon.stop() == 0
            else:
                await self.daemon.kill()
            for guest in self.present:
                with pytest.raises(ConnectionClosed) as closed:
                    await guest.client.next()
                assert (closed.value.rcvd.code if closed.value.rcvd else None) == (
                    1012 if how == "stop" else None
                )
                await guest.leave()
            await self.daemon.start()
            for guest in self.present:
                await guest.restore(self.daemon, self.epoch, RETAINED)

        self.run(restart())


@pytest.mark.soak
def test_everyone_agrees_whatever_happens(tmp_path: Path, soak: Callable[[int, int], int]) -> None:
    environ = {"STREAMD_JOURNAL__RETAIN_ENTRIES": str(RETAINED), "STREAMD_JOURNAL__TRIM_SECONDS": "0.02"}
    with asyncio.Runner() as runner:
        daemon = Daemon(tmp_path, environ)
        runner.run(daemon.start())

        async def epoch() -> str:
            async with daemon.client() as client:
                return str(client.greeting["epoch"])

        Visits.daemon, Visits.runner, Visits.epoch = daemon, runner, runner.run(epoch())
        try:
            run_state_machine_as_test(
                Visits,
                settings=settings(
                    max_examples=soak(40, 1000),
                    stateful_step_count=soak(60, 200),
                    deadline=None,
                    # Shrinking takes minutes; what fails is kept, and `scripts/soak` begins with it.
                    phases=[phase for phase in Phase if phase is not Phase.shrink or soak(0, 1)],
                    suppress_health_check=[HealthCheck.too_slow],
                ),
            )
        finally:
            runner.run(daemon.kill())
