"""Makes WebSocket frames that are prepared once and written to many connections.

A server's frames are unmasked, so the same bytes fit everyone. An uncompressed frame may be written to any connection
between two messages of the library. A compressed one starts from an empty window and leaves the sender's window as it
was: it is only right where `accepts_compressed` says so, elsewhere later messages would come out as other text.
"""

import zlib
from collections.abc import Iterable
from struct import Struct
from typing import Final

WINDOW_BITS: Final = 12
"""Compressed frames look back at most 2^12 bytes, so they fit every negotiated window that is not smaller."""
MEMORY_LEVEL: Final = 5
MAX_CONTROL_BYTES: Final = 125
MAX_REASON_BYTES: Final = 123

_FIN_TEXT: Final = 0x81
_FIN_RSV1_TEXT: Final = 0xC1
_SHORT_HEADERS: Final = tuple(bytes((_FIN_TEXT, length)) for length in range(126))
_LONG_HEADER: Final = Struct(">BBH")
_FIN_CLOSE: Final = 0x88
_FIN_PING: Final = 0x89
_FIN_PONG: Final = 0x8A
_SYNC_FLUSH_TAIL: Final = b"\x00\x00\xff\xff"


def text_frame(payload: bytes) -> bytes:
    """Make one frame of a whole text message. The payload is UTF-8."""
    length = len(payload)
    return (_SHORT_HEADERS[length] if length < 126 else _header(_FIN_TEXT, length)) + payload


def compressed_frame(payload: bytes) -> bytes:
    """Make one frame of a whole text message, deflated without context (RFC 7692, RSV1 set, tail stripped)."""
    deflate = zlib.compressobj(wbits=-WINDOW_BITS, memLevel=MEMORY_LEVEL)
    packed = deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
    body = packed.removesuffix(_SYNC_FLUSH_TAIL)
    return _header(_FIN_RSV1_TEXT, len(body)) + body


def accepts_compressed(extensions: Iterable[object]) -> bool:
    """Return whether compressed frames may be written to a connection, given the extensions its server side negotiated.

    They are known by the attributes of `websockets`' permessage-deflate, without importing it: frames are prepared by
    code that knows no sockets.
    """
    return any(
        getattr(extension, "local_no_context_takeover", False)
        and getattr(extension, "local_max_window_bits", 0) >= WINDOW_BITS
        for extension in extensions
    )


def ping_frame(payload: bytes = b"") -> bytes:
    """Make a ping; its payload comes back in the pong and has at most 125 bytes."""
    if len(payload) > MAX_CONTROL_BYTES:
        raise ValueError(f"a ping carries at most {MAX_CONTROL_BYTES} bytes, not {len(payload)}")
    return _header(_FIN_PING, len(payload)) + payload


def pong_frame(payload: bytes) -> bytes:
    """Make the answer to a ping, of at most 125 bytes."""
    return bytes((_FIN_PONG, len(payload))) + payload


def close_echo(payload: bytes) -> bytes:
    """Make the answer to a close, which carries the same."""
    return bytes((_FIN_CLOSE, len(payload))) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    """Make a close; a reason over 123 bytes is cut, never in the middle of a character."""
    text = reason.encode("utf-8", "replace")[:MAX_REASON_BYTES].decode("utf-8", "ignore").encode()
    return _header(_FIN_CLOSE, 2 + len(text)) + code.to_bytes(2, "big") + text


def _header(first: int, length: int) -> bytes:
    if length < 126:
        return bytes((first, length))
    if length < 65_536:
        return _LONG_HEADER.pack(first, 126, length)
    return bytes((first, 127)) + length.to_bytes(8, "big")
