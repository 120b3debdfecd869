"""In whatever order clients come, edit, undo, go, resume and filter, the daemon trims and restarts, its clock jumps, its file is put back."""

import asyncio
import copy
import itertools
import shutil
import sqlite3
from collections.abc import Callable, Coroutine
from contextlib import closing
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

from tests.support.daemon import ROOT, Daemon, Message
from tests.support.guests import Guest, Wanted
from tests.support.model import Edit, Room

pytestmark = pytest.mark.requirement("A9", "A10")

RETAINED = 300
"""Entries that the daemon keeps of each workspace; more than a snapshot that is handed out may be behind."""
RESTARTS, TRIMS = 2, 3
"""In the life of one machine: nothing else takes so long."""
COPY, OFFSET = "copy.db", "offset"
CLOCK = f"""
import time
from pathlib import Path

_offset, _time_ns = Path("{OFFSET}").absolute(), time.time_ns


def _jumped():
    return _time_ns() + int(_offset.read_text() or "0") * 1_000_000_000


time.time_ns, time.time = _jumped, lambda: _jumped() / 1e9
"""
"""The daemon's time of day, off by so many seconds as a file says."""
T = TypeVar("T")
_numbers = itertools.count()

rooms = st.integers(0, 1)
lags = st.integers(0, 8)
item_ids = st.sampled_from(["a", "b", "c", "note-a"])
kinds = st.sampled_from(["crate", "memo"])
texts = st.sampled_from(["Bolt", "Nut", "Cog"])
new_items = st.builds(
    lambda item_id, kind, name: {"id": item_id, "type": kind, "name": name, "n": 0},
    item_ids,
    kinds,
    texts,
)
changes = st.fixed_dictionaries(
    {"item_id": item_ids},
    optional={
        "set": st.fixed_dictionaries(
            {},
            optional={"name": texts, "type": kinds, "subtitle": st.none() | texts, "memo": st.none() | texts},
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
    st.none() | st.sampled_from([frozenset({"crate"}), frozenset({"memo", "crate"})]),
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
        self.copy: tuple[list[Room], int] | None = None
        """Of the file that was copied last: what the model held, and how many operations were done."""

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

    @rule(guest=guests, lag=st.integers(0, 12), repeatable=st.booleans())
    def undo(self, guest: Guest, lag: int, repeatable: bool) -> None:
        if guest.room.top > lag:
            self.edit(guest, {"type": "undo", "seq": guest.room.top - lag}, repeatable=repeatable)

    @rule(
        guest=guests,
        rows=st.lists(st.tuples(st.sampled_from("ab"), texts, st.integers(0, 2)), min_size=1, max_size=3),
    )
    def import_table(self, guest: Guest, rows: list[tuple[str, str, int]]) -> None:
        lines = [f"{item_id},note,{name},{n}" for item_id, name, n in {row[0]: row for row in rows}.values()]
        text = "\n".join(["id,type,name,n", *lines, ""])
        self.edit(guest, {"type": "import", "text": text}, repeatable=False)

    @rule(guest=guests, lag=st.integers(0, 20))
    def look_back(self, guest: Guest, lag: int) -> None:
        self.run(guest.look_back(max(0, guest.room.top - lag), RETAINED))

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

    @rule(hours=st.sampled_from([-12, 0, 1, 24 * 31]))
    def clock_jumps(self, hours: int) -> None:
        (self.daemon.directory / OFFSET).write_text(str(hours * 3_600))

    @precondition(lambda self: self.restarts < RESTARTS and len(self.present) > 1)
    @rule(how=st.sampled_from(["stop", "kill"]))
    def restart(self, how: str) -> None:
        self.restarts += 1

        async def restart() -> None:
            await self.end(how)
            await self.daemon.start()
            for guest in self.present:
                await guest.restore(self.daemon, self.epoch, RETAINED)

        self.run(restart())

    async def end(self, how: str) -> None:
        """End the daemon; everybody's connection ends with it."""
        if how == "stop":
            assert await self.daemon.stop() == 0
        else:
            await self.daemon.kill()
        for guest in self.present:
            with pytest.raises(ConnectionClosed) as closed:
                await guest.client.until(lambda _: False)
            assert (closed.value.rcvd.code if closed.value.rcvd else None) == (
                1012 if how == "stop" else None
            )
            await guest.leave()

    @rule()
    def copy_the_file(self) -> None:
        with (
            closing(sqlite3.connect(self.daemon.directory / "streamd.db")) as file,
            closing(sqlite3.connect(self.daemon.directory / COPY)) as copied,
        ):
            file.backup(copied)
        self.copy = copy.deepcopy(self.rooms), len(self.done)

    @precondition(lambda self: self.copy is not None and self.restarts < RESTARTS)
    @rule(how=st.sampled_from(["stop", "kill"]))
    def put_the_file_back(self, how: str) -> None:
        """What came after the copy is gone; whoever had it is told that this is another history."""
        self.restarts += 1
        assert self.copy is not None
        rooms, done = self.copy

        async def put_back() -> None:
            await self.end(how)
            shutil.copy(self.daemon.directory / COPY, self.daemon.directory / "streamd.db")
            await self.daemon.start()
            async with self.daemon.client() as client:
                epoch = client.greeting["epoch"]
            if epoch == self.epoch:
                # Nothing came after the copy, or it is in SQLite's log, which a kill leaves beside the file.
                assert how == "kill" or [room.top for room in self.rooms] == [room.top for room in rooms]
            else:
                for room, before in zip(self.rooms, copy.deepcopy(rooms), strict=True):
                    room.become(before)
                    for key in [key for key in self.bodies if key[0] == room.name and key[1] > room.top]:
                        del self.bodies[key]
                del self.done[done:]
                type(self).epoch = epoch
            for guest in self.present:
                await guest.restore(self.daemon, epoch, RETAINED)

        self.run(put_back())


@pytest.mark.long
@pytest.mark.soak
def test_everyone_agrees_whatever_happens(tmp_path: Path, soak: Callable[[int, int], int]) -> None:
    (tmp_path / "clock").mkdir()
    (tmp_path / "clock" / "sitecustomize.py").write_text(CLOCK)
    (tmp_path / OFFSET).write_text("0")
    environ = {
        "STREAMD_JOURNAL__RETAIN_ENTRIES": str(RETAINED),
        "STREAMD_JOURNAL__TRIM_SECONDS": "0.02",
        "PYTHONPATH": f"{tmp_path / 'clock'}:{ROOT}",
    }
    with asyncio.Runner() as runner:
        daemon = Daemon(tmp_path, environ, module="streamd")
        runner.run(daemon.start())

        async def epoch() -> str:
            async with daemon.client() as client:
                return str(client.greeting["epoch"])

        Visits.daemon, Visits.runner, Visits.epoch = daemon, runner, runner.run(epoch())
        try:
            run_state_machine_as_test(
                Visits,
                settings=settings(
                    max_examples=soak(10, 50),
                    stateful_step_count=soak(40, 200),
                    deadline=None,
                    # Shrinking takes minutes; what fails is kept, and `scripts/soak` begins with it.
                    phases=[phase for phase in Phase if phase is not Phase.shrink or soak(0, 1)],
                    suppress_health_check=[HealthCheck.too_slow],
                ),
            )
        finally:
            runner.run(daemon.kill())
