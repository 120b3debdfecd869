"""Fold: what events make of a set of items. Clients do exactly this; it is how they stay equal to the store."""

from collections.abc import Mapping, MutableMapping


def fold(
    items: MutableMapping[str, dict[str, object]],
    event_type: str,
    item_id: str | None,
    data: Mapping[str, object],
) -> None:
    """Apply one event, in the order of positions, to flat items by id. Custom events change nothing."""
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
