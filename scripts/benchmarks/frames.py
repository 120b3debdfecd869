"""WebSocket frames and the opening handshake, written out by hand so that the clients cost next to nothing."""

import struct
from collections.abc import Iterator

import attrs

TEXT = 0x1
CLOSE = 0x8
PING = 0x9
PONG = 0xA

_MASK = bytes.fromhex("37fa213d")
_MASK_BIT = 0x80


@attrs.frozen
class Frame:
    """One frame as it came in: its opcode, its payload, and where in the buffer the next one starts."""

    opcode: int
    payload: bytes
    end: int


def _header(opcode: int, size: int, mask_bit: int) -> bytes:
    if size < 126:
        return struct.pack("!BB", 0x80 | opcode, mask_bit | size)
    if size < 65536:
        return struct.pack("!BBH", 0x80 | opcode, mask_bit | 126, size)
    return struct.pack("!BBQ", 0x80 | opcode, mask_bit | 127, size)


def server_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One unmasked frame with its final bit set."""
    return _header(opcode, len(payload), 0) + payload


def client_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One masked frame; the mask is always the same, which costs the server as much as a random one."""
    size = len(payload)
    key = (_MASK * (size // 4 + 1))[:size]
    masked = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return _header(opcode, size, _MASK_BIT) + _MASK + masked.to_bytes(size, "big")


def unmask(payload: bytes, key: bytes) -> bytes:
    size = len(payload)
    full = (key * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(full, "big")).to_bytes(size, "big")


def whole_frames(buffer: bytes) -> Iterator[Frame]:
    """Every whole frame in `buffer`, masked or not; what is cut off at its end is left for next time."""
    at = 0
    while len(buffer) - at >= 2:
        size, start = buffer[at + 1] & 0x7F, at + 2
        if size == 126:
            start += 2
        elif size == 127:
            start += 8
        if len(buffer) < start:
            return
        if start > at + 2:
            size = int.from_bytes(buffer[at + 2 : start], "big")
        masked = bool(buffer[at + 1] & _MASK_BIT)
        end = start + 4 * masked + size
        if len(buffer) < end:
            return
        payload = buffer[end - size : end]
        yield Frame(buffer[at] & 0x0F, unmask(payload, buffer[start : start + 4]) if masked else payload, end)
        at = end


def handshake(port: int, path: str) -> bytes:
    """The request that opens a WebSocket; it offers no compression."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
        "",
        "",
    )
    return "\r\n".join(lines).encode()


def get(port: int, path: str) -> bytes:
    """A request for a stream of events."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
