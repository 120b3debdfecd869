"""Transports of single answers: to clients of HTTP/1.0, which knows no chunks, and ahead of the end of a body.

nginx speaks HTTP/1.0 to what is behind it unless it is told otherwise. Answers are made in chunks all the same, which are taken
off on the way; such a body ends with its connection.
"""

import asyncio
from collections.abc import Callable
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


class AnswerTransport:
    """Writes an answer, without chunks where the client knows none, and ends the connection in its own way."""

    def __init__(self, transport: asyncio.Transport, end: Callable[[], None], *, chunks: bool) -> None:
        self._transport, self._end = transport, end
        self._takes_chunks, self._is_chunked = chunks, False

    def write(self, data: bytes) -> None:
        """Write the head, and then pieces of the body."""
        if not self._takes_chunks:
            if self._is_chunked:
                data = without_chunks(data)
            elif _CHUNKED in data:  # the head
                self._is_chunked = True
                data = data.replace(_CHUNKED, b"")
            else:
                self._takes_chunks = True  # there are none
        self._transport.write(data)

    def is_closing(self) -> bool:
        """Whether the connection ends."""
        return self._transport.is_closing()

    def close(self) -> None:
        """End the connection."""
        self._end()


class UnchunkedWriter(SocketWriter):
    """Writes a stream of events without the chunks that it is prepared in."""

    __slots__ = ()

    def write(self, data: bytes) -> None:
        """Write whole chunks."""
        super().write(without_chunks(data))
