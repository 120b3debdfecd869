"""Encoders for readers of Server-Sent Events: blocks in HTTP chunks, encoded once and written to many."""

from typing import Final

import attrs

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.lists.view import View, marked_epoch
from streamd.core.position import StreamKind
from streamd.edge.http._document_encoders import DOCUMENT_ENCODERS
from streamd.edge.http._feed_encoders import feed_encoders
from streamd.facts import frozen
from streamd.ports.encoder import DeliveredEntry, Encoders
from streamd.wire.entries import with_position
from streamd.wire.sse import block, chunk, event_id

EVENTS: Final = "sse"
"""Name of the encoder of the feed of a workspace: item events, with their positions as ids, and what else it has."""
EVENTS_REPLAYED: Final = "sse-replay"
RESPONSES: Final = "sse-run"
"""Name of the encoder of one run: its responses, with their positions as ids."""
RESPONSES_REPLAYED: Final = "sse-run-replay"
JSON_LINES: Final = "json-lines"


@frozen
class EventsEncoder:
    """Encodes each entry of the native protocol as one event without a name."""

    epoch: str
    """Epoch that positions count in."""
    positions: StreamKind
    """Of which streams entries have their positions as ids: a client resumes from the last id that it got."""
    replayed: bool = False
    """Whether responses are marked as replayed."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode an entry; no bytes for a bracket, which the native protocol does not have."""
        if kind == "run" and entry.event_type in BRACKET_TYPES:
            return b""
        data = with_position(entry.body, entry.seq, kind, replayed=self.replayed)
        return chunk(block(data, event_id(entry.seq, self.epoch) if kind == self.positions else b""))

    def message(self, payload: bytes) -> bytes:
        """Encode a message to one client."""
        return chunk(block(payload))

    def of_view(self, view: View) -> "EventsEncoder":
        """The same for subscribers with this view, so that their ids tell it."""
        return attrs.evolve(self, epoch=marked_epoch(self.epoch, view))


@frozen
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
        EVENTS: EventsEncoder(epoch, "workspace"),
        EVENTS_REPLAYED: EventsEncoder(epoch, "workspace", replayed=True),
        RESPONSES: EventsEncoder(epoch, "run"),
        RESPONSES_REPLAYED: EventsEncoder(epoch, "run", replayed=True),
        JSON_LINES: JsonLinesEncoder(),
        **DOCUMENT_ENCODERS,
        **feed_encoders(epoch),
    }
