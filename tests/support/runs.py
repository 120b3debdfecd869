"""Runs on an engine in this process: begun, followed to their end, and read back from the store."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Sequence
from typing import Any

import attrs

from streamd.config import Config, ModelOptions
from streamd.core.brackets import BRACKET_TYPES
from streamd.core.position import run_stream
from streamd.core.principal import ANONYMOUS_PRINCIPAL, RIGHTS, Right
from streamd.core.prompt import Prompt, Text
from streamd.core.run import RunId, RunOptions, RunRequest
from streamd.core.thread import InterruptAnswer, InterruptId
from streamd.core.usage import Usage
from streamd.engine.engine import Engine
from streamd.engine.journal.cached_entry import CachedEntry
from streamd.engine.live.live_run import LiveRun
from streamd.errors import ModelError
from streamd.ports.model import ModelStreamEvent, TextDelta, Turn
from streamd.ports.store import Store
from tests.support.streams import all_entries

PATIENCE_SECONDS = 60.0


def begin(
    engine: Engine,
    agent: str,
    user_input: str = "go",
    *,
    thread_id: str = "",
    user_id: str = "ann",
    options: RunOptions | None = None,
    rights: Collection[Right] = RIGHTS,
    workspace: str = "hall",
    **context: object,
) -> LiveRun:
    """Begin a run, in workspace `hall` unless another one is given."""
    return engine.runs.start(
        RunRequest(
            user_input,
            context,
            user_id,
            workspace,
            thread_id,
            agent,
            RunOptions() if options is None else options,
            principal=attrs.evolve(ANONYMOUS_PRINCIPAL, rights=frozenset(rights)),
        )
    )


async def respond(
    engine: Engine,
    interrupt_id: InterruptId,
    answer: InterruptAnswer,
    by: str = "bob",
    request_id: object = None,
) -> RunId:
    """Answer a question in workspace `hall`."""
    return await engine.interrupts.respond(
        "hall", interrupt_id, answer, by=by, principal=ANONYMOUS_PRINCIPAL, request_id=request_id
    )


async def ended(run: LiveRun) -> LiveRun:
    """Wait until it has ended."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        await run.control.ended.wait()
    return run


async def entries_of(store: Store, run_id: str) -> list[CachedEntry]:
    """Everything on a run's stream, brackets too."""
    entries = await all_entries(store, run_stream("hall", run_id))
    return [CachedEntry(entry.seq, entry.body, entry.event_type, entry.item_type) for entry in entries]


async def told(store: Store, run_id: str) -> list[dict[str, Any]]:
    """Everything that a run has told in the native protocol, in order."""
    return [
        {**entry.content, "run_seq": entry.seq}
        for entry in await entries_of(store, run_id)
        if entry.event_type not in BRACKET_TYPES
    ]


async def outcome(engine: Engine, agent: str, user_input: str = "go", **keys: Any) -> list[dict[str, Any]]:
    """Begin a run, wait for its end; what it told."""
    run = await ended(begin(engine, agent, user_input, **keys))
    return await told(engine.store, run.record.run_id)


def types(responses: list[dict[str, Any]]) -> list[str]:
    return [response["type"] for response in responses]


AT_ONCE = Config(models=ModelOptions(retry_base_seconds=0.0))
"""That what failed is tried again without a pause."""
BROKEN = ModelError("the connection was cut; ask again", kind="cut_off", retryable=True)

Script = Callable[[Prompt], AsyncIterator[ModelStreamEvent]]


@attrs.define
class ScriptedModel:
    """A model that says what a test tells it to say."""

    script: Script
    asked: list[Prompt] = attrs.field(factory=list)
    closed: int = 0
    """Streams that were given up before their end."""
    is_offline: bool = False

    def name(self, agent: str) -> str:
        return "scripted"

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelStreamEvent, None]:
        self.asked.append(prompt)
        is_whole = False
        try:
            async for piece in self.script(prompt):
                is_whole = isinstance(piece, Turn)
                yield piece
        finally:
            self.closed += not is_whole


def turn(text: str, *, tokens: int = 10) -> Turn:
    return Turn((Text(text),), "end_turn", "scripted", Usage(input_tokens=tokens, output_tokens=tokens))


def breaks_once(first: Sequence[ModelStreamEvent], then: str) -> ScriptedModel:
    """A model whose stream breaks behind these pieces the first time; asked again, it says what it should."""

    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if len(model.asked) == 1:
            for piece in first:
                yield piece
            raise BROKEN
        yield TextDelta(then)
        yield turn(then)

    model = ScriptedModel(script)
    return model


def says(*words: str) -> Script:
    """A model that always says these words, one piece each."""

    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        for word in words:
            yield TextDelta(word)
        yield turn("".join(words))

    return script
