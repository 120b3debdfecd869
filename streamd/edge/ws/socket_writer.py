"""Outlets: where an outbox's bytes leave for one socket."""

import os
import sys
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Final, Protocol

from websockets.asyncio.server import ServerConnection

from streamd.edge.ws.encoders import REPLAY, TEXT
from streamd.wire.codes import CloseCode

_NO_COUNT: Final = bytes(4)


class Cuttable(Protocol):
    """Somebody who can end the connection."""

    def cut(self, code: CloseCode) -> None:
        """End it now."""


class SocketWriter:
    """Hands bytes straight to the kernel while it takes all of them, and to the transport's buffer when it does not.

    The transport's own way to the kernel costs as much again as the system call does. This object is touched for every
    delivery, so it keeps what that needs in one place and in slots.
    """

    __slots__ = ("_buffering", "_descriptor", "_owner", "_transport", "encoding", "ready", "written")

    def __init__(self, connection: ServerConnection, owner: Cuttable) -> None:
        self._transport = connection.transport
        self._descriptor: int = connection.transport.get_extra_info("socket").fileno()
        self._owner = owner
        self._buffering = True
        self.ready = False
        """Whether the connection is open and its buffer below the high-water mark. Its socket keeps this right."""
        self.encoding = TEXT
        self.written = 0
        """Bytes taken so far."""

    @property
    def replay_encoding(self) -> str:
        """Responses that are told again say so; they are few, and not worth compressing."""
        return REPLAY

    @property
    def buffered(self) -> int:
        """Bytes taken that the kernel did not want yet."""
        return self._transport.get_write_buffer_size()

    @property
    def taken(self) -> int:
        """Bytes that the client's machine has acknowledged.

        Those that have left the buffer would tell of a slow client's progress too late: the kernel keeps megabytes for
        it, and asks for more when a third of them are gone.
        """
        try:
            in_kernel = int.from_bytes(ioctl(self._descriptor, TIOCOUTQ, _NO_COUNT), sys.byteorder)
        except OSError:
            in_kernel = 0
        return self.written - self.buffered - in_kernel

    def write(self, data: bytes) -> None:
        """Take bytes. Called only while `ready`: the descriptor is ours until then, and may be another's afterwards."""
        self.written += len(data)
        if self._buffering and not self._transport.get_write_buffer_size():
            self._buffering = False
        if not self._buffering:
            try:
                sent = os.write(self._descriptor, data)
            except OSError:
                sent = 0  # no room, or no connection any more: the transport knows what to do about either
            if sent == len(data):
                return
            self._buffering = True
            data = data[sent:]
        self._transport.write(data)

    def written_past(self) -> None:
        """Somebody else wrote to the transport: what comes next must queue behind it."""
        self._buffering = True

    def fail(self) -> None:
        """Cut the connection: what it should be told cannot be read."""
        self._owner.cut(CloseCode.INTERNAL)
