"""Items of a workspace, and positions."""

from collections.abc import Mapping
from typing import Final, NewType, TypeAlias

from streamd.core.values import Value
from streamd.errors import DamagedError
from streamd.facts import fact, frozen

ItemId = NewType("ItemId", str)
"""Id of an item."""
Seq = NewType("Seq", int)
"""Position of an entry in its stream: 1, 2, 3 … without gaps, at most 2^53-1. 0 is before the first."""

START: Final = Seq(0)
"""The position before the first entry."""


@fact
class Item:
    """State of an item after the event at `version`."""

    id: ItemId
    fields: Mapping[str, Value]
    """Flat, in the order in which they were set; includes `type` and `name`, not `id`. Never null."""
    versions: Mapping[str, Seq]
    """Position of the event that last changed each field, including removed fields. Under `id`: of the event that added
    the item, where another one had its id before."""
    version: Seq
    """Position of the event that last changed this item."""
    added: Seq = START
    """Position of the event that added it, the first time where an undo restored it; items are listed in this order."""

    @property
    def type(self) -> str:
        """Name of the item's type, for example `inventory`."""
        return str(self.fields.get("type", ""))

    @property
    def name(self) -> str:
        """Name of the item for people."""
        return str(self.fields.get("name", ""))

    @property
    def born(self) -> Seq:
        """Position below which its id meant another item; 0 where there was none that is known."""
        return self.versions.get("id", START)

    def flat(self) -> dict[str, Value]:
        """The item as clients receive it: `id` and all fields on one level."""
        return {"id": self.id, **self.fields}


@fact
class Tombstone:
    """Mark of a removed item. Retained as long as the journal, so that a late edit is refused with `gone`."""

    id: ItemId
    version: Seq
    """Position of the event that removed it."""


@frozen
class DamagedItem:
    """An item whose stored row cannot be read. It can be removed, and nothing else."""

    id: ItemId
    version: Seq
    """Position of the event that last changed it."""
    type: str

    def flat(self) -> dict[str, Value]:
        """The known fields: the type alone."""
        return {"type": self.type}

    def refusal(self) -> DamagedError:
        """The answer to whoever wants it."""
        return DamagedError(
            f"item {self.id} cannot be read: its row in the store is damaged; restore a backup, or remove it and add it again",
            item_id=self.id,
            version=self.version,
        )


Known: TypeAlias = Item | DamagedItem | Tombstone | None
"""Stored state of an id: an item, the tombstone of a removed one, or nothing."""


def item_of(flat: Mapping[str, Value], *, version: int = 0) -> Item:
    """Build an item from its flat form, all fields at one version. For data that does not come from the store."""
    fields = {name: value for name, value in flat.items() if name != "id"}
    seq = Seq(version)
    return Item(
        id=ItemId(str(flat.get("id", ""))),
        fields=fields,
        versions=dict.fromkeys(fields, seq),
        version=seq,
        added=seq,
    )
