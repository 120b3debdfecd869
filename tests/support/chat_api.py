"""A server for tests that speaks the chat-completions protocol on loopback: scripted as `messages_api` is, odd as it is told.

async with ChatApi() as api:                # openai.base_url = api.base_url
    api.script(said("Hel", "lo"), called(Call("look")))
    api.quirks = Quirks(counts=False)       # from now on it tells no usage
"""

import json
from asyncio import StreamWriter
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

import attrs

from tests.support.chat_refusals import chat_objection
from tests.support.messages_api import MessagesApi, Request
from tests.support.model_replies import BEFORE_THE_HEAD, Call, Reply, Thinking, Words, failed
from tests.support.model_wire import Writing, write_json

_REASONS: Final = {
    "end_turn": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "refusal": "content_filter",
}


@attrs.frozen
class Quirks:
    """What servers vary in."""

    counts: bool = True
    """Whether usage is told, in a last chunk without choices."""
    indexes: bool = True
    """Whether pieces of tool calls have an index."""
    ids: bool = True
    """Whether tool calls have ids."""
    whole_calls: Literal["", "text", "object"] = ""
    """Whether a call comes in one piece, with its arguments as text or as an object."""
    one_index: bool = False
    """Whether all calls have the index 0."""
    nulls: bool = False
    """Whether what is not there is null."""
    done: bool = True
    """Whether `data: [DONE]` ends the stream; without it the connection stays open."""
    streams: bool = True
    """Without: one JSON answer, whatever was asked."""
    thoughts: Literal["reasoning_content", "reasoning", "tags", "parts"] = "reasoning_content"
    """Where thoughts are."""
    calls_end: str = "tool_calls"
    """The reason for the end of a turn with tool calls; empty: there is none."""
    error_objects: bool = False
    """Whether an error in the stream is an object of the kind `error`, as vLLM tells it."""
    unknown: frozenset[str] = frozenset()
    """Parameters that are refused."""


@attrs.define(eq=False)
class ChatApi(MessagesApi):
    """The server; opens at a free port, and closes all connections at its end."""

    quirks: Quirks = Quirks()

    @property
    def base_url(self) -> str:
        """For `openai.base_url`."""
        return f"{self.url}/v1"

    def refusal(self, request: Request) -> Reply | None:
        if request.path != "/v1/chat/completions":
            return failed(404, "not_found", said="404 page not found")
        for name in sorted(self.quirks.unknown & request.body.keys()):
            return failed(400, "invalid_request_error", said=f"Unsupported parameter: '{name}'")
        wrong = chat_objection(request.body, self.window_tokens)
        return None if wrong is None else failed(400, "invalid_request_error", said=wrong)

    def writing(self, request: Request, writer: StreamWriter) -> Writing:
        return ChatWriting(request.reply, str(request.body.get("model")), writer, self.quirks)


@attrs.define
class ChatWriting(Writing):
    """Writes one reply."""

    quirks: Quirks = Quirks()

    async def run(self) -> None:
        if self.quirks.streams or self.reply.status != 200:
            await super().run()
            return
        await self._arrive(BEFORE_THE_HEAD)
        write_json(self.writer, 200, self._answer())

    def events(self) -> Iterator[tuple[Mapping[str, Any], bool]]:
        yield self._chunk_of({"role": "assistant", "content": ""}), False
        number = 0
        for part in self.reply.parts:
            match part:
                case Words(chunks):
                    for text in chunks:
                        yield self._chunk_of({"content": text}), True
                case Thinking(chunks):
                    yield from ((self._chunk_of(delta), True) for delta in self._thoughts(chunks))
                case Call():
                    pieces = self._pieces(part, number)
                    yield from ((self._chunk_of({"tool_calls": [piece]}), True) for piece in pieces)
                    number += 1
                case _:
                    raise AssertionError(part)
        yield self._chunk_of({}, self._reason), False
        if self.quirks.counts:
            yield {"object": "chat.completion.chunk", "choices": [], "usage": self._usage}, False

    async def end(self) -> None:
        if self.quirks.done:
            self._chunk(b"data: [DONE]\n\n")
            await super().end()

    def _event(self, event: Mapping[str, Any]) -> None:
        if event.get("type") == "ping":
            self._chunk(b": still at work\n\n")
            return
        shown = event
        if "error" in event and self.quirks.error_objects:
            shown = {"object": "error", **event["error"]}
        elif "error" in event:
            shown = {"error": event["error"]}
        self._chunk(f"data: {json.dumps(shown)}\n\n".encode())

    @property
    def _reason(self) -> str:
        stop = _REASONS.get(str(self.reply.stop), str(self.reply.stop))
        return self.quirks.calls_end if stop == "tool_calls" else stop

    @property
    def _usage(self) -> Mapping[str, Any]:
        tokens = self.reply.tokens
        return {
            "prompt_tokens": tokens.input + tokens.cache_read,
            "completion_tokens": tokens.output,
            "total_tokens": tokens.input + tokens.cache_read + tokens.output,
            "prompt_tokens_details": {"cached_tokens": tokens.cache_read},
        }

    def _chunk_of(self, delta: Mapping[str, Any], reason: str | None = None) -> Mapping[str, Any]:
        if self.quirks.nulls:
            absent = {"content": None, "tool_calls": None, "reasoning_content": None, "refusal": None}
            delta = {**absent, **delta}
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "model": self.model, "choices": [choice],
            **({"usage": None} if self.quirks.nulls else {}),
        }  # fmt: skip

    def _thoughts(self, chunks: tuple[str, ...]) -> Iterator[Mapping[str, Any]]:
        match self.quirks.thoughts:
            case "tags":
                yield from ({"content": text} for text in ("<thi", "nk>\n", *chunks, "\n</th", "ink>\n\n"))
            case "parts":
                for text in chunks:
                    inner = [{"type": "text", "text": text}]
                    yield {"content": [{"type": "thinking", "thinking": inner}]}
            case key:
                yield from ({str(key): text} for text in chunks)

    def _pieces(self, call: Call, number: int) -> Iterator[Mapping[str, Any]]:
        given = json.dumps(dict(call.input))
        pieces = (
            call.chunks
            if call.chunks is not None
            else [given[at : at + 12] for at in range(0, len(given), 12)]
        )
        begun: dict[str, Any] = {"type": "function", "function": {"name": call.name, "arguments": ""}}
        if self.quirks.ids:
            begun["id"] = call.tool_use_id
        place = {"index": 0 if self.quirks.one_index else number} if self.quirks.indexes else {}
        if self.quirks.whole_calls:
            arguments = call.input if self.quirks.whole_calls == "object" else "".join(pieces)
            yield {**place, **begun, "function": {"name": call.name, "arguments": arguments}}
            return
        yield {**place, **begun}
        yield from ({**place, "function": {"arguments": piece}} for piece in pieces)

    def _answer(self) -> Mapping[str, Any]:
        texts = [text for part in self.reply.parts if isinstance(part, Words) for text in part.chunks]
        calls = [
            {"id": part.tool_use_id, "type": "function",
             "function": {"name": part.name, "arguments": json.dumps(dict(part.input))}}
            for part in self.reply.parts if isinstance(part, Call)
        ]  # fmt: skip
        message: dict[str, Any] = {"role": "assistant", "content": "".join(texts) or None}
        if calls:
            message["tool_calls"] = calls
        choice = {"index": 0, "message": message, "finish_reason": self._reason}
        return {"object": "chat.completion", "model": self.model, "choices": [choice], "usage": self._usage}
