"""Socket writers: write an outbox's bytes to one connection, WebSocket or HTTP."""

import asyncio
import sys
from fcntl import ioctl
from os import write as write_bytes
from termios import TIOCOUTQ
from typing import Final, Protocol

from streamd.wire.codes import CloseCode

_NO_COUNT: Final = bytes(4)


class Abortable(Protocol):
    """A connection that can be aborted."""

    def abort(self, code: CloseCode) -> None:
        """Close the connection at once."""


class SocketWriter:
    """Writes bytes directly to the kernel while it accepts all of them, else to the transport's buffer.

    The transport's own write costs as much again as the system call. Every delivery uses this object, hence the slots.
    """

    __slots__ = (
        "_buffering", "_descriptor", "_owner", "_transport", "encoding", "ready", "replay_encoding", "written",
    )  # fmt: skip

    def __init__(
        self, transport: asyncio.WriteTransport, owner: Abortable, encoding: str, replay_encoding: str
    ) -> None:
        self._transport = transport
        self._descriptor: int = transport.get_extra_info("socket").fileno()
        self._owner = owner
        self._buffering = True  # until a write finds the transport's buffer empty
        self.ready = False
        """Whether the connection is open and its buffer below the high-water mark. The socket maintains it."""
        self.encoding = encoding
        self.replay_encoding = replay_encoding
        """Encoder of responses of a run that were emitted before the client attached."""
        self.written = 0
        """Bytes accepted by `write` so far."""

    @property
    def buffered(self) -> int:
        """Bytes that the kernel has not accepted yet."""
        return self._transport.get_write_buffer_size()

    @property
    def acknowledged(self) -> int:
        """Bytes that the client's machine has acknowledged.

        The size of the write buffer shows a slow client's progress too late: the kernel buffers megabytes for it, and
        accepts more only when a third of them are gone.
        """
        try:
            in_kernel = int.from_bytes(ioctl(self._descriptor, TIOCOUTQ, _NO_COUNT), sys.byteorder)
        except OSError:
            in_kernel = 0
        return self.written - self.buffered - in_kernel

    def write(self, data: bytes) -> None:
        """Write bytes. Not called once the loss of the connection is told: its descriptor may belong to another by then."""
        size = len(data)
        self.written += size
        if not self._buffering or self._has_drained():
            try:
                sent = write_bytes(self._descriptor, data)
            except OSError:
                sent = 0  # no room, or the connection is gone: the transport handles both
            if sent == size:
                return
            self._buffering = True
            data = data[sent:]
        if not self._transport.is_closing():
            self._transport.write(data)
        if self._transport.is_closing():
            self.ready = False  # the connection is lost, as will be told in the next turn of the event loop

    def _has_drained(self) -> bool:
        """Whether the transport's buffer is empty: then what follows is written directly again."""
        self._buffering = self._transport.get_write_buffer_size() > 0
        return not self._buffering

    def fail(self) -> None:
        """Abort the connection: the entries it should receive cannot be read."""
        self._owner.abort(CloseCode.INTERNAL)
