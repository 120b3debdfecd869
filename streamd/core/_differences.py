"""The differences that a change makes to an item: the events and the item that come of them."""

from collections.abc import Mapping

from streamd.core.event import Event
from streamd.core.item import Item, Seq
from streamd.core.item_type import COMMON_FIELDS
from streamd.core.values import MAX_FIELDS, Value, equal
from streamd.errors import InvalidMessageError


def events_and_item(
    item: Item, new_values: Mapping[str, Value | None], seq: Seq
) -> tuple[tuple[Event, ...], Item]:
    """Set fields of an item, or remove them with None: the events, the first of them at `seq`, and the item after them.

    No event, and the item itself, where all fields have these values already. Raises InvalidMessageError for too many fields.
    """
    fields = dict(item.fields)
    common: dict[str, Value | None] = {}
    others: dict[str, Value | None] = {}
    for name, value in new_values.items():
        if equal(fields.get(name), value):
            continue
        if value is None:
            del fields[name]
        else:
            fields[name] = value
        (common if name in COMMON_FIELDS else others)[name] = value
    if len(fields) > MAX_FIELDS:
        raise InvalidMessageError(f"an item has at most {MAX_FIELDS} fields", path="set")
    if not (common or others):
        return (), item
    versions, item_type = dict(item.versions), str(fields["type"])
    before: Mapping[str, Value] = item.flat()
    events: list[Event] = []
    last = seq
    if common:
        events.append(Event("item_updated", item.id, common, item_type, before))
        versions.update(dict.fromkeys(common, last))
    if common and others:
        last = Seq(seq + 1)
        merged = {**before, **common}
        before = {name: value for name, value in merged.items() if value is not None}
    if others:
        events.append(Event("field_changed", item.id, others, item_type, before))
        versions.update(dict.fromkeys(others, last))
    return tuple(events), Item(item.id, fields, versions, last, item.added)
