"""Changes: what somebody wishes to happen to an item, before the rules have had their say."""

from collections.abc import Mapping
from typing import Literal, TypeAlias

import attrs

from streamd.core.item import ItemId, Seq
from streamd.core.values import Value

OnConflict = Literal["overwrite", "merge", "reject"]
"""What to do with a field that moved since the base the writer saw.

`overwrite`: the last writer in server order wins, and is told what it overwrote. `merge`: fields that did not move are
changed, the rest comes back. `reject`: nothing is changed.
"""


@attrs.frozen
class AddItem:
    """Add an item. Refused when one with this id is there."""

    item_id: ItemId
    fields: Mapping[str, Value | None]
    """Flat; `type` and `name` among them. A null means 'no such field'."""


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
    """Position of the last event the writer had applied; None when it does not say."""
    on_conflict: OnConflict = "overwrite"


@attrs.frozen
class RemoveItem:
    """Remove an item. With a base: refused when the item changed since."""

    item_id: ItemId
    reason: str = "removed"
    base: Seq | None = None


@attrs.frozen
class Publish:
    """Tell everyone something that changes no item."""

    event_type: str
    data: Mapping[str, object]
    item_id: ItemId | None = None


Change: TypeAlias = AddItem | ChangeItem | RemoveItem | Publish
