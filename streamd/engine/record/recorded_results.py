"""Recorded results: what came of the calls of an agent's own tools, so that none is done twice."""

from collections.abc import Mapping

import attrs
import orjson


@attrs.frozen
class RecordedResult:
    """What came of one call."""

    content: str
    """What the model is told: JSON, or words."""
    is_error: bool = False
    updates: Mapping[str, object] = attrs.field(factory=dict)
    """What the call changed in the state of the graph."""
    item_calls: tuple[str, ...] = ()
    """Keys of the recorded calls by which it changed items."""

    def to_json(self) -> bytes:
        """As JSON; what is at its default is left out."""
        return orjson.dumps(
            attrs.asdict(self, filter=lambda field, value: field.name == "content" or bool(value))
        )

    @classmethod
    def from_json(cls, body: bytes) -> "RecordedResult":
        """From what `to_json` made."""
        read = orjson.loads(body)
        return cls(
            read["content"],
            read.get("is_error", False),
            read.get("updates", {}),
            tuple(read.get("item_calls", ())),
        )
