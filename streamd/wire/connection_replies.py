"""Replies about the connection: its greeting, heartbeat, subscription and position."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from streamd import __version__
from streamd.core.item import Seq
from streamd.wire.replies import reply

if TYPE_CHECKING:
    from streamd.wire.payloads.reply_data import ConnectedReply

PROTOCOL: Final = 1
SERVER: Final = f"streamd/{__version__}"


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
    """Greet, on every new connection and in answer to `hello`. `seq` is the workspace's newest position."""
    keys: ConnectedReply = {
        "message": f"connected to workspace {workspace}",
        "connection_id": connection_id,
        "protocol": PROTOCOL,
        "server": SERVER,
        "workspace": workspace,
        "seq": seq,
        "epoch": epoch,
        "user_id": user_id,
        "heartbeat_seconds": heartbeat_seconds,
        "timestamp": timestamp,
    }
    return reply("connected", request_id, **keys)


def pong(*, timestamp: str, request_id: object = None) -> bytes:
    """Answer a `ping`."""
    return reply("pong", request_id, timestamp=timestamp)


def subscribed(
    *,
    topics: Collection[str],
    item_types: Collection[str] | None = None,
    where: str | Sequence[object] | None = None,
    epoch: str | None = None,
    event_types: Collection[str] | None = None,
    agents: Collection[str] | None = None,
    request_id: object = None,
) -> bytes:
    """Report what the connection receives from now on: all of it, not the difference. None: no such filter."""
    return reply(
        "subscribed",
        request_id,
        topics=sorted(topics),
        item_types=_sorted(item_types),
        where=where or None,
        epoch=epoch,
        event_types=_sorted(event_types),
        agents=_sorted(agents),
    )


def position(*, seq: Seq, epoch: str) -> bytes:
    """Give a resume point as a heartbeat: everything up to `seq` that the client receives has been sent."""
    return reply("position", seq=seq, epoch=epoch)


def describe(sections: Mapping[str, object], *, request_id: object = None) -> bytes:
    """Encode what a client asked to know, by section, with the versions of the protocol and the server."""
    return reply("describe", request_id, protocol=PROTOCOL, server=SERVER, **sections)


def _sorted(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
