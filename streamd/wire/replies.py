"""What the daemon says to one client, as bytes. Keys that do not apply are absent, never null.

Items come in as JSON that is encoded already and are joined, not decoded. Times come in as RFC 3339 text in UTC. Every
builder takes the `request_id` of the message it answers; None where there was none. Replies about threads, questions and
memories stand in `threads.py` and `memories.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, Literal, get_args

import orjson

from streamd import __version__
from streamd.core.item import Seq
from streamd.wire.refusals import error_keys

PROTOCOL: Final = 1

ReplyType = Literal[
    "connected", "pong", "ack", "error", "subscribed", "position", "snapshot", "items", "item", "progress", "export",
    "attached", "memory", "thread", "interrupts", "progress_report",
]  # fmt: skip
REPLY_TYPES: Final[frozenset[str]] = frozenset(get_args(ReplyType))
"""Every `type` the daemon answers with, besides the responses of runs."""

SNAPSHOT_REASONS: Final = frozenset({"no_epoch", "epoch", "trimmed", "future"})
"""Why somebody who asked for what they missed gets all there is instead."""


def connected(
    *,
    connection_id: str,
    workspace: str,
    seq: Seq,
    epoch: str,
    user_id: str,
    heartbeat_seconds: float,
    timestamp: str,
    request_id: object = None,
) -> bytes:
    """The first message on every connection, and the answer to `hello`. `seq` is the workspace's newest position."""
    return reply(
        "connected",
        request_id,
        message=f"connected to workspace {workspace}",
        connection_id=connection_id,
        protocol=PROTOCOL,
        server=f"streamd/{__version__}",
        workspace=workspace,
        seq=seq,
        epoch=epoch,
        user_id=user_id,
        heartbeat_seconds=heartbeat_seconds,
        timestamp=timestamp,
    )


def pong(*, timestamp: str, request_id: object = None) -> bytes:
    """The answer to `ping`."""
    return reply("pong", request_id, timestamp=timestamp)


def result(**keys: object) -> bytes:
    """What an operation came to, as a JSON object that can be kept for a repetition. None and {} are left out."""
    return orjson.dumps({key: value for key, value in keys.items() if value is not None and value != {}})


def ack(outcome: bytes, *, request_id: object = None) -> bytes:
    """It is done and kept. `outcome` is a JSON object: a `result`, the first or the one kept for the `op_id`."""
    head = reply("ack", request_id)
    return head if outcome == b"{}" else head[:-1] + b"," + outcome[1:]


def error(failure: BaseException, *, request_id: object = None) -> bytes:
    """It is refused, or failed. The request_id is the one given, or else the one `parse` found in the message."""
    body: dict[str, object] = {"type": "error", **error_keys(failure)}
    if request_id is not None:
        body["request_id"] = request_id
    return orjson.dumps(body)


def subscribed(
    *,
    topics: Collection[str],
    item_types: Collection[str] | None = None,
    event_types: Collection[str] | None = None,
    agents: Collection[str] | None = None,
    request_id: object = None,
) -> bytes:
    """What the connection hears from now on: the whole of it, not the difference. None: no such filter."""
    return reply(
        "subscribed",
        request_id,
        topics=sorted(topics),
        item_types=_sorted(item_types),
        event_types=_sorted(event_types),
        agents=_sorted(agents),
    )


def position(*, seq: Seq, epoch: str) -> bytes:
    """Heartbeat and resume point: everything up to `seq` that the client wants to hear has been sent."""
    return reply("position", seq=seq, epoch=epoch)


def snapshot(
    bodies: Sequence[bytes],
    *,
    seq: Seq,
    epoch: str,
    more: bool,
    reason: str | None = None,
    request_id: object = None,
) -> bytes:
    """One page of a snapshot. The client puts the pages together and takes the whole when `more` is false."""
    keys = reply("snapshot", request_id, seq=seq, epoch=epoch, more=more, reason=reason)
    return keys[:-1] + b',"items":[' + b",".join(bodies) + b"]}"


def items(
    bodies: Sequence[bytes],
    *,
    seq: Seq | None = None,
    after: Seq | None = None,
    more: bool = False,
    request_id: object = None,
) -> bytes:
    """A page of a list. `after` is what to send for the next page; `seq` the position the list stands at."""
    keys = reply("items", request_id, seq=seq, after=after, more=more)
    return keys[:-1] + b',"items":[' + b",".join(bodies) + b"]}"


def item(
    body: bytes,
    *,
    version: Seq,
    versions: Mapping[str, Seq] | None = None,
    request_id: object = None,
) -> bytes:
    """One item, with the position of its last change (and of each field's): the `base` for an edit of it."""
    keys = reply("item", request_id, version=version, versions=versions)
    return keys[:-1] + b',"item":' + body + b"}"


def progress(
    *,
    step: int,
    total_steps: int,
    message: str = "",
    timestamp: str | None = None,
    request_id: object = None,
) -> bytes:
    """How far a bulk edit or an import has come: `progress` is 0.0 to 1.0."""
    return reply(
        "progress",
        request_id,
        progress=round(step / total_steps, 4) if total_steps else 1.0,
        message=message or None,
        step=step,
        total_steps=total_steps,
        timestamp=timestamp,
    )


def export(
    text: str, *, count: int, more: bool, item_type: str | None = None, request_id: object = None
) -> bytes:
    """A piece of a CSV file with the items (of one type): `count` lines of it. The pieces, joined, are the file."""
    return reply("export", request_id, format="csv", item_type=item_type, count=count, more=more, text=text)


def attached(
    *, run_id: str, thread_id: str, status: str, after: Seq, top: Seq, request_id: object = None
) -> bytes:
    """The connection hears this run: first what it told after `after` up to `top`, then what it tells."""
    return reply(
        "attached", request_id, run_id=run_id, thread_id=thread_id, status=status, after=after, top=top
    )


def progress_report(
    report: Mapping[str, object],
    *,
    workspace: str,
    history: Sequence[Mapping[str, object]] | None = None,
    request_id: object = None,
) -> bytes:
    """How far a workspace's agents are. Where nobody knows when that will be, null stands there: clients read the key.

    Args:
        report: how far they are: `WorkspaceProgress.as_data()`.
        workspace: whose agents.
        history: broadcasts of the past, oldest first; None when nobody asked for them.
        request_id: of the message it answers.

    """
    keys = reply("progress_report", request_id, workspace=workspace, history=history)
    return keys[:-1] + b"," + orjson.dumps(report)[1:]


def reply(type_: ReplyType, request_id: object = None, **keys: object) -> bytes:
    """A reply of any type. What is None is left out."""
    body: dict[str, object] = {"type": type_, "request_id": request_id, **keys}
    return orjson.dumps({key: value for key, value in body.items() if value is not None})


def _sorted(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
