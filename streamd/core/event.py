"""Events: accepted changes of items, as clients receive them, and what they make of items."""

from collections.abc import Mapping, MutableMapping
from typing import Final, Literal

from streamd.core.item import ItemId, Seq
from streamd.facts import fact, frozen

ItemEventType = Literal["item_added", "item_removed", "item_updated", "field_changed"]
ITEM_EVENT_TYPES: Final[frozenset[str]] = frozenset(
    {"item_added", "item_removed", "item_updated", "field_changed"}
)
"""Types of events that only accepted changes produce. Every other type is custom."""

NAMES_CHANGED: Final = "names_changed"
"""Type of the event that a renamed item is for those who only follow others, which may refer to it. Never stored."""

PERSON: Final = "user"
"""The agent id of changes that a person makes without an agent."""


@fact
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
    """The flat item before it, for undo and for filters of subscriptions; None where there was none, or none can be read."""
    place: Seq | None = None
    """Of a removed item: its `added`, so that an undo restores it in its old place."""


@frozen
class Author:
    """Author of a change and its events."""

    user_id: str
    agent_id: str = PERSON
    """PERSON for a person's own edit, else the agent's id in older clients, for example `inventory_agent`."""
    run_id: str | None = None


def fold(
    items: MutableMapping[str, dict[str, object]],
    event_type: str,
    item_id: str | None,
    data: Mapping[str, object],
) -> None:
    """Apply one event to flat items by id, exactly as clients do; events must be applied in order.

    Custom events change nothing.
    """
    if item_id is None:
        return
    match event_type:
        case "item_added":
            items[item_id] = dict(data)
        case "item_removed":
            items.pop(item_id, None)
        case "item_updated" | "field_changed":
            item = items.get(item_id)
            if item is None:
                return
            for name, value in data.items():
                if value is None:
                    item.pop(name, None)
                else:
                    item[name] = value
        case _:
            return
