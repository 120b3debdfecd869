"""Accumulates the events of one stream: into deltas as they arrive, and into the whole turn.

The library's own accumulation is not used: it costs more than twice as much per token, and it accepts a truncated tool
input as a complete one.
"""

from collections.abc import Mapping
from typing import Final

import attrs
from anthropic.types import (
    ContentBlock,
    MessageDeltaUsage,
    RawContentBlockDelta,
    RawMessageStreamEvent,
    RefusalStopDetails,
)
from anthropic.types import Usage as ApiUsage

from streamd.core.prompt import Block, OpaqueBlock, Prompt, Text, ToolUse
from streamd.core.usage import NOTHING_USED, Price, Usage
from streamd.facts import define
from streamd.models.anthropic.settings import AgentModel
from streamd.models.failure_kinds import bad_tool_input, no_object
from streamd.models.streamed_pieces import (
    CHARS_BETWEEN_ESTIMATES,
    CHARS_PER_TOKEN,
    CallSize,
    CharacterHalves,
    json_object,
)
from streamd.ports.model import (
    ModelStreamEvent,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolUseStarted,
    Turn,
    UsageUpdate,
)
from streamd.text.json_text import object_in

_STOPS: Final[Mapping[str | None, StopReason]] = {
    "end_turn": "end_turn",
    "stop_sequence": "end_turn",
    "tool_use": "tool_use",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
}
_CUTS: Final = frozenset({"max_tokens", "refusal"})


@define
class _OpenBlock:
    """A content block that still receives deltas."""

    start: ContentBlock
    deltas: list[str] = attrs.field(factory=list)
    """Text, thinking or JSON: all deltas of a block are of one kind."""
    signature: str | None = None
    halves: CharacterHalves = attrs.field(factory=CharacterHalves)
    size: CallSize = attrs.field(factory=CallSize)


@define
class MessageAccumulator:
    """Accumulates the events of one stream, in order."""

    prompt: Prompt
    options: AgentModel
    prices: Mapping[str, Price]
    is_complete: bool = False
    """Whether `message_stop` was received: a stream that ends before it was cut off."""
    _model: str = ""
    _blocks: dict[int, _OpenBlock] = attrs.field(factory=dict)
    _stop: StopReason = "other"
    _stop_details: str = ""
    _usage: Usage = NOTHING_USED
    _received_chars: int = 0
    _cut_call: str = ""
    _estimated_chars: int = 0
    """Characters that were received before the last estimate."""

    def add(self, event: RawMessageStreamEvent) -> tuple[ModelStreamEvent, ...]:
        """Add an event; returns what to yield for it. Unknown types of events are ignored, as the API requires."""
        if event.type == "content_block_delta":
            return self._add_delta(self._blocks[event.index], event.delta)
        if event.type == "content_block_start":
            self._blocks[event.index] = _OpenBlock(event.content_block)
            return _initial(event.content_block)
        if event.type == "message_start":
            self._model = event.message.model
            return (self._update_usage(event.message.usage),)
        if event.type == "message_delta":
            self._stop = _STOPS.get(event.delta.stop_reason, "other")
            self._stop_details = _reason(event.delta.stop_details)
            return (self._update_usage(event.usage),)
        if event.type == "message_stop":
            self.is_complete = True
        return ()

    def turn(self) -> Turn:
        """Build the turn from all events.

        Raises:
            ModelError: a tool's input is no JSON object, or the prompt has a schema and the answer is no JSON object.

        """
        blocks = tuple(block for block in map(self._block, self._blocks.values()) if block is not None)
        if self.prompt.schema is not None and self._stop == "end_turn":
            text = "".join(block.text for block in blocks if isinstance(block, Text))
            if object_in(text) is None:
                raise no_object()
        model = self._model or self.options.model
        return Turn(blocks, self._stop, model, self._usage, self._stop_details, self._cut_call)

    def _add_delta(self, block: _OpenBlock, delta: RawContentBlockDelta) -> tuple[ModelStreamEvent, ...]:
        if delta.type == "text_delta":
            text = block.halves.complete(delta.text)
            block.deltas.append(text)
            return (TextDelta(text), *self._estimate(text)) if text else ()
        if delta.type == "thinking_delta":
            text = block.halves.complete(delta.thinking)
            block.deltas.append(text)
            return (ThinkingDelta(text), *self._estimate(text)) if text else ()
        if delta.type == "input_json_delta":
            block.deltas.append(delta.partial_json)
            called = block.start.name if block.start.type == "tool_use" else ""
            return (*block.size.add(called, delta.partial_json), *self._estimate(delta.partial_json))
        if delta.type == "signature_delta":
            block.signature = delta.signature
        return ()

    def _block(self, block: _OpenBlock) -> Block | None:
        """Build a finished block; None for an empty one, or a tool call that the end of the turn truncated."""
        start, content = block.start, "".join(block.deltas)
        if start.type == "text":
            return Text(start.text + content) if start.text or content else None
        if start.type == "tool_use":
            # A call that was cut may have no input yet, which is not the same as an empty one.
            is_begun = bool(content) or self._stop not in _CUTS
            tool_input = json_object(content) if content else start.input if is_begun else None
            if tool_input is not None:
                return ToolUse(start.id, start.name, tool_input)
            if self._stop in _CUTS:
                self._cut_call = start.name
                return None  # the input is truncated: the call must not be executed
            raise bad_tool_input(start.name)
        body = start.to_dict()
        if start.type == "thinking":
            body["thinking"] = start.thinking + content
            if block.signature is not None:
                body["signature"] = block.signature
        return OpaqueBlock(body)

    def _update_usage(self, counts: ApiUsage | MessageDeltaUsage) -> UsageUpdate:
        """Update the usage: counts of the API are totals, and a missing one is unchanged."""
        before = self._usage
        self._usage = Usage(
            input_tokens=_newer(counts.input_tokens, before.input_tokens),
            output_tokens=_newer(counts.output_tokens, before.output_tokens),
            cache_write_tokens=_newer(counts.cache_creation_input_tokens, before.cache_write_tokens),
            cache_read_tokens=_newer(counts.cache_read_input_tokens, before.cache_read_tokens),
        ).priced(self._price())
        return UsageUpdate(self._usage)

    def _estimate(self, text: str) -> tuple[UsageUpdate, ...]:
        """Estimate the usage so far, from time to time: the API counts the output only at the end of the turn."""
        self._received_chars += len(text)
        if self._received_chars - self._estimated_chars < CHARS_BETWEEN_ESTIMATES:
            return ()
        self._estimated_chars = self._received_chars
        tokens = max(self._usage.output_tokens, self._received_chars // CHARS_PER_TOKEN)
        return (
            UsageUpdate(
                attrs.evolve(self._usage, output_tokens=tokens, estimated=True).priced(self._price())
            ),
        )

    def _price(self) -> Price:
        # The response may name the model with its date, unlike the request.
        return self.prices.get(self._model) or self.prices.get(self.options.model) or Price()


def _initial(block: ContentBlock) -> tuple[ModelStreamEvent, ...]:
    if block.type == "tool_use":
        return (ToolUseStarted(block.name),)
    if block.type == "text" and block.text:
        return (TextDelta(block.text),)
    if block.type == "thinking" and block.thinking:
        return (ThinkingDelta(block.thinking),)
    return ()


def _reason(details: RefusalStopDetails | None) -> str:
    return "" if details is None else details.explanation or details.category or ""


def _newer(now: int | None, before: int) -> int:
    return before if now is None else now
