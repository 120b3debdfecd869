"""Folds events into items. Clients apply events in exactly this way, which keeps them equal to the store."""

from collections.abc import Mapping, MutableMapping


def fold(
    items: MutableMapping[str, dict[str, object]],
    event_type: str,
    item_id: str | None,
    data: Mapping[str, object],
) -> None:
    """Apply one event to flat items by id; events must be applied in order. Custom events change nothing."""
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
