"""Events: what happened, as every screen hears it."""

from collections.abc import Mapping
from typing import Final, Literal

import attrs

from streamd.core.item import ItemId

ItemEventType = Literal["item_added", "item_removed", "item_updated", "field_changed"]
ITEM_EVENT_TYPES: Final[frozenset[str]] = frozenset(
    {"item_added", "item_removed", "item_updated", "field_changed"}
)
"""The events that only real changes make. Every other event type is a custom one."""


@attrs.frozen
class Event:
    """One accepted happening, without its position.

    `data` is made for clients that merge: the whole flat item for `item_added`; a `reason` for `item_removed`; new
    values of `name`, `subtitle`, `type` for `item_updated`; of all other fields for `field_changed`. A removed field
    is null.
    """

    event_type: str
    item_id: ItemId | None
    data: Mapping[str, object]
    item_type: str = ""
    """Type of the item it is about, for subscriptions; not on the wire."""
    before: Mapping[str, object] | None = None
    """What undoing needs: the values that the fields had (null: none), or the whole flat item that was removed."""


@attrs.frozen
class Author:
    """Who wants a change or caused an event."""

    user_id: str
    agent_id: str = "user"
    """`user` for a person's own edit, else the agent's name as older clients know it, for example `inventory_agent`."""
    run_id: str | None = None
