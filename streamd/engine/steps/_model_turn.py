"""Turns: one question to a model, answered once and for all, however often its stream breaks.

Before anything was shown a failed stream is retried, after a pause. After text was shown it is resumed: the model is asked
to continue right behind it. Where neither is possible (a tool call had started, or only reasoning was shown) the shown part is
declared void and the turn restarted. A finished turn is persisted with its run and never paid for twice.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import assert_never

import attrs

from streamd.core.prompt import Prompt, Text, ToolUse
from streamd.core.run import RunId
from streamd.core.thread import StreamCheckpoint
from streamd.engine.journal import RunUpdates
from streamd.engine.live import LiveRun, ModelAttempts, fell_back
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
from streamd.errors import BudgetSpentError, ModelError
from streamd.facts import define, frozen
from streamd.ports.model import TextDelta, ThinkingDelta, ToolUseProgress, ToolUseStarted, Turn, UsageUpdate


@frozen
class Void:
    """Signals that everything shown of this turn is void: the turn restarts."""

    attempt: int
    """The number of the attempt that starts now."""
    positions: tuple[int, ...] | None = None
    """The positions of the void responses on the run's stream, when they are known."""


@define
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
    run: LiveRun,
    prompt: Prompt,
    key: str,
    void_steps: tuple[str, ...],
    *,
    emits: bool = True,
    most_attempts: int | None = None,
) -> AsyncGenerator[Shown | Void | Turn, None]:
    """Ask a model; yield its text and reasoning as they arrive, and last the whole turn.

    Args:
        run: the run that asks.
        prompt: the model's prompt.
        key: the step's name.
        void_steps: steps whose responses are void if this turn restarts.
        emits: whether its text is shown to anybody.
        most_attempts: attempts that may fail; as configured when absent.

    Raises:
        ModelError: the model failed permanently.
        BudgetExceededError: the run's budget is used up.
        BudgetSpentError: that of its user or workspace is, for this day or month.

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
    attempts = ModelAttempts(run, key, most_attempts or run.services.model_options.max_attempts)
    while True:
        run.meter.check()
        asked_at = await _admitted(run, prompt, shown)
        model = run.model.name(prompt.agent)
        asked = within_window(run, attrs.evolve(prompt, shown=shown.text))
        begun: float | None = asyncio.get_running_loop().time()
        attempt = _stream(run, asked, key, shown)
        try:
            async with aclosing(attempt):
                async for came in attempt:
                    _observed(run, begun)
                    begun = None
                    if isinstance(came, Turn):
                        _check_words(run, asked, came)
                        run.services.paces.answered(model)
                        yield _recorded(
                            run, key, model, prompt.agent, shown, came, continues=bool(asked.shown)
                        )
                        return
                    shown.take(came)
                    yield came
        except ModelError as error:
            run.services.metrics.add_usage(model, run.meter.close(key))
            if fell_back(run, prompt, error, is_open=not shown.pieces and not shown.tool_call_started):
                continue
            attempts.take(error, model, asked_at, tokens_of(asked), len(shown.text))
            if not emits or shown.tool_call_started or (shown.thought and not shown.text):
                if shown.pieces:  # otherwise nothing was shown that could be void
                    yield Void(attempts.count + 1)
                shown = _Shown()
            elif shown.text:
                run.output.persist(RunUpdates(stream_checkpoint=_checkpoint(run, key, prompt, shown)))
            run.services.metrics.retries[error.kind] += 1
            await run.control.unless_stopped(asyncio.sleep(attempts.pause))
        except BaseException:
            run.services.metrics.add_usage(
                model, run.meter.close(key)
            )  # cancelled, or over its budget: usage until then counts
            raise


def _observed(run: LiveRun, begun: float | None) -> None:
    """Observe how long the first piece of an answer took; of later ones nothing."""
    if begun is not None:
        run.services.metrics.first_tokens.observe(asyncio.get_running_loop().time() - begun)


async def _admitted(run: LiveRun, prompt: Prompt, shown: _Shown) -> float:
    """Wait until the model may be asked; returns when, by the event loop's clock. The rules answer at once."""
    if not run.model.is_offline:
        record = run.record
        try:
            await run.services.spending.check(record.workspace, record.user_id)
        except BudgetSpentError as error:
            if not fell_back(run, prompt, error, is_open=not shown.pieces):
                raise
    if run.model.is_offline:
        return 0.0
    return await run.services.paces.turn(run.model.name(prompt.agent), run.control)


def _recorded(
    run: LiveRun, key: str, model: str, agent: str, shown: _Shown, came: Turn, *, continues: bool
) -> Turn:
    """Persist a finished turn with its cost, and return it whole."""
    whole = _joined(came, shown) if continues else came
    run.services.metrics.add_usage(model, run.meter.close(key, came.usage, agent))
    result = run.output.result(key, RecordedTurn(tuple(shown.pieces), whole).encode())
    # Its cost is committed with it: a turn that is replayed after a restart is neither paid for nor counted again.
    run.output.persist(RunUpdates(results=(result,)))
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
                case ToolUseProgress():
                    run.notices.writing(piece.name, piece.size_bytes)
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
