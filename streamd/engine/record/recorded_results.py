"""Recorded results: the results of an agent's own tools, so that no call is carried out twice."""

from collections.abc import Mapping

import attrs

from streamd.core.json import json_codec
from streamd.facts import frozen


@frozen
class RecordedResult:
    """The result of one tool call."""

    content: str
    """The tool result for the model: JSON, or words."""
    is_error: bool = False
    updates: Mapping[str, object] = attrs.field(factory=dict)
    """Updates of the graph's state by the call."""
    item_calls: tuple[str, ...] = ()
    """Keys of the recorded calls that changed items."""

    def encode(self) -> bytes:
        """Encode the result as a JSON object."""
        return json_codec.encode(self)

    @classmethod
    def decode(cls, body: bytes) -> "RecordedResult":
        """Decode a result that this version or an earlier one encoded."""
        return json_codec.decode(cls, body)
