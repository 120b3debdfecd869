"""Recorded turns: what a model answered, so that it is not asked again."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import attrs
import orjson

from streamd.core import json_codec
from streamd.ports.model import TextDelta, ThinkingDelta, Turn

Shown: TypeAlias = TextDelta | ThinkingDelta
"""What of a turn is emitted."""


def pieces_as_json(pieces: Sequence[Shown]) -> list[list[object]]:
    """[whether it is a thought, its text] of each: there may be one for each token."""
    return [[isinstance(piece, ThinkingDelta), piece.text] for piece in pieces]


def pieces_from_json(read: Any) -> list[Shown]:
    """The pieces that `pieces_as_json` made JSON of."""
    return [ThinkingDelta(text) if is_thought else TextDelta(text) for is_thought, text in read]


@attrs.frozen
class RecordedTurn:
    """One turn with its pieces as they were emitted, so that they are emitted in the same pieces again."""

    pieces: tuple[Shown, ...]
    turn: Turn

    def encode(self) -> bytes:
        """The turn as a JSON object."""
        return orjson.dumps({"pieces": pieces_as_json(self.pieces), **json_codec.as_json(self.turn)})

    @classmethod
    def decode(cls, body: bytes) -> "RecordedTurn":
        """The turn that `encode` encoded, in this version or an earlier one."""
        read = orjson.loads(body)
        blocks = [_block(block) for block in read["blocks"]]
        turn = json_codec.from_json(Turn, {**read, "blocks": blocks})
        return cls(tuple(pieces_from_json(read["pieces"])), turn)


def _block(read: Mapping[str, Any]) -> Mapping[str, Any]:
    """A block as it is written now; streamd 0.1 had its attributes without their names."""
    match read:
        case {"use": [tool_use_id, name, given]}:
            return {"tool_use_id": tool_use_id, "name": name, "input": given}
        case {"result": [tool_use_id, content, is_error]}:
            return {"tool_use_id": tool_use_id, "content": content, "is_error": is_error}
        case {"sealed": body}:
            return {"body": body}
        case _:
            return read
