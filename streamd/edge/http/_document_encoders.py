"""Encoders for clients that read a run's events under names of their own: what they do not know is left out."""

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

import orjson

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.position import StreamKind
from streamd.facts import frozen
from streamd.ports.encoder import DeliveredEntry
from streamd.wire.dialects.graph_events import graph_event
from streamd.wire.dialects.multi_agent_events import multi_agent_event
from streamd.wire.sse import block, chunk

MULTI_AGENT: Final = "sse-multi-agent"
GRAPH: Final = "sse-graph"

ToBlock: TypeAlias = Callable[[Mapping[str, object]], bytes]
"""Makes one event of a response; empty where it is left out."""


@frozen
class TranslatedEncoder:
    """Encodes each response of a run as the event that stands for it. Messages to one client are responses, too."""

    to_block: ToBlock

    def entry(self, entry: DeliveredEntry, kind: StreamKind) -> bytes:
        """Encode an entry; no bytes for one that these clients do not know."""
        if kind != "run" or not entry.body or entry.event_type in BRACKET_TYPES:
            return b""
        return self._framed(entry.content)

    def message(self, payload: bytes) -> bytes:
        """Encode a message to one client."""
        return self._framed(orjson.loads(payload))

    def _framed(self, response: Mapping[str, object]) -> bytes:
        made = self.to_block(response)
        return chunk(made) if made else b""


def _multi_agent_block(response: Mapping[str, object]) -> bytes:
    """`event:`, then `data:`."""
    translated = multi_agent_event(response)
    if translated is None:
        return b""
    name, keys = translated
    return block(orjson.dumps(keys), event=name.encode())


def _graph_block(response: Mapping[str, object]) -> bytes:
    """`data:` and nothing else."""
    translated = graph_event(response)
    return b"" if translated is None else block(orjson.dumps(translated))


DOCUMENT_ENCODERS: Final[Mapping[str, TranslatedEncoder]] = {
    MULTI_AGENT: TranslatedEncoder(_multi_agent_block),
    GRAPH: TranslatedEncoder(_graph_block),
}
"""These encoders by name."""
