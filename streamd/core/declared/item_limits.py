"""The limits of items: each goes out to clients whole, in a snapshot and in events."""

from collections.abc import Mapping

import orjson

from streamd.core.event import Event
from streamd.core.item import Item, Known
from streamd.errors import TooLargeError
from streamd.facts import frozen


@frozen
class ItemLimits:
    """Bounds of items, and of lists in their fields. What is larger already can shrink, and be removed."""

    max_bytes: int = 262_144
    """Bytes of the flat item as JSON."""
    max_list_members: int = 10_000

    def check(self, known: Known, after: Known, event: Event, *, body_bytes: int, before_bytes: int) -> None:
        """Raise TooLargeError where a change makes an item too large.

        Items are measured only where they may be: none is longer than the one before the event and the event together.

        Args:
            known: the state before the change.
            after: the state after it.
            event: the last event of the change.
            body_bytes: length of the encoded event.
            before_bytes: length of the encoded item before the event; 0: there was none.

        """
        if body_bytes > 2 * self.max_list_members:  # each member has a comma, too
            self._check_lists(event)
        if body_bytes + before_bytes <= self.max_bytes or not isinstance(after, Item):
            return
        size = _size(after.flat())
        if size > self.max_bytes and size > (_size(known.flat()) if isinstance(known, Item) else 0):
            path = max(event.data, key=lambda name: _size(event.data[name])) if event.before else "item"
            raise TooLargeError(
                f"item {after.id} would have {size:,} bytes, and an item has at most {self.max_bytes:,}; shorten it, or "
                "put a part of it into another item",
                item_id=after.id,
                path=path,
                size=size,
                limit=self.max_bytes,
            )

    def _check_lists(self, event: Event) -> None:
        before: Mapping[str, object] = event.before or {}
        for name, value in event.data.items():
            if not isinstance(value, list) or len(value) <= self.max_list_members:
                continue
            old = before.get(name)
            if not isinstance(old, list) or len(old) < len(value):
                raise TooLargeError(
                    f"{name} of item {event.item_id} would have {len(value):,} members, and a list has at most "
                    f"{self.max_list_members:,}; make items of its members",
                    item_id=event.item_id,
                    path=name if event.before else f"item.{name}",
                    size=len(value),
                    limit=self.max_list_members,
                )


def _size(value: object) -> int:
    return len(orjson.dumps(value))
