"""Pages of items and of their changes, cut at the maximum size of a message."""

from collections.abc import Sequence
from typing import Final

import orjson

from streamd.core.item import Seq
from streamd.core.lists.item_listing import ItemPage
from streamd.facts import frozen
from streamd.ports.store import DamagedEvent, past_change
from streamd.service import HistoryPage
from streamd.wire import item_replies
from streamd.wire.snapshot_pages import MAX_PAGE_BYTES

_LEAST_PAGE_BYTES: Final = 32_768
"""Of items in a page of a list, beside many groups and names."""


def cut_items(page: ItemPage, beside: int = 0) -> tuple[Sequence[bytes], int]:
    """Encode the items of a page that fit into a message with so many other bytes; returns their size, too."""
    bodies: list[bytes] = []
    size = 0
    for item in page.items:
        body = orjson.dumps(item.flat())
        if bodies and size + len(body) >= max(_LEAST_PAGE_BYTES, MAX_PAGE_BYTES - beside):
            break  # the next page starts here
        bodies.append(body)
        size += len(body) + 1
    return bodies, size


@frozen
class CutHistory:
    """As many changes of an item as fit into a message."""

    changes: Sequence[bytes]
    damaged: Sequence[Seq]
    before: Seq | None
    """Where the next page begins; None where there is none."""


def cut_history(page: HistoryPage) -> CutHistory:
    """Encode the changes of a page that fit into a message; one alone may be longer."""
    changes: list[bytes] = []
    damaged: list[Seq] = []
    size = 0
    for event in page.changes:
        if isinstance(event, DamagedEvent):
            damaged.append(event.seq)
            continue
        change = orjson.dumps(item_replies.change(past_change(event), orjson.loads(event.body)))
        if changes and size + len(change) >= MAX_PAGE_BYTES:
            break  # the next page starts here
        changes.append(change)
        size += len(change) + 1
    shown = len(changes) + len(damaged)
    more = page.has_more or len(page.changes) > shown
    return CutHistory(changes, damaged, page.changes[shown - 1].seq if more else None)
