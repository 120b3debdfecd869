"""Turns: one question to a model, answered once and for all, however often its stream breaks.

Before anything was shown a failed stream is retried, after a pause. After text was shown it is resumed: the model is asked
to continue right behind it. Where neither is possible (a tool call had started, or only reasoning was shown) the shown part is
declared void and the turn restarted. A finished turn is persisted with its run and never paid for twice.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, assert_never

import attrs
import structlog

from streamd.core.prompt import Prompt, Text, ToolUse
from streamd.core.run import RunId
from streamd.core.thread import StreamCheckpoint
from streamd.core.usage import NOTHING_USED
from streamd.engine.journal import RunUpdates
from streamd.engine.live import LiveRun
from streamd.engine.record import (
    RecordedTurn,
    Shown,
    is_intact,
    pieces_as_json,
    pieces_from_json,
    stream_checkpoint,
)
from streamd.engine.steps._model_text import OverlapTrimmer
from streamd.engine.steps._prompt_window import tokens_of, within_window
from streamd.errors import ModelError
from streamd.ports.model import TextDelta, ThinkingDelta, ToolUseStarted, Turn, UsageUpdate

log = structlog.get_logger(__name__)

_LONGEST_PAUSE_SECONDS: Final = 60.0
_JITTER: Final = 0.25
_REFITS: Final = 3
"""Attempts to cut a prompt that the model refuses as too long."""


@attrs.frozen
class Void:
    """Signals that everything shown of this turn is void: the turn restarts."""

    attempt: int
    """The number of the attempt that starts now."""
    positions: tuple[int, ...] | None = None
    """The positions of the void responses on the run's stream, when they are known."""


@attrs.define
class _Shown:
    """The part of a turn that has been shown."""

    text: str = ""
    thought: bool = False
    tool_call_started: bool = False
    pieces: list[Shown] = attrs.field(factory=list)

    def take(self, piece: Shown) -> None:
        self.pieces.append(piece)
        if isinstance(piece, TextDelta):
            self.text += piece.text
        else:
            self.thought = True


async def turn(
    run: LiveRun, prompt: Prompt, key: str, void_steps: tuple[str, ...], *, emits: bool = True
) -> AsyncGenerator[Shown | Void | Turn, None]:
    """Ask a model; yield its text and reasoning as they arrive, and last the whole turn.

    Args:
        run: the run that asks.
        prompt: the model's prompt.
        key: the step's name.
        void_steps: steps whose responses are void if this turn restarts.
        emits: whether its text is shown to anybody.

    Raises:
        ModelError: the model failed permanently.
        BudgetExceededError: the run's budget is used up.

    """
    before = await run.replay.result(key)
    if before is not None:
        recorded = RecordedTurn.decode(before)
        for piece in recorded.pieces:
            yield piece
        run.meter.close(key)
        yield recorded.turn
        return
    shown = _Shown()
    if run.replay.is_replay:
        pieces = await _continued(run, key)
        for piece in pieces:
            shown.take(piece)
            yield piece
        void = () if pieces else run.replay.void(key, *void_steps)
        if void:
            yield Void(max(2, run.record.attempt), tuple(map(int, void)))
    attempts, model, metrics = _Attempts(run, key), run.model.name(prompt.agent), run.services.metrics
    while True:
        run.meter.check()
        asked_at = await run.services.paces.turn(model, run.control) if not run.model.is_offline else 0.0
        asked = within_window(run, attrs.evolve(prompt, shown=shown.text))
        begun, has_begun = asyncio.get_running_loop().time(), False
        attempt = _stream(run, asked, key, shown)
        try:
            async with aclosing(attempt):
                async for came in attempt:
                    if not has_begun:
                        metrics.first_tokens.observe(asyncio.get_running_loop().time() - begun)
                        has_begun = True
                    if isinstance(came, Turn):
                        _check_words(run, asked, came)
                        run.services.paces.answered(model)
                        yield _recorded(run, key, model, shown, came, continues=bool(asked.shown))
                        return
                    shown.take(came)
                    yield came
        except ModelError as error:
            metrics.add_usage(model, run.meter.close(key))
            attempts.take(error, asked, asked_at, len(shown.text))
            if not emits or shown.tool_call_started or (shown.thought and not shown.text):
                if shown.pieces:  # otherwise nothing was shown that could be void
                    yield Void(attempts.count + 1)
                shown = _Shown()
            elif shown.text:
                run.output.persist(RunUpdates(stream_checkpoint=_checkpoint(run, key, prompt, shown)))
            metrics.retries[error.kind] += 1
            await run.control.unless_stopped(asyncio.sleep(attempts.pause))
        except BaseException:
            metrics.add_usage(
                model, run.meter.close(key)
            )  # cancelled, or over its budget: usage until then counts
            raise


@attrs.define
class _Attempts:
    """The attempts at one turn that failed."""

    run: LiveRun
    key: str
    count: int = 0
    pause: float = 0.0
    """Seconds before the next attempt, beside those that all wait who ask the model."""
    _counted: int = 0
    """Failures that count: to be told to wait is none, however often, nor is a prompt that is cut."""
    _refits: int = 0

    def take(self, error: ModelError, asked: Prompt, asked_at: float, shown: int) -> None:
        """Take in a failure. Raises it where no further attempt can help."""
        run, services, model = self.run, self.run.services, self.run.model.name(asked.agent)
        self.count += 1
        log.warning(
            "model_stream_failed",
            run=run.record.run_id, step=self.key, kind=error.kind, attempt=self.count, shown=shown,
        )  # fmt: skip
        if error.retryable and error.retry_after_seconds is not None:
            services.paces.refused(model, asked_at, error.retry_after_seconds)
            self.pause = 0.0
        elif error.measured is not None and self._refits < _REFITS:
            self._refits += 1
            services.windows.learn(model, tokens_of(asked), error.measured)
            self.pause = 0.0
        else:
            self._counted += 1
            if not error.retryable or self._counted >= services.model_options.max_attempts:
                raise error
            base: float = services.model_options.retry_base_seconds * 2 ** (self._counted - 1)
            jitter = random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
            self.pause = min(base, _LONGEST_PAUSE_SECONDS) * jitter
            if error.kind == "rate_limited":  # the service names no time: all wait as long as this one would
                services.paces.refused(model, asked_at, self.pause)
                self.pause = 0.0


def _recorded(run: LiveRun, key: str, model: str, shown: _Shown, came: Turn, *, continues: bool) -> Turn:
    """Persist a finished turn with its cost, and return it whole."""
    whole = _joined(came, shown) if continues else came
    run.services.metrics.add_usage(model, run.meter.close(key, came.usage))
    result = run.output.result(key, RecordedTurn(tuple(shown.pieces), whole).encode())
    # With its cost: a turn that is replayed after a restart is not paid for again.
    records = () if run.meter.usage == NOTHING_USED else (run.record_with_usage,)
    run.output.persist(RunUpdates(records=records, results=(result,)))
    return whole


def _check_words(run: LiveRun, asked: Prompt, came: Turn) -> None:
    """Raise ModelError for an answer without a word to a question that wants nothing else."""
    if run.model.is_offline or asked.tools or asked.schema is not None or asked.shown.strip():
        return
    if came.stop == "end_turn" and not any(isinstance(one, Text) and one.text.strip() for one in came.blocks):
        raise ModelError("the language model gave no answer; ask again", kind="bad_answer", retryable=True)


async def _stream(
    run: LiveRun, prompt: Prompt, key: str, shown: _Shown
) -> AsyncGenerator[Shown | Turn, None]:
    """Run one attempt; yield only the parts that were not shown before."""
    seam = OverlapTrimmer(prompt.shown)
    pieces = run.model.stream(prompt)
    async with aclosing(pieces):
        async for piece in pieces:
            match piece:
                case TextDelta():
                    text = seam.feed(piece.text)
                    if text:
                        yield TextDelta(text)
                case ThinkingDelta():
                    if piece.text:
                        yield piece
                case ToolUseStarted():
                    shown.tool_call_started = True
                case UsageUpdate():
                    run.meter.report(key, piece.usage, prompt.agent)
                case Turn():
                    text = seam.end()
                    if text:
                        yield TextDelta(text)
                    yield piece
                    return
                case _:
                    assert_never(piece)
            await (
                run.services.chunk_throttle.turn()
            )  # or all buffered pieces would go out before other tasks run
    raise ModelError("the model's answer ended too early; ask again", kind="truncated", retryable=True)


async def _continued(run: LiveRun, key: str) -> list[Shown]:
    """Load the shown part of a turn that a crash cut off, if it can continue; else nothing."""
    saved = await run.services.store.stream_checkpoint(run.record.workspace, _owner(run), key)
    if saved is not None and saved.expires_ms > run.services.clock.now_ms() and is_intact(saved):
        pieces = pieces_from_json(saved.metadata["pieces"])
        if len(pieces) == run.replay.count(key):
            return pieces  # no retry had started: these are exactly the emitted pieces
    return []


def _joined(whole: Turn, shown: _Shown) -> Turn:
    """Join the turn with the text before the break, which the stream that ended the turn does not contain."""
    # Blocks that only the model reads belong to the conversation of the first attempt: they are left out.
    uses = tuple(block for block in whole.blocks if isinstance(block, ToolUse))
    return attrs.evolve(whole, blocks=(Text(shown.text), *uses))


def _checkpoint(run: LiveRun, key: str, prompt: Prompt, shown: _Shown) -> StreamCheckpoint:
    return stream_checkpoint(
        _owner(run), key, shown.text,
        {
            "agent": prompt.agent,
            "model": run.model.name(prompt.agent),
            "pieces": pieces_as_json(shown.pieces),
        },
        now_ms=run.services.clock.now_ms(),
    )  # fmt: skip


def _owner(run: LiveRun) -> RunId:
    return RunId(run.record.scope or run.record.run_id)
