"""A store's snapshot as one value."""

from collections.abc import Sequence

import attrs

from streamd.core.item import Seq
from streamd.ports.store import ItemStore


@attrs.frozen
class Snapshot:
    """All items of a workspace at one instant."""

    seq: Seq
    items: Sequence[bytes]
    """Flat items as JSON objects, in the order they were added."""


async def snapshot_of(store: ItemStore, workspace: str, item_types: frozenset[str] | None = None) -> Snapshot:
    """Read a snapshot whole."""
    bodies: list[bytes] = []
    seq = await store.snapshot(workspace, item_types, bodies.extend)
    return Snapshot(seq, bodies)
