"""A model's answer, as a stream of responses and as a whole afterwards."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import attrs

from streamd.core.prompt import Prompt, ToolUse
from streamd.core.run import Response
from streamd.engine.graph import check_declared
from streamd.engine.live import LiveRun
from streamd.engine.steps._model_text import Confidence, ThinkingSplitter
from streamd.engine.steps._model_turn import Void, turn
from streamd.errors import ModelError, StreamdError
from streamd.facts import define
from streamd.ports.agent import Agent
from streamd.ports.generation import Chunk, ChunkFormat
from streamd.ports.model import TextDelta, Turn
from streamd.text.json_text import object_in


@define(eq=False)
class ModelStream:
    """One answer of a model (`streamd.ports.generation.Generation`)."""

    run: LiveRun
    prompt: Prompt
    key: str
    void_steps: tuple[str, ...]
    chunk_format: ChunkFormat
    most_attempts: int | None = None
    """Attempts that may fail; as configured when absent."""
    text: str = ""
    reasoning: str = ""
    confidence: float = 0.0
    data: Mapping[str, object] = attrs.field(factory=dict)
    turn: Turn | None = None

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """Yield the answer's responses as they arrive."""
        return self._responses()

    async def _responses(self) -> AsyncGenerator[Response, None]:
        signs = self.run.services.language.confidence_signs
        splits = self.prompt.schema is None and not self.run.model.is_offline
        splitter, confidence = ThinkingSplitter(splits=splits), Confidence(signs)
        self.confidence = confidence.value
        emits = self.prompt.schema is None
        pieces = turn(
            self.run, self.prompt, self.key, self.void_steps, emits=emits, most_attempts=self.most_attempts
        )
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, Void):
                        if emits:  # text of parallel answers is interleaved, and stays
                            self.run.output.partial_text = self.run.output.partial_text.removesuffix(
                                self.text
                            )
                        self.text = self.reasoning = ""
                        splitter, confidence = ThinkingSplitter(splits=splits), Confidence(signs)
                        self.confidence = confidence.value
                        if emits:
                            yield self._reset(piece)
                        continue
                    if isinstance(piece, Turn):
                        self.turn = piece
                        parts = splitter.end()
                    elif isinstance(piece, TextDelta):
                        parts = splitter.feed(piece.text)
                    else:
                        parts = [*splitter.as_text(), ("reasoning", piece.text)]
                    for kind, text in parts:
                        if kind == "content":
                            self.text += text
                            self.confidence = confidence.feed(text)
                        else:
                            self.reasoning += text
                        if emits:
                            yield self._encode(
                                text if kind == "content" else "", text if kind == "reasoning" else ""
                            )
            _check(self.turn)
        except StreamdError:
            self._end_message("failed")
            raise
        self._end_message("completed")
        if self.prompt.schema is not None:
            self.data = _parsed(self.text)

    def _end_message(self, status: str) -> None:
        self.run.output.brackets.end_message(self.key, status)
        self.run.output.flush()

    def _reset(self, void: Void) -> Response:
        extra: dict[str, object] = {"message_id": self.key, "attempt": void.attempt}
        if void.positions is not None:
            extra["void"] = list(void.positions)
        step = f"{self.key}:reset"  # a step of its own, which is never void itself
        self.run.replay.void(step)  # and each reset is emitted, also after others
        return Response(
            "attempt_reset",
            self.run.wording.answer_restarted(),
            extra=extra,
            step=step,
        )

    def _encode(self, content: str, reasoning: str) -> Response:
        chunk = Chunk(
            content, reasoning, self.confidence, self.run.services.clock.now_ms(), message_id=self.key
        )
        encoded = self.chunk_format(chunk)
        # Once for each token: attrs.evolve costs almost three times as much.
        return Response(encoded.type, encoded.message, encoded.data, encoded.extra, self.key)


def content_of(agent: str) -> ChunkFormat:
    """Return the default format of an agent's chunks."""

    def chunk_format(chunk: Chunk) -> Response:
        return Response(
            "content",
            extra={
                "content": chunk.content,
                "reasoning": chunk.reasoning,
                "confidence": chunk.confidence,
                "agent": agent,
                "message_id": chunk.message_id,
            },
        )

    return chunk_format


def chunk_format_of(agent: Agent, own: ChunkFormat | None) -> ChunkFormat:
    """Return the format of an agent's chunks: `content`, or its own format with the same check."""
    if own is None:
        return content_of(agent.name)

    def checked(chunk: Chunk) -> Response:
        return check_declared(agent, own(chunk))

    return checked


def cut_off() -> ModelError:
    """Make the error of an answer that was cut at the most tokens that it may have."""
    return ModelError(
        "the model's answer was longer than it may be and was cut; ask for less, or raise max_output_tokens",
        kind="max_tokens", retryable=False,
    )  # fmt: skip


def _check(whole: Turn | None) -> None:
    """Refuse an answer that the model was cut off in, or declined; after whole calls, or within one, it can go on."""
    if whole is None:
        return
    has_calls = bool(whole.cut_call) or any(isinstance(block, ToolUse) for block in whole.blocks)
    if whole.stop == "max_tokens" and not has_calls:
        raise cut_off()
    if whole.stop == "refusal":
        why = f": {whole.stop_details}" if whole.stop_details else ""
        raise ModelError(
            f"the model declined to answer{why}; ask in other words", kind="refused", retryable=False
        )


def _parsed(text: str) -> Mapping[str, object]:
    data = object_in(text)
    if data is None:
        raise ModelError(
            "the model's answer is not the JSON object that it was asked for; ask again",
            kind="bad_answer", retryable=True,
        )  # fmt: skip
    return data
