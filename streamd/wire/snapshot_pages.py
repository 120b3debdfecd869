"""Splits snapshots into pages: all items of a workspace at one position, in messages of bounded size."""

from collections.abc import Iterator, Sequence
from typing import Final

import attrs

from streamd.facts import define

MAX_PAGE_ITEMS: Final = 500
MAX_PAGE_BYTES: Final = 245_760
MAX_NAMES_BYTES: Final = 12_288
"""Of the names in a page: with them, and its other keys, it is one message."""


@define
class PageCutter:
    """Cuts flat items, JSON objects that come one by one, into pages."""

    _bodies: list[bytes] = attrs.field(factory=list)
    _size: int = 0

    def add(self, bodies: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
        """Add items; yields the pages that are full. An item over the limit has a page of its own."""
        for body in bodies:
            size = len(body) + 1
            if self._bodies and (len(self._bodies) >= MAX_PAGE_ITEMS or self._size + size > MAX_PAGE_BYTES):
                yield self.rest()
            self._bodies.append(body)
            self._size += size

    def rest(self) -> Sequence[bytes]:
        """Take the last page, which may be empty only where it is the first one, too."""
        page, self._bodies, self._size = self._bodies, [], 0
        return page
