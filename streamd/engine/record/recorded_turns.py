"""Recorded turns: the answers of models, so that a resumed run does not request them again."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import orjson

from streamd.core.json import json_codec
from streamd.facts import frozen
from streamd.ports.model import TextDelta, ThinkingDelta, Turn

Shown: TypeAlias = TextDelta | ThinkingDelta
"""A piece of a turn that is emitted."""


def pieces_as_json(pieces: Sequence[Shown]) -> list[list[object]]:
    """Convert pieces to [whether it is a thought, its text] each: there may be one for each token."""
    return [[isinstance(piece, ThinkingDelta), piece.text] for piece in pieces]


def pieces_from_json(read: Any) -> list[Shown]:
    """Convert pieces back that `pieces_as_json` converted."""
    return [ThinkingDelta(text) if is_thought else TextDelta(text) for is_thought, text in read]


@frozen
class RecordedTurn:
    """One turn with its pieces as they were emitted, so that a replay emits the same pieces."""

    pieces: tuple[Shown, ...]
    turn: Turn

    def encode(self) -> bytes:
        """Encode the turn as a JSON object."""
        return orjson.dumps({"pieces": pieces_as_json(self.pieces), **json_codec.as_json(self.turn)})

    @classmethod
    def decode(cls, body: bytes) -> "RecordedTurn":
        """Decode a turn that this version or an earlier one encoded."""
        read = orjson.loads(body)
        blocks = [_block(block) for block in read["blocks"]]
        turn = json_codec.from_json(Turn, {**read, "blocks": blocks})
        return cls(tuple(pieces_from_json(read["pieces"])), turn)


def _block(read: Mapping[str, Any]) -> Mapping[str, Any]:
    """Convert a block to the current format; streamd 0.1 had its attributes without their names."""
    match read:
        case {"use": [tool_use_id, name, given]}:
            return {"tool_use_id": tool_use_id, "name": name, "input": given}
        case {"result": [tool_use_id, content, is_error]}:
            return {"tool_use_id": tool_use_id, "content": content, "is_error": is_error}
        case {"sealed": body}:
            return {"body": body}
        case _:
            return read
