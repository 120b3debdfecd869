"""The reducer of the frontend that the events are made for (`streaming_implementation.md`), in Python (row A5)."""

from collections.abc import Mapping
from typing import Any

import attrs

Shown = dict[str, Any]


@attrs.define
class Screen:
    """What such a frontend shows. It merges what comes, and checks nothing."""

    items: list[Shown] = attrs.field(factory=list)

    def hear(self, event: Mapping[str, Any]) -> None:
        match event["event_type"]:
            case "item_added":
                self._handle_item_added(event)
            case "item_removed":
                self._handle_item_removed(event)
            case "item_updated":
                self._handle_item_updated(event)
            case "field_changed":
                self._handle_field_changed(event)
            case _:
                pass

    def _handle_item_added(self, event: Mapping[str, Any]) -> None:
        data = event["data"]
        shown = {
            "id": event["item_id"],
            "type": data.get("type") or "inventory",
            "name": data.get("name") or "New Item",
            "subtitle": data.get("subtitle") or "",
            "data": data,
        }
        self.items = [*self.items, shown]

    def _handle_item_removed(self, event: Mapping[str, Any]) -> None:
        self.items = [item for item in self.items if item["id"] != event["item_id"]]

    def _handle_item_updated(self, event: Mapping[str, Any]) -> None:
        self.items = [
            {**item, **event["data"]} if item["id"] == event["item_id"] else item for item in self.items
        ]

    def _handle_field_changed(self, event: Mapping[str, Any]) -> None:
        self.items = [
            {**item, "data": {**item["data"], **event["data"]}} if item["id"] == event["item_id"] else item
            for item in self.items
        ]

    def flat(self) -> dict[str, dict[str, object]]:
        """What a person reads on it: each item on one level, without what is shown as nothing."""
        return {
            item["id"]: {
                name: value
                for name, value in {
                    **item["data"], **{key: item[key] or None for key in ("type", "name", "subtitle")}, "id": item["id"]
                }.items()
                if value is not None
            }
            for item in self.items
        }  # fmt: skip
