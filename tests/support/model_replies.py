"""What the Messages API may answer to one request, as a script: blocks in pieces, and what goes wrong where.

A *chunk* is one delta of a block. Positions count chunks: 0 is behind `message_start` and before the first chunk.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from time import perf_counter_ns
from typing import Any, Final, Literal

import attrs

BEFORE_THE_HEAD: Final = -1
"""A position: nothing has been answered yet, not even a status."""


@attrs.frozen
class Words:
    """A block of text, in these chunks."""

    chunks: tuple[str, ...]


@attrs.frozen
class Thinking:
    """A block of thoughts, in these chunks."""

    chunks: tuple[str, ...]
    signature: str = "c2lnbmVk"


@attrs.frozen
class Call:
    """A block that asks for a tool. `chunks` are its JSON in pieces, if it is not `input` in pieces of 12."""

    name: str
    input: Mapping[str, Any] = attrs.field(factory=dict)
    tool_use_id: str = "toolu_1"
    chunks: tuple[str, ...] | None = None


@attrs.frozen
class Raw:
    """Any other block, whole."""

    body: Mapping[str, Any]


Part = Words | Thinking | Call | Raw


@attrs.frozen
class Tokens:
    """What the service counts."""

    input: int = 12
    output: int = 34
    cache_write: int = 0
    cache_read: int = 0


@attrs.frozen
class Fault:
    """What ends the stream before its time, behind so many chunks."""

    after: int
    how: Literal["cut", "reset", "end", "error", "garbage"]
    """Connection closed within the body; reset; body ended in good order; an error event; something that is no JSON."""
    error_type: str = "overloaded_error"


@attrs.define(eq=False)
class Milestones:
    """Numbers that are reached, and who waits for them."""

    _events: defaultdict[int, asyncio.Event] = attrs.field(factory=lambda: defaultdict(asyncio.Event))

    def arrive(self, number: int) -> None:
        """Say that it is reached."""
        self._events[number].set()

    async def reached(self, number: int) -> None:
        """Wait until it is."""
        await self._events[number].wait()


@attrs.define(eq=False)
class Reply:
    """The answer to one request: a stream, or with another status than 200 a refusal."""

    parts: tuple[Part, ...] = ()
    stop: str | None = "end_turn"
    tokens: Tokens = Tokens()
    stop_details: Mapping[str, Any] | None = None
    fault: Fault | None = None
    holds: frozenset[int] = frozenset()
    """Positions at which it waits for a `release`."""
    ping_seconds: float | None = None
    """While it waits: time between two pings. None: silence."""
    status: int = 200
    headers: Mapping[str, str] = attrs.field(factory=dict)
    error: Mapping[str, Any] = attrs.field(factory=dict)
    written_ns: list[int] = attrs.field(factory=list)
    """When each chunk was handed to the socket, by `time.perf_counter_ns`."""
    _positions: Milestones = attrs.field(factory=Milestones)
    _pings: Milestones = attrs.field(factory=Milestones)
    _released: asyncio.Semaphore = attrs.field(factory=lambda: asyncio.Semaphore(0))

    async def reached(self, position: int) -> None:
        """Wait until so many chunks are written. Give it a bound."""
        await self._positions.reached(position)

    async def pinged(self, count: int) -> None:
        """Wait until it has pinged so often while it waited. Give it a bound."""
        await self._pings.reached(count)

    def release(self) -> None:
        """Let it go on from where it waits, or will wait next."""
        self._released.release()

    async def released(self) -> None:
        """Wait for one `release`."""
        await self._released.acquire()

    def arrive(self, position: int) -> None:
        """Say that so many chunks are written."""
        self._positions.arrive(position)

    def ping(self, count: int) -> None:
        """Say that it has pinged so often."""
        self._pings.arrive(count)

    def stamp(self) -> None:
        """Say that a chunk is about to leave."""
        self.written_ns.append(perf_counter_ns())

    def events(self, model: str) -> Iterator[tuple[dict[str, Any], bool]]:
        """All events of the stream, and for each whether it is a chunk."""
        usage = {
            "input_tokens": self.tokens.input,
            "cache_creation_input_tokens": self.tokens.cache_write,
            "cache_read_input_tokens": self.tokens.cache_read,
            "output_tokens": 1,
        }
        message: dict[str, Any] = {
            "id": "msg_1", "type": "message", "role": "assistant", "model": model, "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": usage,
        }  # fmt: skip
        yield {"type": "message_start", "message": message}, False
        yield {"type": "ping"}, False
        for index, part in enumerate(self.parts):
            block, deltas = _block(part)
            yield {"type": "content_block_start", "index": index, "content_block": block}, False
            for delta in deltas:
                is_chunk = delta["type"] != "signature_delta"
                yield {"type": "content_block_delta", "index": index, "delta": delta}, is_chunk
            yield {"type": "content_block_stop", "index": index}, False
        delta = {"stop_reason": self.stop, "stop_sequence": None, "stop_details": self.stop_details}
        yield {"type": "message_delta", "delta": delta, "usage": {"output_tokens": self.tokens.output}}, False
        yield {"type": "message_stop"}, False


def said(*chunks: str, thought: tuple[str, ...] = (), **more: Any) -> Reply:
    """Text in these chunks, after thoughts if there are some."""
    return Reply((*((Thinking(thought),) if thought else ()), Words(chunks)), **more)


def called(*calls: Call, text: tuple[str, ...] = (), **more: Any) -> Reply:
    """Tools asked for, after text if there is some."""
    return Reply((*((Words(text),) if text else ()), *calls), **{"stop": "tool_use", **more})


def structured(data: object, **more: Any) -> Reply:
    """JSON, in chunks of 12 characters."""
    return said(*_pieces(json.dumps(data)), **more)


def failed(
    status: int,
    error_type: str,
    error_code: str | None = None,
    headers: Mapping[str, str] | None = None,
    said: str = "words of the service",
) -> Reply:
    """Refusal by status, as the API spells it."""
    error: dict[str, Any] = {"type": error_type, "message": said}
    if error_code is not None:
        error["details"] = {"error_code": error_code}
    return Reply(status=status, headers=headers or {}, error=error)


def minimal(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """The least JSON that a schema allows, as far as schemas for models go."""
    root = schema if root is None else root
    if "$ref" in schema:
        return minimal(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], root)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return minimal(schema[choice][0], root)
    kind = schema.get("type", "object")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            properties = schema.get("properties", {})
            return {name: minimal(properties[name], root) for name in schema.get("required", ())}
        case "array":
            return [minimal(schema["items"], root)] * schema.get("minItems", 0)
        case "string":
            return "x" * schema.get("minLength", 0)
        case "integer" | "number":
            return max(0, schema.get("minimum", 0))
        case "boolean":
            return False
        case _:
            return None


def _block(part: Part) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """How a block begins, and its deltas."""
    match part:
        case Words():
            return {"type": "text", "text": ""}, [
                {"type": "text_delta", "text": text} for text in part.chunks
            ]
        case Thinking():
            deltas = [{"type": "thinking_delta", "thinking": text} for text in part.chunks]
            signed = {"type": "signature_delta", "signature": part.signature}
            return {"type": "thinking", "thinking": "", "signature": ""}, [*deltas, signed]
        case Call():
            chunks = _pieces(json.dumps(dict(part.input))) if part.chunks is None else part.chunks
            start = {"type": "tool_use", "id": part.tool_use_id, "name": part.name, "input": {}}
            return start, [{"type": "input_json_delta", "partial_json": text} for text in chunks]
        case Raw():
            return dict(part.body), []


def _pieces(text: str, size: int = 12) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]
