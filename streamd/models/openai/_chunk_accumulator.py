"""Accumulates the chunks of one stream: into deltas as they arrive, and into the whole turn.

Chunks are read as the JSON that they are, since servers vary: everything may be missing, null or of another kind.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import attrs

from streamd.core.prompt import Block, OpaqueBlock, Prompt, Text
from streamd.core.prompts.token_estimate import BYTES_PER_TOKEN
from streamd.core.usage import NOTHING_USED, Price, Usage
from streamd.facts import define
from streamd.models.failure_kinds import no_object
from streamd.models.openai._called_tools import CalledTools
from streamd.models.openai._leading_thoughts import LeadingThoughts
from streamd.models.streamed_pieces import (
    CHARS_BETWEEN_ESTIMATES,
    CHARS_PER_TOKEN,
    KEPT_THOUGHTS,
    CharacterHalves,
)
from streamd.ports.model import (
    ModelStreamEvent,
    StopReason,
    TextDelta,
    ThinkingDelta,
    Turn,
    UsageUpdate,
)
from streamd.text.json_text import object_in

_STOPS: Final[Mapping[str, StopReason]] = {
    "stop": "end_turn",
    "eos": "end_turn",
    "tool_calls": "tool_use",
    "function_call": "tool_use",
    "length": "max_tokens",
    "content_filter": "refusal",
}
_CUTS: Final = frozenset({"max_tokens", "refusal"})
_THOUGHTS: Final = ("reasoning_content", "reasoning")
"""Where servers put thoughts."""


@define
class ChunkAccumulator:
    """Accumulates the chunks of one stream, in order."""

    prompt: Prompt
    model: str
    """As the request names it; chunks may name it otherwise."""
    prices: Mapping[str, Price]
    prompt_bytes: int
    """Of what the model reads, for an estimate where the server counts nothing."""
    is_complete: bool = False
    """Whether there was a reason for the end: a stream that ends before it was cut off."""
    _stop: StopReason = "other"
    _text: list[str] = attrs.field(factory=list)
    _thoughts: list[str] = attrs.field(factory=list)
    _thoughts_key: str = ""
    _refusal: list[str] = attrs.field(factory=list)
    _tools: CalledTools = attrs.field(factory=CalledTools)
    _leading: LeadingThoughts = attrs.field(factory=LeadingThoughts)
    _text_halves: CharacterHalves = attrs.field(factory=CharacterHalves)
    _thought_halves: CharacterHalves = attrs.field(factory=CharacterHalves)
    _usage: Usage | None = None
    _received_chars: int = 0
    _estimated_chars: int = 0

    def add(self, chunk: object) -> tuple[ModelStreamEvent, ...]:
        """Add a chunk, or a whole answer; returns what to yield for it. What it does not know it ignores."""
        if not isinstance(chunk, Mapping):
            return ()
        told = chunk.get("model")
        if isinstance(told, str) and told in self.prices:
            self.model = told
        events: list[ModelStreamEvent] = []
        choices = chunk.get("choices")
        if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
            choice = choices[0]
            delta = choice.get("delta") or choice.get("message")
            if isinstance(delta, Mapping):
                events += self._delta(delta)
            reason = choice.get("finish_reason")
            if isinstance(reason, str) and reason:
                self.is_complete = True
                self._stop = _STOPS.get(reason, "other")
                events += self._shown(*self._leading.rest())
        usage = chunk.get("usage")
        if isinstance(usage, Mapping):
            if choices == [] and not self.is_complete and (self._received_chars or self._tools):
                # It comes last, and some servers leave out the reason before it.
                self.is_complete, self._stop = True, "end_turn"
                events += self._shown(*self._leading.rest())
            self._usage = _counted(usage).priced(self._price())
            events.append(UsageUpdate(self._usage))
        return tuple(events)

    def turn(self) -> Turn:
        """Build the turn from all chunks.

        Raises:
            ModelError: a tool's input is no JSON object, or the prompt has a schema and the answer is no JSON object.

        """
        text = "".join(self._text)
        uses, cut_call = self._tools.finished(is_cut=self._stop in _CUTS)
        stop, refusal = self._stop, "".join(self._refusal)
        if refusal:
            stop = "refusal"
        elif stop == "end_turn" and uses:
            stop = "tool_use"
        if self.prompt.schema is not None and stop == "end_turn" and object_in(text) is None:
            raise no_object()
        blocks: list[Block] = [Text(text)] if text else []
        if uses and self._thoughts_key:
            kept = {
                "type": KEPT_THOUGHTS, "key": self._thoughts_key, "text": "".join(self._thoughts)
            }  # fmt: skip
            blocks.insert(0, OpaqueBlock(kept))
        return Turn((*blocks, *uses), stop, self.model, self._usage or self._estimate(), refusal, cut_call)

    def _delta(self, delta: Mapping[str, object]) -> Iterator[ModelStreamEvent]:
        for key in _THOUGHTS:
            thought = delta.get(key)
            if isinstance(thought, str) and thought:
                self._thoughts_key = key
                yield from self._shown(thought, "")
                break
        text, thought = _content(delta.get("content"))
        if thought:
            yield from self._shown(thought, "")
        if text:
            yield from self._shown(*self._leading.split(text))
        refusal = delta.get("refusal")
        if isinstance(refusal, str) and refusal:
            self._refusal.append(refusal)
        calls = delta.get("tool_calls")
        if calls is None and isinstance(delta.get("function_call"), Mapping):
            calls = [{"function": delta["function_call"]}]  # servers from before there were several
        for piece in calls if isinstance(calls, list) else ():
            if isinstance(piece, Mapping):
                told, arguments = self._tools.add(piece)
                yield from told
                yield from self._estimated(arguments)

    def _shown(self, thought: str, text: str) -> Iterator[ModelStreamEvent]:
        if thought and (thought := self._thought_halves.complete(thought)):
            self._thoughts.append(thought)
            yield ThinkingDelta(thought)
        if text and (text := self._text_halves.complete(text)):
            self._text.append(text)
            yield TextDelta(text)
        yield from self._estimated(thought + text)

    def _estimated(self, text: str) -> Iterator[ModelStreamEvent]:
        """Estimate the usage so far, from time to time: servers count at the end of the stream, if at all."""
        self._received_chars += len(text)
        if self._received_chars - self._estimated_chars >= CHARS_BETWEEN_ESTIMATES and self._usage is None:
            self._estimated_chars = self._received_chars
            yield UsageUpdate(self._estimate())

    def _estimate(self) -> Usage:
        read = self.prompt_bytes // BYTES_PER_TOKEN
        written = -(-self._received_chars // CHARS_PER_TOKEN)
        return Usage(read, written, estimated=True).priced(self._price())

    def _price(self) -> Price:
        return self.prices.get(self.model) or Price()


def _content(content: object) -> tuple[str, str]:
    """Return the text and the thoughts of a delta's content: a text, or a list of parts."""
    if isinstance(content, str):
        return content, ""
    if not isinstance(content, list):
        return "", ""
    text, thoughts = "", ""
    for part in content:
        if isinstance(part, Mapping):
            if isinstance(said := part.get("text"), str):
                text += said
            if (thought := part.get("thinking")) is not None:
                thoughts += thought if isinstance(thought, str) else _content(thought)[0]
    return text, thoughts


def _counted(usage: Mapping[str, object]) -> Usage:
    details = usage.get("prompt_tokens_details")
    cached = _number(details.get("cached_tokens")) if isinstance(details, Mapping) else 0
    read = _number(usage.get("prompt_tokens"))
    if not read and not _number(usage.get("completion_tokens")):
        return NOTHING_USED
    return Usage(
        input_tokens=max(0, read - cached),
        output_tokens=_number(usage.get("completion_tokens")),
        cache_read_tokens=min(read, cached),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) and value > 0 else 0
