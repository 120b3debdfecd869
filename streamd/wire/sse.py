"""Server-Sent Events as bytes: blocks of `id:`, `event:` and `data:` lines, and the chunks of HTTP around them.

JSON has no line end but escaped ones, so data is always one line. An id is a position and its epoch: `12@e5f0`.
"""

from typing import Final

from streamd.core.item import Seq
from streamd.core.values import MAX_INTEGER
from streamd.errors import InvalidMessageError

COMMENT: Final = b":\n\n"
"""A block that says nothing, and shows that the stream lives."""
LAST_CHUNK: Final = b"0\r\n\r\n"


def block(data: bytes, id_: bytes = b"", event: bytes = b"") -> bytes:
    """Encode one event; without an id the client keeps the last one, without a name it is a `message`."""
    lines = (b"id: " + id_ + b"\n" if id_ else b"") + (b"event: " + event + b"\n" if event else b"")
    return lines + b"data: " + data + b"\n\n"


def comment(text: str) -> bytes:
    """Encode a line that no client hears."""
    return b": %b\n\n" % text.encode()


def position(id_: bytes) -> bytes:
    """Encode a comment with a position: the client comes back with it, should the connection be lost."""
    return b":\nid: " + id_ + b"\n\n"


def retry(milliseconds: int) -> bytes:
    """Tell the client how long to wait before it connects again."""
    return b"retry: %d\n\n" % milliseconds


def chunk(data: bytes) -> bytes:
    """Frame bytes as one chunk of a response with `Transfer-Encoding: chunked`."""
    return b"%x\r\n%b\r\n" % (len(data), data)


def event_id(seq: int, epoch: str) -> bytes:
    """Encode a position as the id of an event."""
    return b"%d@%b" % (seq, epoch.encode())


def parse_event_id(text: str) -> tuple[Seq, str]:
    """Read the `Last-Event-ID` of a client: a position and its epoch. Raises InvalidMessageError."""
    position, _, epoch = text.partition("@")
    if (
        position.isascii()
        and position.isdigit()
        and len(position) <= 16
        and int(position) <= MAX_INTEGER
        and epoch
    ):
        return Seq(int(position)), epoch
    raise InvalidMessageError(
        "Last-Event-ID must be the id of the last event that you have received, like 12@e5f0",
        path="Last-Event-ID",
    )
