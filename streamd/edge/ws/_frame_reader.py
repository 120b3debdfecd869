"""Frame readers: a client's frames from its bytes (RFC 6455, and RFC 7692 for compressed ones), one at each call.

One at a time, so that whoever reads decides when to go on: what a read of the socket holds may unpack to a thousand times
its size.
"""

import zlib
from typing import Final, NamedTuple, TypeAlias

try:
    from websockets.speedups import apply_mask
except ImportError:  # it was installed without its part in C
    from websockets.utils import apply_mask

from streamd.wire.codes import CloseCode
from streamd.wire.frames import MAX_CONTROL_BYTES

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA

INFLATE_BYTES: Final = 1024 * 1024
"""Most bytes that one call unpacks."""

_OPCODES: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})
_MAX_FRAGMENTS: Final = 4096
_FIN: Final = 0x80
_RSV: Final = 0x70
_COMPRESSED: Final = 0x40
_WHOLE_TEXT: Final = _FIN | TEXT
_MASKED: Final = 0x80
_DEFLATE_TAIL: Final = b"\x00\x00\xff\xff"
_DEFLATE_BITS: Final = -15
"""A window for whatever was agreed on: a larger one than the sender's does no harm, and it lives as long as the message."""

_SENT_CODES: Final = frozenset({1000, 1001, 1002, 1003, *range(1007, 1015)})
_NO_CODE: Final = 1005


class Control(NamedTuple):
    """A control frame."""

    opcode: int
    payload: bytes


PART: Final = Control(CONTINUATION, b"")
"""A part of a message was read."""

Frame: TypeAlias = str | bytes | Control
"""A whole message (str where its opcode is `TEXT`), a control frame, or `PART`."""


class BreachError(Exception):
    """The client breaks a rule of WebSocket; its connection ends with a code."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class FrameReader:
    """Reads the frames of one connection. Every connection has one, hence the slots."""

    __slots__ = (
        "_buffer", "_fin", "_fragments", "_inflater", "_inflates", "_max_bytes", "_opcode", "_packed", "_parts", "_size",
    )  # fmt: skip

    def __init__(self, max_bytes: int, *, inflates: bool) -> None:
        self._max_bytes = max_bytes
        """Longest message, unpacked."""
        self._inflates = inflates
        """Whether compressed messages were agreed on."""
        self._buffer = bytearray()
        self._opcode = CONTINUATION
        """Opcode of the message that is being read; `CONTINUATION`: none is."""
        self._parts: list[bytes] = []
        self._size = 0
        self._fragments = 0
        self._fin = False
        self._inflater: zlib._Decompress | None = None
        """Of the message that is being read, if it is compressed."""
        self._packed: bytes | None = None
        """What is left to unpack of the newest frame; None: all of it is unpacked."""

    def feed(self, data: bytes) -> None:
        """Add bytes as they came."""
        self._buffer += data

    @property
    def held_bytes(self) -> int:
        """Bytes that it holds of messages that are not whole, as they came and unpacked."""
        return len(self._buffer) + self._size + (0 if self._packed is None else len(self._packed))

    def next(self) -> Frame | None:
        """Read on; None when more bytes are needed. Raises BreachError."""
        if self._packed is not None:
            return self._inflate()
        buffer = self._buffer
        available = len(buffer)
        if available < 2:
            return None
        first, second = buffer[0], buffer[1]
        opcode = first & 0x0F
        if opcode not in _OPCODES:
            raise BreachError(CloseCode.PROTOCOL_ERROR, "invalid opcode")
        if not second & _MASKED:
            raise BreachError(CloseCode.PROTOCOL_ERROR, "incorrect masking")
        size, start = second & 0x7F, 6
        if size >= 126:
            start = 8 if size == 126 else 14
            if available < start:
                return None
            size = int.from_bytes(buffer[2 : start - 4], "big")
        is_usual = first == _WHOLE_TEXT and self._opcode == CONTINUATION and size <= self._max_bytes
        if not is_usual:
            self._check(first, opcode, size)
        end = start + size
        if available < end:
            return None
        payload = apply_mask(buffer[start:end], buffer[start - 4 : start])
        del buffer[:end]
        if is_usual:
            return _text(payload)
        if opcode >= CLOSE:
            return Control(opcode, payload)
        return self._data(first, opcode, payload)

    def _check(self, first: int, opcode: int, size: int) -> None:
        """Refuse a frame by its header."""
        if opcode >= CLOSE:
            if first & _RSV:
                raise BreachError(CloseCode.PROTOCOL_ERROR, "reserved bits must be 0")
            if size > MAX_CONTROL_BYTES:
                raise BreachError(CloseCode.PROTOCOL_ERROR, "control frame too long")
            if not first & _FIN:
                raise BreachError(CloseCode.PROTOCOL_ERROR, "fragmented control frame")
            if opcode == CLOSE and self._opcode != CONTINUATION:
                raise BreachError(CloseCode.PROTOCOL_ERROR, "incomplete fragmented message")
            return
        if first & _RSV and (first & _RSV != _COMPRESSED or not self._inflates or opcode == CONTINUATION):
            raise BreachError(CloseCode.PROTOCOL_ERROR, "reserved bits must be 0")
        if (opcode == CONTINUATION) == (self._opcode == CONTINUATION):
            expected = "unexpected" if opcode == CONTINUATION else "expected a"
            raise BreachError(CloseCode.PROTOCOL_ERROR, f"{expected} continuation frame")
        if size > self._max_bytes - self._size:
            raise BreachError(CloseCode.TOO_BIG, f"more than {self._max_bytes} bytes")

    def _data(self, first: int, opcode: int, payload: bytes) -> Frame:
        """Add a frame to the message that is being read."""
        fin = bool(first & _FIN)
        if opcode != CONTINUATION:
            if fin and not first & _COMPRESSED:
                return payload  # binary: text was read at once
            self._opcode = opcode
            if first & _COMPRESSED:
                self._inflater = zlib.decompressobj(wbits=_DEFLATE_BITS)
        self._fragments += 1
        if self._fragments > _MAX_FRAGMENTS:
            raise BreachError(CloseCode.TOO_BIG, "too many fragments")
        self._fin = fin
        if self._inflater is not None:
            self._packed = payload + _DEFLATE_TAIL if fin else payload
            return self._inflate()
        self._size += len(payload)
        if payload:
            self._parts.append(payload)
        return self._message() if fin else PART

    def _inflate(self) -> Frame:
        """Unpack as much as one call may."""
        assert self._inflater is not None
        assert self._packed is not None
        most = min(self._max_bytes + 1 - self._size, INFLATE_BYTES)
        try:
            unpacked = self._inflater.decompress(self._packed, most)
        except zlib.error as error:
            raise BreachError(CloseCode.PROTOCOL_ERROR, "decompression failed") from error
        self._size += len(unpacked)
        if self._size > self._max_bytes:
            raise BreachError(CloseCode.TOO_BIG, f"more than {self._max_bytes} bytes")
        if unpacked:
            self._parts.append(unpacked)
        if len(unpacked) == most:  # there may be more where everything was taken in, too
            self._packed = self._inflater.unconsumed_tail
            return PART
        self._packed = None
        return self._message() if self._fin else PART

    def _message(self) -> Frame:
        """The message whose last frame was read."""
        opcode, payload = self._opcode, b"".join(self._parts)
        self._opcode, self._parts, self._size, self._fragments = CONTINUATION, [], 0, 0
        self._inflater = None
        return _text(payload) if opcode == TEXT else payload


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise BreachError(CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}") from error


def close_code(payload: bytes) -> int:
    """The code of a close frame; 1005 where it has none. Raises BreachError for one that nobody may send."""
    if not payload:
        return _NO_CODE
    if len(payload) == 1:
        raise BreachError(CloseCode.PROTOCOL_ERROR, "close frame too short")
    code = int.from_bytes(payload[:2], "big")
    _text(payload[2:])
    if code not in _SENT_CODES and not 3000 <= code < 5000:
        raise BreachError(CloseCode.PROTOCOL_ERROR, "invalid status code")
    return code
