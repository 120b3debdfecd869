"""Events: accepted changes of items, as clients receive them."""

from collections.abc import Mapping
from typing import Final, Literal

import attrs

from streamd.core.item import ItemId

ItemEventType = Literal["item_added", "item_removed", "item_updated", "field_changed"]
ITEM_EVENT_TYPES: Final[frozenset[str]] = frozenset(
    {"item_added", "item_removed", "item_updated", "field_changed"}
)
"""Types of events that only accepted changes produce. Every other type is custom."""


@attrs.frozen
class Event:
    """One event, without its position.

    `data` is for clients that merge: the whole flat item for `item_added`; a `reason` for `item_removed`; new values of
    `name`, `subtitle`, `type` for `item_updated`; of all other fields for `field_changed`. A removed field is null.
    """

    event_type: str
    item_id: ItemId | None
    data: Mapping[str, object]
    item_type: str = ""
    """Type of the item, for filters of subscriptions; not on the wire."""
    before: Mapping[str, object] | None = None
    """For undo: previous values of the fields (null: none), or the whole flat item that was removed."""


@attrs.frozen
class Author:
    """Author of a change and its events."""

    user_id: str
    agent_id: str = "user"
    """`user` for a person's own edit, else the agent's id in older clients, for example `inventory_agent`."""
    run_id: str | None = None
