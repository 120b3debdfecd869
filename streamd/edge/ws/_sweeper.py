"""The sweeper: one task that checks the liveness of all connections, so that an idle one needs no timer of its own.

It sends pings and positions, notices whose client is gone, and drops connections that are silent or stalled. The criterion is progress, not size: a
slow client that reads a byte now and then stays connected.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import structlog

from streamd.config import WsOptions
from streamd.edge.connections import OpenConnections
from streamd.edge.ws._socket import Socket
from streamd.wire import connection_replies
from streamd.wire.codes import CloseCode

log = structlog.get_logger(__name__)

_SOCKETS_PER_TURN: Final = 500
_LATE_SECONDS: Final = 1.0
"""A check that is later than this: the daemon stood still."""


def _interval(options: WsOptions) -> float:
    """Seconds between two checks: at most one, less where a timeout is that short."""
    timeouts = (
        options.open_timeout_seconds, options.ping_interval_seconds, options.idle_timeout_seconds,
        options.stall_timeout_seconds, options.heartbeat_seconds,
    )  # fmt: skip
    return min(1.0, min(timeouts) / 4)


async def sweep(sockets: Mapping[Socket, None], options: WsOptions, connections: OpenConnections) -> None:
    """Check all sockets periodically, until cancelled.

    When the daemon itself stood still for a while (it was stopped, or the machine was), nobody is to blame for the silence:
    then that time does not count, and all clients are sent a ping.
    """
    loop = asyncio.get_running_loop()
    interval = _interval(options)
    while True:
        due = loop.time() + interval
        await asyncio.sleep(interval)
        late = loop.time() - due
        if late > _LATE_SECONDS:
            log.warning("daemon_stood_still", seconds=round(late, 1), connections=len(sockets))
        for turn, socket in enumerate(list(sockets)):
            if turn % _SOCKETS_PER_TURN == _SOCKETS_PER_TURN - 1:
                await asyncio.sleep(0)
            if late > _LATE_SECONDS:
                _give_time(socket, loop.time(), late, options)
            _check(socket, loop.time(), options, connections)


def _give_time(socket: Socket, now: float, late: float, options: WsOptions) -> None:
    """Ask a client with a ping, and give it half of its timeouts at least."""
    socket.received_at = min(now, max(socket.received_at + late, now - options.idle_timeout_seconds / 2))
    socket.progress_at = min(now, max(socket.progress_at + late, now - options.stall_timeout_seconds / 2))
    socket.pinged_at = now
    socket.ping()


def _check(socket: Socket, now: float, options: WsOptions, connections: OpenConnections) -> None:
    if socket.state == "opening":
        if now - socket.received_at > options.open_timeout_seconds:
            socket.abort(CloseCode.NO_HEARTBEAT)
        return
    if socket.state != "open":
        return  # it has a timer
    socket.notice_end()
    if _stalled(socket, now, options.stall_timeout_seconds):
        connections.dropped["stalled"] += 1
        _drop(socket, CloseCode.NO_PROGRESS, now)
    elif not socket.had_backlog and now - socket.received_at > options.idle_timeout_seconds:
        connections.dropped["silent"] += 1
        _drop(socket, CloseCode.NO_HEARTBEAT, now)
    else:
        if now - max(socket.received_at, socket.pinged_at) >= options.ping_interval_seconds:
            socket.pinged_at = now
            socket.ping()
        if now - socket.heartbeat_at >= options.heartbeat_seconds:
            socket.heartbeat_at = now
            _send_position(socket)


def _stalled(socket: Socket, now: float, stall_seconds: float) -> bool:
    """Whether bytes are pending and the client has acknowledged none of them for that long."""
    if socket.writer is None:
        return False
    had_backlog, socket.had_backlog = socket.had_backlog, socket.writer.buffered > 0
    if not had_backlog and not socket.had_backlog:
        return False
    acknowledged = socket.writer.acknowledged
    if had_backlog and acknowledged <= socket.acknowledged:
        return now - socket.progress_at > stall_seconds
    socket.acknowledged = acknowledged
    socket.progress_at = now
    # No pings are sent while bytes are pending; an acknowledgement proves as much as a pong.
    socket.received_at = now
    return False


def _send_position(socket: Socket) -> None:
    client = socket.client
    if client is None or not client.wants_position or socket.writer is None or not socket.writer.ready:
        return
    cursor = client.events
    if cursor is not None and not cursor.inserts:
        client.send(connection_replies.position(seq=cursor.position, epoch=client.epoch))


def _drop(socket: Socket, code: CloseCode, now: float) -> None:
    log.info(
        "connection_dropped",
        connection=socket.name,
        code=int(code),
        silent_seconds=round(now - socket.received_at, 1),
        buffered_bytes=socket.transport.get_write_buffer_size(),
    )
    socket.abort(code)
