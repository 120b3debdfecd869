"""The sweeper: one task that looks after every connection, so that an idle one needs no timer of its own.

It pings, tells positions, and drops those that are silent or take nothing. What it goes by is progress, not size: a slow
client that takes a byte now and then is left alone.
"""

import asyncio
from collections.abc import Iterable
from typing import Final

import attrs
import structlog

from streamd.edge.ws.socket import Socket
from streamd.wire import connection_replies
from streamd.wire.codes import CloseCode

log = structlog.get_logger(__name__)

_SOCKETS_PER_TURN: Final = 500


@attrs.frozen
class Timing:
    """When what is due; seconds."""

    ping_seconds: float
    idle_seconds: float
    stall_seconds: float
    heartbeat_seconds: float

    @property
    def sweep_seconds(self) -> float:
        """How often to look: at least once a second, more often only where a limit is that short."""
        shortest = min(self.ping_seconds, self.idle_seconds, self.stall_seconds, self.heartbeat_seconds)
        return min(1.0, shortest / 4)


async def sweep(sockets: Iterable[Socket], timing: Timing) -> None:
    """Look after the sockets, for as long as the daemon lives."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(timing.sweep_seconds)
        for turn, socket in enumerate(list(sockets)):
            if turn % _SOCKETS_PER_TURN == _SOCKETS_PER_TURN - 1:
                await asyncio.sleep(0)
            _look_after(socket, loop.time(), timing)


def _look_after(socket: Socket, now: float, timing: Timing) -> None:
    if _stalled(socket, now, timing.stall_seconds):
        _drop(socket, CloseCode.NO_PROGRESS, now)
    elif not socket.waiting and now - socket.received_at > timing.idle_seconds:
        _drop(socket, CloseCode.NO_HEARTBEAT, now)
    else:
        if now - max(socket.received_at, socket.pinged_at) >= timing.ping_seconds:
            socket.pinged_at = now
            socket.ping()
        if now - socket.heartbeat_at >= timing.heartbeat_seconds:
            socket.heartbeat_at = now
            _tell_position(socket)


def _stalled(socket: Socket, now: float, stall_seconds: float) -> bool:
    """Whether bytes have been waiting for it and it has taken none for so long."""
    if socket.writer is None:
        return False
    waited, socket.waiting = socket.waiting, socket.writer.buffered > 0
    if not waited and not socket.waiting:
        return False
    taken = socket.writer.taken
    if waited and taken <= socket.taken:
        return now - socket.progress_at > stall_seconds
    socket.taken = taken
    socket.progress_at = now
    # It gets no pings while bytes wait for it; that it takes some is as good an answer.
    socket.received_at = now
    return False


def _tell_position(socket: Socket) -> None:
    client = socket.client
    if client is None or not client.wants_position or socket.writer is None or not socket.writer.ready:
        return
    cursor = client.events
    if cursor is not None and not cursor.inserts:
        client.send(connection_replies.position(seq=cursor.position, epoch=client.engine.store.epoch))


def _drop(socket: Socket, code: CloseCode, now: float) -> None:
    log.info(
        "connection_dropped",
        connection=str(socket.id) if socket.client is None else socket.client.connection_id,
        code=int(code),
        silent_seconds=round(now - socket.received_at, 1),
        buffered_bytes=socket.transport.get_write_buffer_size(),
    )
    socket.cut(code)
