"""Splits snapshots into pages: all items of a workspace at one position, in messages of bounded size."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from streamd.core.item import Seq
from streamd.wire.item_replies import snapshot

MAX_PAGE_ITEMS: Final = 500
MAX_PAGE_BYTES: Final = 262_144


def snapshot_pages(
    bodies: Sequence[bytes],
    *,
    seq: Seq,
    epoch: str,
    reason: str | None = None,
    request_id: object = None,
    unreadable: int = 0,
    names: Callable[[Sequence[bytes]], Mapping[str, str]] = lambda _: {},
) -> Iterator[bytes]:
    """Encode the pages of a snapshot: at least one, all but the last with `more`.

    Args:
        bodies: flat items as JSON objects; they are joined, not decoded.
        seq: the last position whose event is contained.
        epoch: the epoch of the journal.
        reason: why the client receives it although it asked to resume: one of `item_replies.SNAPSHOT_REASONS`.
        request_id: of the message it answers.
        unreadable: how many items are missing because they cannot be read.
        names: finds the names of the items that the items of a page refer to, by id.

    """
    start = 0
    while True:
        end = _page_end(bodies, start)
        yield snapshot(
            bodies[start:end],
            seq=seq,
            epoch=epoch,
            more=end < len(bodies),
            reason=reason,
            request_id=request_id,
            unreadable=unreadable,
            names=names(bodies[start:end]),
        )
        if end >= len(bodies):
            return
        start = end


def _page_end(bodies: Sequence[bytes], start: int) -> int:
    """Return where the page that starts at `start` ends. An item over the limit has a page of its own."""
    size = 0
    for index in range(start, min(len(bodies), start + MAX_PAGE_ITEMS)):
        size += len(bodies[index]) + 1
        if size > MAX_PAGE_BYTES and index > start:
            return index
    return min(len(bodies), start + MAX_PAGE_ITEMS)
