"""Encoders for readers of Server-Sent Events: blocks in HTTP chunks, encoded once and written to many."""

from typing import Final

import attrs

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.position import StreamKind
from streamd.edge.http._feed_encoders import feed_encoders
from streamd.ports.encoder import DeliveredEntry, Encoders
from streamd.wire.entries import with_position
from streamd.wire.sse import block, chunk, event_id

EVENTS: Final = "sse"
"""Name of the encoder of the native protocol: item events, responses of runs and feeds, as on a socket."""
EVENTS_REPLAYED: Final = "sse-replay"
JSON_LINES: Final = "json-lines"


@attrs.frozen
class EventsEncoder:
    """Encodes each entry of the native protocol as one event without a name, with its position as the id."""

    epoch: str
    """Epoch of the journal that positions count in."""
    replayed: bool = False
    """Whether responses are marked as replayed."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode an entry; no bytes for a bracket, which the native protocol does not have."""
        if kind == "run" and entry.event_type in BRACKET_TYPES:
            return b""
        data = with_position(entry.body, entry.seq, kind, replayed=self.replayed)
        return chunk(block(data, event_id(entry.seq, self.epoch) if kind == "workspace" else b""))

    def message(self, payload: bytes) -> bytes:
        """Encode a message to one client."""
        return chunk(block(payload))


@attrs.frozen
class JsonLinesEncoder:
    """Encodes each entry as a line of JSON: for who waits for a whole run."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode an entry; no bytes for a bracket."""
        if kind == "run" and entry.event_type in BRACKET_TYPES:
            return b""
        return with_position(entry.body, entry.seq, kind) + b"\n"

    def message(self, payload: bytes) -> bytes:
        """Encode a message to one client."""
        return payload + b"\n"


def http_encoders(epoch: str) -> Encoders:
    """The encoders of HTTP clients, by name; positions are of a journal with this epoch."""
    return {
        EVENTS: EventsEncoder(epoch),
        EVENTS_REPLAYED: EventsEncoder(epoch, replayed=True),
        JSON_LINES: JsonLinesEncoder(),
        **feed_encoders(epoch),
    }
