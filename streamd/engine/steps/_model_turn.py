"""Turns: one question to a model, answered once and for all, however often its stream breaks.

Before anything was shown a failed stream is begun again, after a pause. After text was shown the model is asked to go on
right behind it. Where neither is possible (it had begun to ask for a tool, or had only thought aloud) what was shown is
declared void and the turn begun again. A finished turn is kept with its run and never bought twice.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Final, assert_never

import attrs
import structlog

from streamd.core.model_text import OverlapTrimmer
from streamd.core.prompt import Prompt, Text, ToolUse
from streamd.core.run import RunId
from streamd.core.thread import StreamCheckpoint
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
from streamd.errors import ModelError
from streamd.ports.model import TextDelta, ThinkingDelta, ToolUseStarted, Turn, UsageUpdate

log = structlog.get_logger(__name__)

_LONGEST_PAUSE_SECONDS: Final = 60.0
_JITTER: Final = 0.25


@attrs.frozen
class Void:
    """What came of this turn until now does not hold: it begins again."""

    attempt: int
    """Which one begins now."""
    positions: tuple[int, ...] | None = None
    """Where what does not hold stands on the run's stream, when that is known."""


@attrs.define
class _Shown:
    """What of a turn has been told."""

    text: str = ""
    thought: bool = False
    tool_begun: bool = False
    pieces: list[Shown] = attrs.field(factory=list)

    def take(self, piece: Shown) -> None:
        self.pieces.append(piece)
        if isinstance(piece, TextDelta):
            self.text += piece.text
        else:
            self.thought = True


async def turn(
    run: LiveRun, prompt: Prompt, key: str, void_steps: tuple[str, ...], *, tells: bool = True
) -> AsyncGenerator[Shown | Void | Turn, None]:
    """Ask a model; what it says and thinks as it comes, and last the whole turn.

    Args:
        run: whose turn it is.
        prompt: the question.
        key: the step's name.
        void_steps: steps whose tellings do not hold if this turn has to be begun again.
        tells: whether what it says is shown to anybody.

    Raises:
        ModelError: the model failed for good.
        BudgetExceededError: the run may not use as much.

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
    failures = 0
    while True:
        run.meter.check()
        goes_on = bool(shown.text)
        attempt = _stream(run, attrs.evolve(prompt, shown=shown.text), key, shown)
        try:
            async with aclosing(attempt):
                async for came in attempt:
                    if isinstance(came, Turn):
                        whole = _joined(came, shown) if goes_on else came
                        run.meter.close(key, came.usage)
                        result = run.output.result(key, RecordedTurn(tuple(shown.pieces), whole).encode())
                        # With what it cost: a turn that is given back after a restart is not paid again.
                        run.output.persist(RunUpdates(records=(run.record_with_usage,), results=(result,)))
                        yield whole
                        return
                    shown.take(came)
                    yield came
        except ModelError as error:
            failures += 1
            run.meter.close(key)
            log.warning(
                "model_stream_failed",
                run=run.record.run_id, step=key, kind=error.kind, attempt=failures, shown=len(shown.text),
            )  # fmt: skip
            if not error.retryable or failures >= run.services.model_options.max_attempts:
                raise
            if not tells or shown.tool_begun or (shown.thought and not shown.text):
                if shown.pieces:  # otherwise nobody has seen anything that could be void
                    yield Void(failures + 1)
                shown = _Shown()
            elif shown.text:
                run.output.persist(RunUpdates(stream_checkpoint=_checkpoint(run, key, prompt, shown)))
            await asyncio.sleep(_pause(run, error, failures))
        except BaseException:
            run.meter.close(key)  # cancelled, or over its budget: what was used until then counts
            raise


async def _stream(
    run: LiveRun, prompt: Prompt, key: str, shown: _Shown
) -> AsyncGenerator[Shown | Turn, None]:
    """One attempt: what is new of what comes."""
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
                    shown.tool_begun = True
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
            )  # what has come already would all be told before anything else
    raise ModelError("the model's answer ended too early; ask again", kind="truncated", retryable=True)


async def _continued(run: LiveRun, key: str) -> list[Shown]:
    """What may be gone on with of a turn that the daemon's death cut off; nothing when it has to begin again."""
    kept = await run.services.store.stream_checkpoint(run.record.workspace, _owner(run), key)
    if kept is not None and kept.expires_ms > run.services.clock.now_ms() and is_intact(kept):
        pieces = pieces_from_json(kept.metadata["pieces"])
        if len(pieces) == run.replay.count(key):
            return pieces  # the stream had broken and the next had not begun: this is exactly what was told
    return []


def _joined(whole: Turn, shown: _Shown) -> Turn:
    """The turn with all of the text: what came before the break stands in no block of the stream that ended it."""
    # Blocks that only the model reads belong to the conversation in which it was asked to go on: they are left out.
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


def _pause(run: LiveRun, error: ModelError, failures: int) -> float:
    if error.retry_after_seconds is not None:
        return min(error.retry_after_seconds, _LONGEST_PAUSE_SECONDS)
    base: float = run.services.model_options.retry_base_seconds * 2 ** (failures - 1)
    return min(base, _LONGEST_PAUSE_SECONDS) * random.uniform(1 - _JITTER, 1 + _JITTER)  # noqa: S311 - no secret
