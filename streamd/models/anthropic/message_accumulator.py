"""From the events of one stream to pieces of the answer, and to the whole of it.

The library's own accumulation is not used: it costs more than twice as much for each token, and it takes a tool's
input that breaks off in the middle for a whole one.
"""

from collections.abc import Mapping
from typing import Final

import attrs
import orjson
from anthropic.types import (
    ContentBlock,
    MessageDeltaUsage,
    RawContentBlockDelta,
    RawMessageStreamEvent,
    RefusalStopDetails,
)
from anthropic.types import Usage as Counted

from streamd.core.prompt import Block, OpaqueBlock, Prompt, Text, ToolUse
from streamd.core.usage import NOTHING_USED, Price, Usage
from streamd.errors import ModelError
from streamd.models.anthropic.settings import AgentModel
from streamd.ports.model import (
    ModelStreamEvent,
    StopReason,
    TextDelta,
    ThinkingDelta,
    ToolUseStarted,
    Turn,
    UsageUpdate,
)

_STOPS: Final[Mapping[str | None, StopReason]] = {
    "end_turn": "end_turn",
    "stop_sequence": "end_turn",
    "tool_use": "tool_use",
    "max_tokens": "max_tokens",
    "model_context_window_exceeded": "max_tokens",
    "refusal": "refusal",
}
_CHARS_PER_TOKEN: Final = 4
"""Of English text, about."""
_CHARS_BETWEEN_ESTIMATES: Final = 256


@attrs.define
class _Growing:
    """A block that grows."""

    start: ContentBlock
    grown: list[str] = attrs.field(factory=list)
    """Text, thoughts or JSON: each kind of block has deltas of one kind."""
    signature: str | None = None
    half: str = ""
    """The first half of a character whose second half comes with the next delta."""

    def whole(self, text: str) -> str:
        """More of it that can be written as UTF-8: JSON can spell halves of characters, and halves alone are nothing."""
        if not self.half and text.isprintable():  # no half is printable
            return text
        text = self.half + text
        self.half = text[-1] if text and "\ud800" <= text[-1] <= "\udbff" else ""
        text = text[: len(text) - len(self.half)]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


@attrs.define
class MessageAccumulator:
    """Takes events in order."""

    prompt: Prompt
    options: AgentModel
    prices: Mapping[str, Price]
    is_whole: bool = False
    """Whether the model has come to its end: a stream that ends before has been cut."""
    _model: str = ""
    _blocks: dict[int, _Growing] = attrs.field(factory=dict)
    _stop: StopReason = "other"
    _stop_details: str = ""
    _usage: Usage = NOTHING_USED
    _grown: int = 0
    """Characters that came."""
    _estimated: int = 0
    """Characters that came until the last estimate."""

    def take(self, event: RawMessageStreamEvent) -> tuple[ModelStreamEvent, ...]:
        """Say what came of an event. Kinds of events that nobody knows yet are passed over, as the API asks for."""
        if event.type == "content_block_delta":
            return self._grow(self._blocks[event.index], event.delta)
        if event.type == "content_block_start":
            self._blocks[event.index] = _Growing(event.content_block)
            return _begun(event.content_block)
        if event.type == "message_start":
            self._model = event.message.model
            return (self._used(event.message.usage),)
        if event.type == "message_delta":
            self._stop = _STOPS.get(event.delta.stop_reason, "other")
            self._stop_details = _reason(event.delta.stop_details)
            return (self._used(event.usage),)
        if event.type == "message_stop":
            self.is_whole = True
        return ()

    def turn(self) -> Turn:
        """Give the whole answer.

        Raises:
            ModelError: a tool's input is no JSON object, or the answer is none although it must be.

        """
        blocks = tuple(block for block in map(self._block, self._blocks.values()) if block is not None)
        if self.prompt.schema is not None and self._stop == "end_turn":
            text = "".join(block.text for block in blocks if isinstance(block, Text))
            if _json_object(text) is None:
                raise ModelError(
                    "the model's answer is not the JSON object that it was asked for; ask again",
                    kind="bad_answer", retryable=True,
                )  # fmt: skip
        return Turn(blocks, self._stop, self._model or self.options.model, self._usage, self._stop_details)

    def _grow(self, block: _Growing, delta: RawContentBlockDelta) -> tuple[ModelStreamEvent, ...]:
        if delta.type == "text_delta":
            text = block.whole(delta.text)
            block.grown.append(text)
            return (TextDelta(text), *self._estimate(text)) if text else ()
        if delta.type == "thinking_delta":
            text = block.whole(delta.thinking)
            block.grown.append(text)
            return (ThinkingDelta(text), *self._estimate(text)) if text else ()
        if delta.type == "input_json_delta":
            block.grown.append(delta.partial_json)
            return self._estimate(delta.partial_json)
        if delta.type == "signature_delta":
            block.signature = delta.signature
        return ()

    def _block(self, block: _Growing) -> Block | None:
        """Give a finished block, or None for one that says nothing or was cut by the end of the turn."""
        start, grown = block.start, "".join(block.grown)
        if start.type == "text":
            return Text(start.text + grown) if start.text or grown else None
        if start.type == "tool_use":
            given = _json_object(grown) if grown else start.input
            if given is not None:
                return ToolUse(start.id, start.name, given)
            if self._stop in ("max_tokens", "refusal"):
                return None  # it was not done saying what it wants: that must not be done
            raise ModelError(
                f"the model asked for the tool {start.name} with an input that is no JSON object; ask again",
                kind="bad_tool_input", retryable=True,
            )  # fmt: skip
        body = start.to_dict()
        if start.type == "thinking":
            body["thinking"] = start.thinking + grown
            if block.signature is not None:
                body["signature"] = block.signature
        return OpaqueBlock(body)

    def _used(self, counted: Counted | MessageDeltaUsage) -> UsageUpdate:
        """Take over the counts that are given: they are totals. What is left out stays as it was."""
        before = self._usage
        self._usage = Usage(
            input_tokens=_newer(counted.input_tokens, before.input_tokens),
            output_tokens=_newer(counted.output_tokens, before.output_tokens),
            cache_write_tokens=_newer(counted.cache_creation_input_tokens, before.cache_write_tokens),
            cache_read_tokens=_newer(counted.cache_read_input_tokens, before.cache_read_tokens),
        ).priced(self._price())
        return UsageUpdate(self._usage)

    def _estimate(self, text: str) -> tuple[UsageUpdate, ...]:
        """What the answer has cost until now, now and then: how many tokens it has is told only at its end."""
        self._grown += len(text)
        if self._grown - self._estimated < _CHARS_BETWEEN_ESTIMATES:
            return ()
        self._estimated = self._grown
        tokens = max(self._usage.output_tokens, self._grown // _CHARS_PER_TOKEN)
        return (
            UsageUpdate(
                attrs.evolve(self._usage, output_tokens=tokens, estimated=True).priced(self._price())
            ),
        )

    def _price(self) -> Price:
        # The model that answers may be told by a longer name, with its date, than the one that was asked for.
        return self.prices.get(self._model) or self.prices.get(self.options.model) or Price()


def _begun(block: ContentBlock) -> tuple[ModelStreamEvent, ...]:
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


def _json_object(text: str) -> dict[str, object] | None:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return data if isinstance(data, dict) else None
