"""Replies about the connection: who it is, that it lives, what it receives and where it stands."""

from collections.abc import Collection
from typing import Final

from streamd import __version__
from streamd.core.item import Seq
from streamd.wire.replies import reply

PROTOCOL: Final = 1


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


def _sorted(names: Collection[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)
