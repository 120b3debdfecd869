"""Encoders for WebSocket clients: the native protocol, in frames that are made once and written to many."""

from typing import Final

import attrs

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.position import StreamKind
from streamd.ports.encoder import DeliveredEntry, Encoders
from streamd.wire.entries import with_position
from streamd.wire.frames import compressed_frame, text_frame

TEXT: Final = "text"
DEFLATE: Final = "deflate"
"""For connections that take compressed frames."""
REPLAY: Final = "replay"
"""For the responses of a run that were told before somebody attached."""


@attrs.frozen
class TextEncoder:
    """Each entry and each message as one text frame."""

    replayed: bool = False
    """Whether responses are marked as told again."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """A frame with the entry at its position; nothing for a bracket, which this protocol does not know."""
        if _is_bracket(entry, kind):
            return b""
        return text_frame(with_position(entry.body, entry.seq, kind, replayed=self.replayed))

    def message(self, payload: bytes) -> bytes:
        """A frame with the message."""
        return text_frame(payload)


@attrs.frozen
class DeflateEncoder:
    """Entries that are long enough as compressed frames; messages to one client are not worth it."""

    min_bytes: int
    """Shorter entries are not compressed."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """A frame with the entry at its position; nothing for a bracket."""
        if _is_bracket(entry, kind):
            return b""
        payload = with_position(entry.body, entry.seq, kind)
        return compressed_frame(payload) if len(payload) >= self.min_bytes else text_frame(payload)

    def message(self, payload: bytes) -> bytes:
        """A frame with the message."""
        return text_frame(payload)


def _is_bracket(entry: DeliveredEntry, kind: StreamKind) -> bool:
    return kind == "run" and entry.event_type in BRACKET_TYPES


def websocket_encoders(compress_min_bytes: int) -> Encoders:
    """The encoders that WebSocket connections ask for."""
    return {
        TEXT: TextEncoder(),
        DEFLATE: DeflateEncoder(compress_min_bytes),
        REPLAY: TextEncoder(replayed=True),
    }
