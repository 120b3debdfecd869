"""Answers to clients of HTTP/1.0, which knows no chunks: such a body ends with its connection.

nginx speaks HTTP/1.0 to what is behind it unless it is told otherwise. Answers are made in chunks all the same, which are taken
off on the way.
"""

import asyncio
from typing import Final

from streamd.edge.socket_writer import SocketWriter

_CHUNKED: Final = b"transfer-encoding: chunked\r\n"
_LINE_END: Final = b"\r\n"


def without_chunks(data: bytes) -> bytes:
    """The bytes that are in whole chunks."""
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        begin = data.index(_LINE_END, at)
        size = int(data[at:begin], 16)
        pieces.append(data[begin + 2 : begin + 2 + size])
        at = begin + 2 + size + 2
    return b"".join(pieces)


class UnchunkedTransport:
    """Writes answers; where their head says that they come in chunks, without that, and without them."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._has_begun = self._is_chunked = False

    def write(self, data: bytes) -> None:
        """Write the head, and then pieces of the body."""
        if not self._has_begun:
            self._has_begun = not data.startswith(b"HTTP/1.1 1")
            self._is_chunked = _CHUNKED in data
            data = data.replace(_CHUNKED, b"")
        elif self._is_chunked:
            data = without_chunks(data)
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether the connection ends."""
        return self._transport.is_closing()

    def close(self) -> None:
        """End the connection."""
        self._transport.close()


class UnchunkedWriter(SocketWriter):
    """Writes a stream of events without the chunks that it is prepared in."""

    __slots__ = ()

    def write(self, data: bytes) -> None:
        """Write whole chunks."""
        super().write(without_chunks(data))
