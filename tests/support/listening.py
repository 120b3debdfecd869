"""A stream, its journal, and listeners whose connections fill and drain, without an engine around them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs

from streamd.core.item import START, Seq
from streamd.core.position import StreamKind, workspace_stream
from streamd.engine.delivery.catch_up import CatchUp
from streamd.engine.delivery.cursor import Cursor
from streamd.engine.delivery.entry_block import Filter
from streamd.engine.delivery.live_stream import LiveStream, WindowRoom
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.ports.encoder import DeliveredEntry, Encoders
from streamd.ports.store import Batch, NewEntry
from streamd.stores.memory import MemoryStore
from tests.support.engines import Pipe
from tests.support.waiting import nothing_waits

HALL = workspace_stream("hall")
KINDS = ("nut", "bolt", "")
"""Item types; custom events have none."""


@attrs.frozen
class Numbers:
    """Short to read: an entry is its position. Some are as long as a chunk may be, every eleventh is silent."""

    mark: bytes = b""
    long_every: int = 7

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        padding = b"." * (300_000 if entry.seq % self.long_every == 0 else 0)
        return b"" if is_silent(entry) else b"%d%s%s;" % (entry.seq, self.mark, padding)

    def message(self, payload: bytes) -> bytes:
        return payload


def is_silent(entry: DeliveredEntry) -> bool:
    return entry.seq % 11 == 0


NUMBERS: Encoders = {"text": Numbers(), "replay": Numbers(b"r")}


@attrs.frozen
class Bodies:
    """Entries and messages as they are."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        return entry.body

    def message(self, payload: bytes) -> bytes:
        return payload


BODIES: Encoders = {"text": Bodies(), "replay": Bodies()}


def read(pipe: Pipe) -> list[str]:
    """The frames that a connection took."""
    return [part.rstrip(".") for part in pipe.data.decode().split(";")[:-1]]


@attrs.define(eq=False)
class Ear:
    """One listener and what it should hear."""

    pipe: Pipe
    outbox: Outbox
    cursor: Cursor
    expected: list[str] = attrs.field(factory=list)

    def resume(self) -> None:
        self.pipe.allowance, self.pipe.ready = None, True
        self.outbox.flush()

    def choke(self, allowance: int) -> None:
        """Take so many writes more, and then none."""
        self.pipe.allowance, self.pipe.ready = allowance, allowance > 0


@attrs.define(eq=False)
class Stage:
    """The stream, as the journal and the broadcaster fill it."""

    store: MemoryStore
    live: LiveStream
    catch_up: CatchUp
    history: list[CachedEntry] = attrs.field(factory=list)
    ears: list[Ear] = attrs.field(factory=list)

    async def tell(self, kinds: list[str]) -> None:
        """Commit entries and broadcast them."""
        first = len(self.history) + 1
        fresh = [
            CachedEntry(
                Seq(first + index),
                b'{"data":{"type":"%s"}}' % kind.encode(),
                "item_added" if kind else "told",
                kind,
            )
            for index, kind in enumerate(kinds)
        ]
        await self.store.commit(
            [
                Batch(
                    "hall",
                    [NewEntry(HALL, one.seq, one.body, 0, one.event_type, one.item_type) for one in fresh],
                )
            ]
        )
        self.history += fresh
        for ear in self.ears:
            if ear.outbox.cursors:
                ear.expected += wanted(fresh, ear.cursor.only)
        before = self.live.top
        self.live.extend(fresh)
        for listener in list(self.live.subscribers):
            listener.receive(self.live.new_entries(before))

    def listen(
        self, after: int, only: Filter | None, *, allowance: int | None = None, replay_upto: Seq = START
    ) -> Ear:
        """A new listener from a position."""
        pipe = Pipe(allowance=allowance, ready=allowance != 0)
        cursor = Cursor(self.live, Seq(after), only=only, replay_upto=replay_upto)
        ear = Ear(pipe, Outbox(pipe, self.catch_up, NUMBERS, nothing_waits()), cursor)
        ear.expected = wanted(self.history[after:], only, replay_upto)
        ear.outbox.add(cursor)
        self.ears.append(ear)
        return ear

    async def everyone_is_told(self) -> None:
        async with asyncio.timeout(10):
            for ear in self.ears:
                ear.resume()
                await ear.outbox.drained()


def wanted(entries: list[CachedEntry], only: Filter | None, replay_upto: Seq = START) -> list[str]:
    return [
        f"{one.seq}{'r' if one.seq <= replay_upto else ''}"
        for one in entries
        if (only is None or only.shown(one)) and not is_silent(one)
    ]


@asynccontextmanager
async def stage(store: MemoryStore | None = None) -> AsyncIterator[Stage]:
    """An empty stream; its window holds few entries, so that many cursors stand below it."""
    store = store or MemoryStore()
    live = LiveStream(HALL, NUMBERS, window_entries=4096, window_bytes=250, room=WindowRoom(1_000_000))
    catch_up = CatchUp(store)
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(catch_up.run(), name="catch-up")
        yield Stage(store, live, catch_up)
        reading.cancel()
