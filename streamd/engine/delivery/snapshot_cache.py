"""Snapshots: all items of a workspace at one instant, read once for everyone who asks at the same time."""

import asyncio
from collections.abc import Iterator
from typing import Final, TypeAlias

import attrs

from streamd.core.item import START, Seq
from streamd.core.position import workspace_stream
from streamd.engine.delivery.hub import Hub
from streamd.ports.store import Snapshot, Store
from streamd.wire.snapshot_pages import snapshot_pages

_MAX_BEHIND: Final = 256
"""A snapshot is handed out again while at most this many events came after it."""
_MAX_KEPT: Final = 8

Key: TypeAlias = tuple[str, frozenset[str] | None]
"""Workspace and item types."""


@attrs.frozen
class Pages:
    """A snapshot on its way to a client: the payloads of its pages, and the position where events go on."""

    seq: Seq
    payloads: Iterator[bytes]


class Snapshots:
    """Keeps the newest snapshot of a few workspaces."""

    def __init__(self, store: Store, hub: Hub) -> None:
        self._store = store
        self._hub = hub
        self._kept: dict[Key, Snapshot] = {}
        self._used: set[Key] = set()
        self._reading: dict[Key, asyncio.Task[Snapshot]] = {}

    async def pages(
        self,
        workspace: str,
        item_types: frozenset[str] | None = None,
        *,
        at_least: Seq = START,
        reason: str | None = None,
        request_id: object = None,
    ) -> Pages:
        """A snapshot that stands at a position not below `at_least`, in pages."""
        snapshot = await self._snapshot(workspace, item_types, at_least)
        pages = snapshot_pages(
            snapshot.items, seq=snapshot.seq, epoch=self._store.epoch, reason=reason, request_id=request_id
        )
        return Pages(snapshot.seq, pages)

    def forget_unused(self) -> None:
        """Let go of the snapshots that nobody took since the last call."""
        self._kept = {key: kept for key, kept in self._kept.items() if key in self._used}
        self._used.clear()

    async def close(self) -> None:
        """Stop reading."""
        reading = list(self._reading.values())
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    async def _snapshot(self, workspace: str, item_types: frozenset[str] | None, at_least: Seq) -> Snapshot:
        key = (workspace, item_types)
        live = self._hub.find(workspace_stream(workspace))
        kept = self._kept.get(key)
        if kept is not None and live is not None and kept.seq >= max(at_least, live.top - _MAX_BEHIND):
            self._used.add(key)
            return kept
        self._kept.pop(key, None)
        while True:
            reading = self._reading.get(key)
            if reading is None:
                reading = asyncio.create_task(
                    self._store.snapshot(workspace, item_types), name=f"snapshot {workspace}"
                )
                self._reading[key] = reading
                reading.add_done_callback(lambda _: self._reading.pop(key, None))
            # Shielded: others may wait for the same snapshot when one client goes away.
            snapshot = await asyncio.shield(reading)
            if snapshot.seq >= at_least:
                break
        if len(self._kept) >= _MAX_KEPT:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = snapshot
        return snapshot
