"""Changes: requested modifications of items, before they are decided."""

import hashlib
from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs
import orjson

from streamd.core.item import ItemId, Seq
from streamd.core.values import Value

OnConflict = Literal["overwrite", "merge", "reject"]
"""Conflict policy for fields that changed after the writer's base.

`overwrite`: the last writer in server order wins, and the result lists what it overwrote. `merge`: unchanged fields are
written, the others are returned as conflicts. `reject`: nothing is written.
"""


@attrs.frozen
class AddItem:
    """Add an item. Refused when the id exists."""

    item_id: ItemId
    fields: Mapping[str, Value | None]
    """Flat, including `type` and `name`. A null means 'no such field'."""
    restores: bool = False
    """Whether an undo restores it: it is the item that was removed, not another one under its id."""
    place: Seq | None = None
    """Its `added` before it was removed, where it is restored and that is known: it is listed in its old place again."""


@attrs.frozen
class ChangeItem:
    """Change fields of an item."""

    item_id: ItemId
    set: Mapping[str, Value | None] = attrs.field(factory=dict)
    """New values; null removes the field."""
    unset: tuple[str, ...] = ()
    inc: Mapping[str, float] = attrs.field(factory=dict)
    """Numbers to add; a missing field counts as 0. Never conflicts."""
    add_to_set: Mapping[str, tuple[object, ...]] = attrs.field(factory=dict)
    """Members to add to lists that lack them; a missing field counts as empty. Never conflicts."""
    base: Seq | None = None
    """Position of the last event that the writer had applied; None: unknown, and no field conflicts."""
    on_conflict: OnConflict = "overwrite"


@attrs.frozen
class RemoveItem:
    """Remove an item. With a base: refused when the item changed after it."""

    item_id: ItemId
    reason: str = "removed"
    base: Seq | None = None


@attrs.frozen
class Publish:
    """Publish a custom event that changes no item."""

    event_type: str
    data: Mapping[str, object]
    item_id: ItemId | None = None


Change: TypeAlias = AddItem | ChangeItem | RemoveItem | Publish


def fingerprint(*asked: object) -> str:
    """Digest of what was asked for (changes, or JSON values): equal for a repeated message, whatever the order of its keys."""
    canonical = orjson.dumps(asked, default=_as_list, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(canonical, digest_size=12).hexdigest()


def _as_list(change: object) -> object:
    if not attrs.has(type(change)):
        raise TypeError(f"{type(change).__name__} is not JSON")
    return [type(change).__name__, *attrs.astuple(change, recurse=False)]  # type: ignore[arg-type]  # checked above
