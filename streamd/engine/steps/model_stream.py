"""Speaking: what a model says, as responses while it comes and as a whole afterwards."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

import attrs
import orjson

from streamd.core.model_text import Confidence, ThinkingSplitter
from streamd.core.prompt import Prompt
from streamd.core.run import Response
from streamd.engine.live import LiveRun
from streamd.engine.steps._model_turn import Void, turn
from streamd.errors import ModelError, StreamdError
from streamd.ports.generation import Chunk, ChunkFormat
from streamd.ports.model import TextDelta, Turn


@attrs.define(eq=False)
class ModelStream:
    """One answer of a model (`streamd.ports.agent.Speech`)."""

    run: LiveRun
    prompt: Prompt
    key: str
    void_steps: tuple[str, ...]
    chunk_format: ChunkFormat
    text: str = ""
    reasoning: str = ""
    confidence: float = 0.0
    data: Mapping[str, object] = attrs.field(factory=dict)
    turn: Turn | None = None

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """What to tell while it speaks."""
        return self._told()

    async def _told(self) -> AsyncGenerator[Response, None]:
        splitter, confidence = ThinkingSplitter(), Confidence()
        self.confidence = confidence.value
        tells = self.prompt.schema is None
        pieces = turn(self.run, self.prompt, self.key, self.void_steps, tells=tells)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, Void):
                        if tells:  # what was said beside others stands between their words, and stays there
                            self.run.output.partial_text = self.run.output.partial_text.removesuffix(
                                self.text
                            )
                        self.text = self.reasoning = ""
                        splitter, confidence = ThinkingSplitter(), Confidence()
                        self.confidence = confidence.value
                        if tells:
                            yield self._reset(piece)
                        continue
                    if isinstance(piece, Turn):
                        self.turn = piece
                        parts = splitter.end()
                    elif isinstance(piece, TextDelta):
                        parts = splitter.feed(piece.text)
                    else:
                        parts = [("reasoning", piece.text)]
                    for kind, text in parts:
                        if kind == "content":
                            self.text += text
                            self.confidence = confidence.feed(text)
                        else:
                            self.reasoning += text
                        if tells:
                            yield self._spelt(
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
        step = f"{self.key}:reset"  # a step of its own: it is no part of what may be void
        self.run.replay.void(step)  # and each is told, also after others
        return Response(
            "attempt_reset",
            self.run.wording.answer_restarted(),
            extra=extra,
            step=step,
        )

    def _spelt(self, content: str, reasoning: str) -> Response:
        chunk = Chunk(
            content, reasoning, self.confidence, self.run.services.clock.now_ms(), message_id=self.key
        )
        encoded = self.chunk_format(chunk)
        # Once for each token: attrs.evolve costs almost three times as much.
        return Response(encoded.type, encoded.message, encoded.data, encoded.extra, self.key)


def content_of(agent: str) -> ChunkFormat:
    """How chunks are told unless the agent says otherwise."""

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


def _check(whole: Turn | None) -> None:
    """Refuse an answer that the model did not end of its own accord."""
    if whole is not None and whole.stop == "max_tokens":
        raise ModelError(
            "the model's answer was longer than it may be and was cut; ask for less, or raise max_output_tokens",
            kind="max_tokens", retryable=False,
        )  # fmt: skip
    if whole is not None and whole.stop == "refusal":
        why = f": {whole.stop_details}" if whole.stop_details else ""
        raise ModelError(
            f"the model declined to answer{why}; ask in other words", kind="refused", retryable=False
        )


def _parsed(text: str) -> Mapping[str, object]:
    try:
        data = orjson.loads(text)
    except orjson.JSONDecodeError:
        data = None
    if not isinstance(data, dict):
        raise ModelError(
            "the model's answer is not the JSON object that it was asked for; ask again",
            kind="bad_answer", retryable=True,
        )  # fmt: skip
    return data
