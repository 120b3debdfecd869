"""Recorded turns: what a model answered, as it is kept, so that it is not asked again."""

from collections.abc import Sequence
from typing import Any, TypeAlias, assert_never

import attrs
import orjson

from streamd.core.prompt import Block, Sealed, Text, ToolResult, ToolUse
from streamd.core.usage import Usage
from streamd.ports.model import Said, Thought, Turn

Shown: TypeAlias = Said | Thought
"""What of a turn is told."""


def dumped_pieces(pieces: Sequence[Shown]) -> list[list[object]]:
    """As JSON: [whether it is a thought, its text] of each."""
    return [[isinstance(piece, Thought), piece.text] for piece in pieces]


def loaded_pieces(read: Any) -> list[Shown]:
    """From what `dumped_pieces` made."""
    return [Thought(text) if is_thought else Said(text) for is_thought, text in read]


def dumped_turn(pieces: Sequence[Shown], turn: Turn) -> bytes:
    """As JSON. The pieces stand as they were told, so that they are told in the same pieces again."""
    return orjson.dumps(
        {
            "pieces": dumped_pieces(pieces),
            "blocks": [_block(block) for block in turn.blocks],
            "stop": turn.stop,
            "stop_details": turn.stop_details,
            "model": turn.model,
            "usage": attrs.asdict(turn.usage),
        }
    )


def loaded_turn(body: bytes) -> tuple[list[Shown], Turn]:
    """From what `dumped_turn` made."""
    read = orjson.loads(body)
    return loaded_pieces(read["pieces"]), Turn(
        tuple(_loaded_block(block) for block in read["blocks"]),
        read["stop"], read["model"], Usage(**read["usage"]), read["stop_details"],
    )  # fmt: skip


def _block(block: Block) -> dict[str, object]:
    match block:
        case Text(text=text):
            return {"text": text}
        case ToolUse():
            return {"use": [block.tool_use_id, block.name, block.input]}
        case ToolResult():
            return {"result": [block.tool_use_id, block.content, block.is_error]}
        case Sealed(body=body):
            return {"sealed": body}
        case _:
            assert_never(block)


def _loaded_block(read: dict[str, Any]) -> Block:
    match read:
        case {"text": text}:
            return Text(text)
        case {"use": use}:
            return ToolUse(*use)
        case {"result": result}:
            return ToolResult(*result)
        case _:
            return Sealed(read["sealed"])
