"""Recorded results: the results of an agent's own tools, so that no call is carried out twice."""

from collections.abc import Mapping

import attrs
import orjson


@attrs.frozen
class RecordedResult:
    """The result of one tool call."""

    content: str
    """The tool result for the model: JSON, or words."""
    is_error: bool = False
    updates: Mapping[str, object] = attrs.field(factory=dict)
    """Updates of the graph's state by the call."""
    item_calls: tuple[str, ...] = ()
    """Keys of the recorded calls that changed items."""

    def to_json(self) -> bytes:
        """Encode the result as JSON without defaults."""
        return orjson.dumps(
            attrs.asdict(self, filter=lambda field, value: field.name == "content" or bool(value))
        )

    @classmethod
    def from_json(cls, body: bytes) -> "RecordedResult":
        """Decode a result that `to_json` encoded."""
        read = orjson.loads(body)
        return cls(
            read["content"],
            read.get("is_error", False),
            read.get("updates", {}),
            tuple(read.get("item_calls", ())),
        )
