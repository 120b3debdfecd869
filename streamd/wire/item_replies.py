"""Replies with items: pages of a snapshot or a list, one item, a piece of a file.

Items come in as JSON that is encoded already; they are joined, not decoded.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from streamd.core.item import ItemId, Seq
from streamd.core.lists.item_groups import ItemGroup
from streamd.core.undo import PastChange
from streamd.core.values import MAX_INTEGER
from streamd.wire.replies import reply

_MAX_GROUPS_BYTES: Final = 131_072
SNAPSHOT_REASONS: Final = frozenset({"no_epoch", "epoch", "trimmed", "future", "filter"})
"""Why a client gets a snapshot that it did not ask for."""


def snapshot(
    joined: bytes,
    *,
    seq: Seq,
    epoch: str,
    more: bool,
    reason: str | None = None,
    request_id: object = None,
    unreadable: int = 0,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """Encode one page of a snapshot, with its items joined by commas.

    The client joins the pages and applies the whole when `more` is false. `names` are of the items that these refer to,
    `unreadable` says how many are missing because they cannot be read.
    """
    keys = reply(
        "snapshot",
        request_id,
        seq=seq,
        epoch=epoch,
        more=more,
        reason=reason,
        unreadable=unreadable or None,
        names=names or None,
    )
    return keys[:-1] + b',"items":[' + joined + b"]}"


def items(
    bodies: Sequence[bytes],
    *,
    seq: Seq | None = None,
    after: Seq | str | None = None,
    more: bool = False,
    total: int | None = None,
    groups: bytes | None = None,
    more_groups: bool = False,
    request_id: object = None,
    unreadable: int = 0,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """Encode a page of a list, or further groups of one.

    `after` is what to send for the next page; `seq` the position the list stands at; `groups` a part of
    `groups_in_parts`, and `more_groups` says whether another message has more of them.
    """
    keys = reply(
        "items", request_id, seq=seq, after=after, more=more, total=total, more_groups=more_groups or None,
        groups=None if groups is None else orjson.Fragment(groups), unreadable=unreadable or None,
        names=names or None,
    )  # fmt: skip
    return keys[:-1] + b',"items":[' + b",".join(bodies) + b"]}"


def groups_in_parts(groups: Sequence[ItemGroup] | None) -> Sequence[bytes | None]:
    """Encode groups as JSON lists, one for each message; None where there are none."""
    if groups is None:
        return (None,)
    parts: list[list[bytes]] = [[]]
    size = 0
    for group in groups:
        body = orjson.dumps(_group(group))
        if size + len(body) >= _MAX_GROUPS_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(body)
        size += len(body) + 1
    return [b"[" + b",".join(part) + b"]" for part in parts]


def _group(group: ItemGroup) -> Mapping[str, object]:
    value = {} if group.value is None else {"value": group.value}
    sums = {name: _representable(total.value) for name, total in group.sums.items()}
    return {**value, "count": group.count, **({"sums": sums} if sums else {})}


def _representable(number: float) -> float:
    """Return a number as clients can read it: no whole number beyond ±(2^53-1)."""
    return number if abs(number) <= MAX_INTEGER else float(number)


def item(
    body: bytes,
    *,
    version: Seq,
    versions: Mapping[str, Seq] | None = None,
    request_id: object = None,
    names: Mapping[str, str] | None = None,
) -> bytes:
    """Encode one item, with the position of its last change (and of each field's): the `base` for an edit of it."""
    keys = reply("item", request_id, version=version, versions=versions, names=names or None)
    return keys[:-1] + b',"item":' + body + b"}"


def history(
    item_id: ItemId,
    changes: Sequence[bytes],
    *,
    damaged: Sequence[Seq] = (),
    before: Seq | None = None,
    more: bool = False,
    request_id: object = None,
) -> bytes:
    """Encode a page of an item's history.

    `damaged` are the positions of changes that cannot be read, `before` is what to send for the next page.
    """
    encoded = orjson.Fragment(b"[" + b",".join(changes) + b"]")
    return reply(
        "history",
        request_id,
        item_id=item_id,
        changes=encoded,
        damaged=damaged or None,
        before=before,
        more=more,
    )


def change(past: PastChange, envelope: Mapping[str, object]) -> Mapping[str, object]:
    """Encode one change of a history: what the fields were before it, and after it; null: no value, or no item."""
    before: object = past.before
    after: object = past.data
    if past.event_type == "item_removed":
        after = None
    shown = {
        "seq": past.seq, "at": envelope["timestamp"], "event_type": past.event_type, "by": envelope["user_id"],
        "agent_id": envelope["agent_id"], "before": before, "after": after,
    }  # fmt: skip
    further = {key: envelope[key] for key in ("run_id", "op_id", "change", "undoes") if key in envelope}
    reason = past.data.get("reason") if past.event_type == "item_removed" else None
    return {**shown, **further, **({} if reason is None else {"reason": reason})}


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
