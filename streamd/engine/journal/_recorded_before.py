"""Encodes what the journal records beside an event: the item before it."""

import orjson

from streamd.core.event import ITEM_EVENT_TYPES, Event
from streamd.core.lists.list_splice import recorded_values
from streamd.engine.journal.cached_entry import trimmed


def encoded_before(event: Event) -> bytes | None:
    """Encode the item before an event; a removed one together with its place."""
    if event.before is None:
        return None
    return trimmed(
        orjson.dumps(event.before if event.place is None else {"item": event.before, "added": event.place})
    )


def recorded_before_long(event: Event, encoded: bytes) -> bytes:
    """Encode what is written to the store of the item before an event where that is long: only what undo needs.

    Else each count in an item with a long text would write that text again, and each new member of a long list that list.
    Who filters by other fields, and catches up from the store, gets a snapshot in its place.
    """
    if event.before is None or event.event_type == "item_removed":
        return encoded
    if event.event_type in ITEM_EVENT_TYPES:
        return orjson.dumps(recorded_values(event.before, event.data))
    return orjson.dumps({"type": event.before.get("type")})
