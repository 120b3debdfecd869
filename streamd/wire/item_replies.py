"""Replies with items: pages of a snapshot or a list, one item, a piece of a file.

Items come in as JSON that is encoded already; they are joined, not decoded.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.item import Seq
from streamd.wire.replies import reply

SNAPSHOT_REASONS: Final = frozenset({"no_epoch", "epoch", "trimmed", "future"})
"""Why a client that asked to resume gets a snapshot instead."""


def snapshot(
    bodies: Sequence[bytes],
    *,
    seq: Seq,
    epoch: str,
    more: bool,
    reason: str | None = None,
    request_id: object = None,
    unreadable: int = 0,
) -> bytes:
    """Encode one page of a snapshot. The client joins the pages and applies the whole when `more` is false."""
    keys = reply(
        "snapshot", request_id, seq=seq, epoch=epoch, more=more, reason=reason, unreadable=unreadable or None
    )
    return keys[:-1] + b',"items":[' + b",".join(bodies) + b"]}"


def items(
    bodies: Sequence[bytes],
    *,
    seq: Seq | None = None,
    after: Seq | None = None,
    more: bool = False,
    request_id: object = None,
    unreadable: int = 0,
) -> bytes:
    """Encode a page of a list. `after` is what to send for the next page; `seq` the position the list stands at."""
    keys = reply("items", request_id, seq=seq, after=after, more=more, unreadable=unreadable or None)
    return keys[:-1] + b',"items":[' + b",".join(bodies) + b"]}"


def item(
    body: bytes,
    *,
    version: Seq,
    versions: Mapping[str, Seq] | None = None,
    request_id: object = None,
) -> bytes:
    """Encode one item, with the position of its last change (and of each field's): the `base` for an edit of it."""
    keys = reply("item", request_id, version=version, versions=versions)
    return keys[:-1] + b',"item":' + body + b"}"


def export(
    text: str,
    *,
    count: int,
    more: bool,
    item_type: str | None = None,
    request_id: object = None,
    unreadable: int = 0,
) -> bytes:
    """Encode a piece of a CSV file with the items (of one type): `count` lines. The joined pieces are the file."""
    return reply(
        "export", request_id, format="csv", item_type=item_type, count=count, more=more,
        unreadable=unreadable or None, text=text,
    )  # fmt: skip
