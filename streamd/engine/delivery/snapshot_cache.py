"""Snapshots: all items of a workspace at one instant, read once for all concurrent requests."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, TypeAlias

import attrs
import orjson

from streamd.core.declared.relations import referred_ids
from streamd.core.item import START, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.lists.view import View, marked_epoch
from streamd.core.position import workspace_stream
from streamd.engine.delivery.hub import Hub
from streamd.ports.store import Snapshot, Store
from streamd.wire.snapshot_pages import snapshot_pages

_MAX_BEHIND: Final = 256
"""A snapshot is reused while at most this many events came after it."""
_MAX_CACHED: Final = 8

SnapshotKey: TypeAlias = tuple[str, View | None]
"""Workspace, and the view of those who want it."""


@attrs.frozen
class Pages:
    """A snapshot for a client: the payloads of its pages, and the position after which events follow."""

    seq: Seq
    payloads: Iterator[bytes]


@attrs.frozen
class _NamedSnapshot:
    snapshot: Snapshot
    names: Mapping[ItemId, str]
    """Names of the items that others can refer to."""

    @property
    def seq(self) -> Seq:
        return self.snapshot.seq


class Snapshots:
    """Caches the newest snapshot of a few workspaces."""

    def __init__(self, store: Store, hub: Hub, types: ItemTypes) -> None:
        self._store = store
        self._types = types
        self._hub = hub
        self._cached: dict[SnapshotKey, _NamedSnapshot] = {}
        self._used: set[SnapshotKey] = set()
        self._reading: dict[SnapshotKey, asyncio.Task[_NamedSnapshot]] = {}

    async def pages(
        self,
        workspace: str,
        view: View | None = None,
        *,
        at_least: Seq = START,
        reason: str | None = None,
        request_id: object = None,
    ) -> Pages:
        """A snapshot of the items of a view, whose position is not below `at_least`, in pages."""
        found = await self._snapshot(workspace, view, at_least)
        names = found.names
        pages = snapshot_pages(
            found.snapshot.items,
            seq=found.seq,
            epoch=marked_epoch(self._store.epoch, view),
            reason=reason,
            request_id=request_id,
            unreadable=self._store.unreadable(workspace, None if view is None else view.types),
            names=lambda bodies: _referred_names(bodies, self._types, names) if names else {},
        )
        return Pages(found.seq, pages)

    def forget_unused(self) -> None:
        """Drop the snapshots that were not used since the last call."""
        self._cached = {key: cached for key, cached in self._cached.items() if key in self._used}
        self._used.clear()

    async def close(self) -> None:
        """Stop reading."""
        reading = list(self._reading.values())
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    async def _snapshot(self, workspace: str, view: View | None, at_least: Seq) -> _NamedSnapshot:
        key = (workspace, view)
        live = self._hub.find(workspace_stream(workspace))
        cached = self._cached.get(key)
        if cached is not None and live is not None and cached.seq >= max(at_least, live.top - _MAX_BEHIND):
            self._used.add(key)
            return cached
        self._cached.pop(key, None)
        while True:
            reading = self._reading.get(key)
            if reading is None:
                reading = asyncio.create_task(self._read(workspace, view), name=f"snapshot {workspace}")
                self._reading[key] = reading
                reading.add_done_callback(lambda _: self._reading.pop(key, None))
            # Shielded: other requests may wait for the same snapshot when one client disconnects.
            snapshot = await asyncio.shield(reading)
            if snapshot.seq >= at_least:
                break
        if len(self._cached) >= _MAX_CACHED:
            self._cached.pop(next(iter(self._cached)))
        self._cached[key] = snapshot
        return snapshot

    async def _read(self, workspace: str, view: View | None) -> _NamedSnapshot:
        types = None if view is None else view.types
        snapshot = await self._store.snapshot(workspace, types)
        if view is not None and not view.by_type_alone:
            snapshot = await asyncio.to_thread(_narrowed, snapshot, view)
        references = self._types.references
        if not references or (types is not None and types.isdisjoint(references)):
            return _NamedSnapshot(snapshot, {})
        referred = await self._store.items(workspace, self._types.referred)
        return _NamedSnapshot(snapshot, {item.id: item.name for item in referred})


def _narrowed(snapshot: Snapshot, view: View) -> Snapshot:
    return Snapshot(snapshot.seq, [body for body in snapshot.items if view.holds(orjson.loads(body))])


def _referred_names(
    bodies: Sequence[bytes], types: ItemTypes, names: Mapping[ItemId, str]
) -> Mapping[str, str]:
    """The names of the items that some flat items refer to."""
    items = (orjson.loads(body) for body in bodies)
    ids = referred_ids(((str(item.get("type")), item) for item in items), types)
    return {one: names[one] for one in ids if one in names}
