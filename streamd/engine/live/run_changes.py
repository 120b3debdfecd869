"""The changes of a run to items, whichever of its nodes made them."""

from typing import Literal

import attrs

from streamd.core.item import ItemId, Seq
from streamd.core.json.json_codec import NOT_SAVED
from streamd.core.run import Outcome
from streamd.engine.live.shared_items import Reading


@attrs.define
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
    touched: int = 0
    removed_unapproved: int = 0
    """Number of items that the run decided to remove since a person last approved removals."""
    _counted: set[tuple[str, ItemId]] = attrs.field(factory=set, init=False, metadata=NOT_SAVED)

    def __attrs_post_init__(self) -> None:
        """Index the restored changes."""
        outcome = self.outcome
        kinds = {"added": outcome.added, "removed": outcome.removed, "changed": outcome.changed}
        self._counted = {(kind, item_id) for kind, ids in kinds.items() for item_id in ids}

    def count(self, kind: Literal["added", "removed", "changed"], item_id: ItemId) -> None:
        """Count a change of an item; one that a replayed step returns again counts once."""
        if (kind, item_id) not in self._counted:
            self._counted.add((kind, item_id))
            getattr(self.outcome, kind).append(item_id)
