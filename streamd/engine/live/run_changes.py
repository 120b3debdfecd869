"""The changes of a run to items, whichever of its nodes made them."""

from collections.abc import Iterable, Mapping
from typing import Literal

import attrs

from streamd.core.item import ItemId, Seq
from streamd.core.json.json_codec import NOT_SAVED
from streamd.core.run import Outcome
from streamd.engine.live.shared_items import Reading
from streamd.errors import ConflictError
from streamd.facts import define


@define
class RunChanges:
    """The changes of a run to items, and the reading that they are based on."""

    outcome: Outcome = attrs.field(factory=Outcome)
    reading: Reading | None = attrs.field(default=None, metadata=NOT_SAVED)
    """The items as the run read them."""
    base: Seq | None = None
    """Position up to which the run has read the items: a field that changed after it conflicts. None before it has."""
    read_names: dict[ItemId, str] = attrs.field(factory=dict, metadata=NOT_SAVED)
    """Names of items that the request is about."""
    touched_names: dict[ItemId, str] = attrs.field(factory=dict)
    """Names of the items that the run touched."""
    versions: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Positions of the run's own changes by item: they do not conflict."""
    seen: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Positions up to which the run's model knows single items: as a tool, or a refusal, has told it."""
    conflicts: dict[ItemId, Mapping[str, object]] = attrs.field(factory=dict, metadata=NOT_SAVED)
    """Present values of items whose changes were refused in the call that is being made, because others had changed them."""
    touched: int = 0
    removed_unapproved: int = 0
    """Number of items that the run decided to remove since a person last approved removals."""
    _counted: set[tuple[str, ItemId]] = attrs.field(factory=set, init=False, metadata=NOT_SAVED)

    def __attrs_post_init__(self) -> None:
        """Index the restored changes."""
        outcome = self.outcome
        kinds = {"added": outcome.added, "removed": outcome.removed, "changed": outcome.changed}
        self._counted = {(kind, item_id) for kind, ids in kinds.items() for item_id in ids}

    def base_of(self, item_id: ItemId, base: Seq) -> Seq:
        """Return the position that a change of an item rests on."""
        return max(base, self.versions.get(item_id, base), self.seen.get(item_id, base))

    def see(self, item_ids: Iterable[ItemId], seq: Seq) -> None:
        """Note that the model knows these items as they were at a position."""
        self.seen.update({item_id: max(seq, self.seen.get(item_id, seq)) for item_id in item_ids})

    def refuse(self, item_id: ItemId, conflict: ConflictError) -> None:
        """Note the present values of an item that others have changed: the next change of it may rest on them."""
        item, fields = conflict.details.get("item"), conflict.details.get("fields")
        now = (
            {name: one.get("value") for name, one in fields.items()} if isinstance(fields, Mapping) else item
        )
        self.conflicts[item_id] = now if isinstance(now, Mapping) else {}
        self.see([item_id], Seq(int(str(conflict.details["version"]))))

    def count(self, kind: Literal["added", "removed", "changed"], item_id: ItemId) -> None:
        """Count a change of an item; one that a replayed step returns again counts once."""
        if (kind, item_id) not in self._counted:
            self._counted.add((kind, item_id))
            getattr(self.outcome, kind).append(item_id)
