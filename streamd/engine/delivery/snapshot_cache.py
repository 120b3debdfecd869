"""Snapshots: all items of a workspace at one instant, read once for all concurrent requests, and spooled in pages."""

import asyncio
from collections.abc import Iterator
from typing import Final, TypeAlias

from streamd.core.item import START, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.lists.view import View, marked_epoch
from streamd.core.position import workspace_stream
from streamd.engine.delivery.hub import Hub
from streamd.engine.delivery.spool import SpoolRoom
from streamd.engine.delivery.spooled_snapshot import NamesReader, SpooledSnapshot
from streamd.facts import define, frozen
from streamd.long_work import ITEMS
from streamd.ports.store import Store, current_flow
from streamd.wire import item_replies

_MAX_BEHIND: Final = 256
"""A snapshot is reused while at most this many events came after it."""
_MAX_CACHED: Final = 8

_PATIENCE_SECONDS: Final = 0.25
"""How long a request waits for the reading of another user to begin, before it reads itself."""

SnapshotKey: TypeAlias = tuple[str, View | None, bool]
"""Workspace, view, and whether it is for an export: that must not have a later snapshot be an older one."""


@frozen
class Pages:
    """A snapshot for a client: the payloads of its pages, and the position after which events follow."""

    seq: Seq
    payloads: Iterator[bytes]


@define(eq=False)
class _Reading:
    """A snapshot that is being read."""

    user: str
    pages: SpooledSnapshot
    task: "asyncio.Task[SpooledSnapshot]"
    waiting: int = 0
    """Requests that wait for it; without any it is cancelled."""


class Snapshots:
    """Caches the newest snapshot of a few workspaces."""

    def __init__(self, store: Store, hub: Hub, types: ItemTypes, room: SpoolRoom) -> None:
        self._store = store
        self._types = types
        self._hub = hub
        self._room = room
        self._cached: dict[SnapshotKey, SpooledSnapshot] = {}
        self._used: set[SnapshotKey] = set()
        self._reading: dict[SnapshotKey, list[_Reading]] = {}

    async def pages(
        self,
        workspace: str,
        view: View | None = None,
        *,
        at_least: Seq = START,
        reason: str | None = None,
        request_id: object = None,
    ) -> Pages:
        """A snapshot of the items of a view, whose position is not below `at_least`, in pages.

        Raises BusyError while too much of what others asked for is unread.
        """
        found = await self._snapshot((workspace, view, False), at_least)
        epoch = marked_epoch(self._store.epoch, view)
        unreadable = self._store.unreadable(workspace, None if view is None else view.types)
        payloads = (
            item_replies.snapshot(
                found.items(number), seq=found.seq, epoch=epoch, more=number + 1 < len(found), reason=reason,
                request_id=request_id, unreadable=unreadable, names=found.names(number),
            )
            for number in range(len(found))
        )  # fmt: skip
        return Pages(found.seq, payloads)

    async def for_export(self, workspace: str, view: View | None, at_least: Seq) -> SpooledSnapshot:
        """A snapshot as it is spooled; else as `pages`."""
        return await self._snapshot((workspace, view, True), at_least)

    async def _snapshot(self, key: SnapshotKey, at_least: Seq) -> SpooledSnapshot:
        while True:
            cached = self._newest(key, at_least)
            if cached is not None:
                return cached
            found = await self._read(key)
            if found.seq >= at_least:
                return found

    def forget_unused(self) -> None:
        """Drop the snapshots that were not used since the last call."""
        self._cached = {key: cached for key, cached in self._cached.items() if key in self._used}
        self._used.clear()

    async def close(self) -> None:
        """Stop reading."""
        reading = [one.task for same in self._reading.values() for one in same]
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    def _newest(self, key: SnapshotKey, at_least: Seq) -> SpooledSnapshot | None:
        live = self._hub.find(workspace_stream(key[0]))
        cached = self._cached.get(key)
        if cached is None:
            return None
        if live is not None and cached.seq >= max(at_least, live.top - _MAX_BEHIND):
            self._used.add(key)
            return cached
        del self._cached[key]
        return None

    async def _read(self, key: SnapshotKey) -> SpooledSnapshot:
        """The next snapshot that is ready, whoever reads it.

        A request joins the reading of another one. But that may wait for its turn behind much else that its user reads:
        where it does not begin soon, this one reads, too.
        """
        user = current_flow().account
        same = self._reading.setdefault(key, [])
        # One that nobody waits for is being cancelled.
        joined = next((one for one in reversed(same) if one.waiting), None) or self._start(key, user)
        joined.waiting += 1
        patience = None if joined.user == user or joined.pages.begun else _PATIENCE_SECONDS
        waits = [joined]
        try:
            done, _ = await asyncio.wait([joined.task], timeout=patience)
            if not done and not joined.pages.begun:
                own = self._start(key, user)
                own.waiting += 1
                waits.append(own)
            if not done:
                done, _ = await asyncio.wait([one.task for one in waits], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.waiting -= 1
                if not one.waiting:
                    one.task.cancel()
        return done.pop().result()

    def _start(self, key: SnapshotKey, user: str) -> _Reading:
        self._room.check(user)
        pages = SpooledSnapshot(self._room.spool(user), key[1], self._types)
        task = asyncio.create_task(self._fill(key, pages), name=f"snapshot {key[0]}")
        reading = _Reading(user, pages, task)
        self._reading.setdefault(key, []).append(reading)
        task.add_done_callback(lambda _: self._ended(key, reading))
        return reading

    def _ended(self, key: SnapshotKey, reading: _Reading) -> None:
        if not reading.task.cancelled():
            reading.task.exception()  # whoever still waits raises it
        same = self._reading[key]
        same.remove(reading)
        if not same:
            del self._reading[key]

    async def _fill(self, key: SnapshotKey, pages: SpooledSnapshot) -> SpooledSnapshot:
        workspace, view, _ = key
        pages.seq = await self._store.snapshot(workspace, None if view is None else view.types, pages.visit)
        referred = await ITEMS.run(pages.end)
        if referred:
            names = NamesReader(referred)
            await self._store.snapshot(workspace, self._types.referred, names.visit)
            await ITEMS.run(pages.finish, names.found)
        else:
            pages.finish({})
        cached = self._cached.get(key)
        if cached is None or cached.seq < pages.seq:
            while len(self._cached) >= _MAX_CACHED:
                self._cached.pop(next(iter(self._cached)))
            self._cached[key] = pages
            self._used.add(key)
        return pages
