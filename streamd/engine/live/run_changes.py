"""What a run has done to items, whichever of its nodes did it."""

from collections.abc import Mapping
from typing import Literal

import attrs

from streamd.core.item import START, ItemId, Seq
from streamd.core.json_codec import NOT_SAVED
from streamd.core.run import Outcome
from streamd.engine.live.shared_items import Reading


@attrs.define
class RunChanges:
    """What a run does to items, whichever of its nodes does it."""

    outcome: Outcome = attrs.field(factory=Outcome)
    reading: Reading | None = attrs.field(default=None, metadata=NOT_SAVED)
    """The items as it read them."""
    base: Seq = attrs.field(default=START, metadata=NOT_SAVED)
    """Position up to which the run has read the items: a field that moved after it conflicts."""
    read_names: Mapping[ItemId, str] = attrs.field(factory=dict, metadata=NOT_SAVED)
    """Names of the items the run has read; shared with other runs."""
    touched_names: dict[ItemId, str] = attrs.field(factory=dict)
    """Names of the items that it touched."""
    versions: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Items the run changed itself, and when: its own changes are no conflicts."""
    touched: int = 0
    removed_unapproved: int = 0
    """Items that it set out to remove since a person last allowed it."""
    _counted: set[tuple[str, ItemId]] = attrs.field(factory=set, init=False, metadata=NOT_SAVED)

    def __attrs_post_init__(self) -> None:
        """Count what was done before."""
        outcome = self.outcome
        kinds = {"added": outcome.added, "removed": outcome.removed, "changed": outcome.changed}
        self._counted = {(kind, item_id) for kind, ids in kinds.items() for item_id in ids}

    def count(self, kind: Literal["added", "removed", "changed"], item_id: ItemId) -> None:
        """Note what was done to an item; what is given back when a step is done again counts once."""
        if (kind, item_id) not in self._counted:
            self._counted.add((kind, item_id))
            getattr(self.outcome, kind).append(item_id)
