"""Encoders for WebSocket clients: the native protocol in frames that are encoded once and written to many."""

from typing import Final

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.position import StreamKind
from streamd.facts import frozen
from streamd.ports.encoder import DeliveredEntry, Encoders
from streamd.wire.entries import with_position
from streamd.wire.frames import compressed_frame, text_frame

TEXT: Final = "text"
DEFLATE: Final = "deflate"
"""Name of the encoder for connections that negotiated compression."""
REPLAY: Final = "replay"
"""Name of the encoder for responses of a run that were emitted before the client attached."""


@frozen
class TextEncoder:
    """Encodes each entry and each message as one text frame."""

    replayed: bool = False
    """Whether responses are marked as replayed."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode an entry with its position; no bytes for a bracket, which the native protocol does not have."""
        if kind == "run" and entry.event_type in BRACKET_TYPES:
            return b""
        return text_frame(with_position(entry.body, entry.seq, kind, replayed=self.replayed))

    def message(self, payload: bytes) -> bytes:
        """Encode a message to one client."""
        return text_frame(payload)


@frozen
class DeflateEncoder:
    """Encodes long entries as compressed frames; a message to a single client is not worth compressing."""

    min_bytes: int
    """Shorter entries are not compressed."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode an entry with its position; no bytes for a bracket."""
        if kind == "run" and entry.event_type in BRACKET_TYPES:
            return b""
        payload = with_position(entry.body, entry.seq, kind)
        return compressed_frame(payload) if len(payload) >= self.min_bytes else text_frame(payload)

    def message(self, payload: bytes) -> bytes:
        """Encode a message to one client."""
        return text_frame(payload)


def websocket_encoders(compress_min_bytes: int) -> Encoders:
    """The encoders of WebSocket connections, by name."""
    return {
        TEXT: TextEncoder(),
        DEFLATE: DeflateEncoder(compress_min_bytes),
        REPLAY: TextEncoder(replayed=True),
    }
