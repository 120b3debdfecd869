"""Encoders of the streams of a project: each broadcast of a feed as one event, with its position as the id."""

from collections.abc import Callable, Mapping
from typing import Final

import orjson

from streamd.core.position import StreamKind
from streamd.facts import frozen
from streamd.ports.encoder import DeliveredEntry
from streamd.wire.dialects.project_feeds import (
    FeedKeys,
    agent_event_name,
    agent_update,
    preview_update,
    quality_update,
)
from streamd.wire.sse import block, chunk, event_id

AGENT_EVENTS: Final = "sse-agent-events"
"""Name of the encoder of agents' progress under a name for each status, as `EventSource` listens to them."""
AGENTS: Final = "sse-agents"
"""Of the same without names."""
PREVIEW: Final = "sse-preview"
QUALITY: Final = "sse-quality"


@frozen
class FeedEncoder:
    """Encodes the broadcasts of a feed that its clients know."""

    epoch: str
    """Epoch of the journal that positions count in."""
    translate: Callable[[FeedKeys], FeedKeys | None]
    name_of: Callable[[FeedKeys], str] | None = None
    """Names the event of what `translate` has given; None where events have no names."""

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode an entry; no bytes for one that these clients do not know."""
        told = self.translate(entry.content) if kind == "feed" and entry.body else None
        if told is None:
            return b""
        name = b"" if self.name_of is None else self.name_of(told).encode()
        return chunk(block(orjson.dumps(told), event_id(entry.seq, self.epoch), name))

    def message(self, payload: bytes) -> bytes:
        """Leave a message out: these clients ask for nothing that would be answered."""
        del payload
        return b""


def feed_encoders(epoch: str) -> Mapping[str, FeedEncoder]:
    """Make these encoders, by name; positions are of a journal with this epoch."""
    return {
        AGENT_EVENTS: FeedEncoder(epoch, agent_update, agent_event_name),
        AGENTS: FeedEncoder(epoch, agent_update),
        PREVIEW: FeedEncoder(epoch, preview_update),
        QUALITY: FeedEncoder(epoch, quality_update),
    }
