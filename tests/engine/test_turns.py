"""Turns of models whose streams break: begun again, gone on with, or given up with what there is."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from streamd.config import Config, ModelOptions
from streamd.core.prompt import Prompt, Text, ToolUse
from streamd.core.run import Budget, Response, RunOptions
from streamd.core.usage import Usage
from streamd.errors import ModelError
from streamd.ports.agent import Agent, Run
from streamd.ports.model import ModelStreamEvent, TextDelta, ThinkingDelta, ToolUseStarted, Turn, UsageUpdate
from streamd.stores.memory import MemoryStore
from tests.support.engines import engine_on
from tests.support.runs import (
    AT_ONCE,
    BROKEN,
    ScriptedModel,
    begin,
    breaks_once,
    ended,
    outcome,
    says,
    told,
    turn,
    types,
)

FINAL = ModelError("the key is refused; check it", kind="unauthorized", retryable=False)


async def _say(run: Run) -> AsyncGenerator[Response, None]:
    speech = run.think("say it")
    async for response in speech:
        yield response
    run.conclude(speech.text)


SAYS = Agent("says", _say)


def content(responses: list[dict[str, object]]) -> str:
    """What a client shows: the text of content responses, without what was declared void."""
    text = ""
    for response in responses:
        if response["type"] == "attempt_reset":
            text = ""
        text += str(response.get("content", "")) if response["type"] == "content" else ""
    return text


async def test_a_stream_that_fails_before_anything_was_shown_is_begun_again_unnoticed() -> None:
    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if len(model.asked) < 4:
            raise BROKEN
        yield TextDelta("at last")
        yield turn("at last")

    model = ScriptedModel(script)
    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=model) as engine:
        responses = await outcome(engine, "says")
    assert types(responses)[2:] == ["content", "complete"]
    assert len(model.asked) == 4


@pytest.mark.parametrize("repeated", ["", "in the mid", "It broke in the mid"])
async def test_a_stream_that_breaks_after_text_goes_on_right_behind_it(repeated: str) -> None:
    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if not prompt.shown:
            for piece in ("It broke ", "in the ", "mid"):
                yield TextDelta(piece)
            raise BROKEN
        assert prompt.shown == "It broke in the mid"
        for letter in repeated:
            yield TextDelta(letter)
        yield TextDelta("dle of a word.")
        yield turn("dle of a word.")

    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=ScriptedModel(script)) as engine:
        responses = await outcome(engine, "says")
    assert "attempt_reset" not in types(responses)
    assert content(responses) == responses[-1]["message"] == "It broke in the middle of a word."


@pytest.mark.parametrize(
    "first", [[TextDelta("Let me see. "), ToolUseStarted("add_items")], [ThinkingDelta("Hm, ")]]
)
async def test_what_cannot_be_gone_on_with_is_declared_void_and_begun_again(
    first: list[ModelStreamEvent],
) -> None:
    model = breaks_once(first, "Done.")
    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=model) as engine:
        responses = await outcome(engine, "says")
    assert types(responses)[2:] == ["content", "attempt_reset", "content", "complete"]
    assert not any(prompt.shown for prompt in model.asked)
    assert content(responses) == "Done."
    assert responses[3]["message_id"] == responses[2]["message_id"]


async def test_after_the_last_attempt_there_is_a_clear_error_with_what_had_come() -> None:
    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta(f"{len(model.asked)} ")
        raise BROKEN

    model = ScriptedModel(script)
    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=model) as engine:
        responses = await outcome(engine, "says")
    assert len(model.asked) == 5
    last = responses[-1]
    assert (last["type"], last["code"], last["kind"], last["partial"]) == (
        "error",
        "model_failed",
        "cut_off",
        "1 2 3 4 5 ",
    )


async def test_what_trying_again_cannot_help_is_not_tried_again() -> None:
    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if model.asked:
            raise FINAL
        yield turn("")

    model = ScriptedModel(script)
    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=model) as engine:
        responses = await outcome(engine, "says")
    assert len(model.asked) == 1
    assert responses[-1]["message"] == "the key is refused; check it"


@pytest.mark.parametrize(("stop", "words"), [("max_tokens", "max_output_tokens"), ("refusal", "declined")])
async def test_an_answer_that_the_model_did_not_end_itself_is_an_error_with_what_had_come(
    stop: str, words: str
) -> None:
    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("half of ")
        yield Turn((Text("half of "),), stop, "scripted")  # type: ignore[arg-type]

    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=ScriptedModel(script)) as engine:
        responses = await outcome(engine, "says")
    assert words in responses[-1]["message"]
    assert responses[-1]["partial"] == "half of "


async def test_a_budget_ends_the_run_and_the_stream_with_it() -> None:
    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("cheap ")
        yield UsageUpdate(Usage(input_tokens=10, output_tokens=5))
        yield TextDelta("dear ")
        yield UsageUpdate(Usage(input_tokens=10, output_tokens=500, cost_usd=0.5))
        yield TextDelta("never told")

    model = ScriptedModel(script)
    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=model) as engine:
        for budget in (Budget(tokens=100), Budget(cost_usd=0.01)):
            responses = await outcome(engine, "says", options=RunOptions(budget=budget))
            assert (responses[-1]["code"], responses[-1]["partial"]) == ("budget_exceeded", "cheap dear ")
    assert model.closed == 2


async def test_cancel_closes_the_stream_and_nothing_is_told_after_it() -> None:
    reached = asyncio.Event()

    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("first ")
        reached.set()
        await asyncio.Event().wait()

    model = ScriptedModel(script)
    async with engine_on(MemoryStore(), AT_ONCE, SAYS, model=model) as engine:
        run = begin(engine, "says")
        await reached.wait()
        engine.runs.cancel(run.record.run_id, "bob")
        await ended(run)
        responses = await told(engine.store, run.record.run_id)
    assert types(responses)[2:] == ["content", "cancelled"]
    assert responses[-1]["data"]["partial"] == "first "
    assert model.closed == 1


async def test_cancel_after_the_turn_lets_the_turn_end_and_no_tool_be_used() -> None:
    reached, go_on = asyncio.Event(), asyncio.Event()

    async def script(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("I will add one.")
        reached.set()
        await go_on.wait()
        use = ToolUse("u1", "add_items", {"items": [{"type": "note", "name": "N"}]})
        yield Turn((Text("I will add one."), use), "tool_use", "scripted")

    async def act(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.act("add one"):
            yield response

    model = ScriptedModel(script)
    async with engine_on(MemoryStore(), AT_ONCE, Agent("acts", act), model=model) as engine:
        run = begin(engine, "acts")
        await reached.wait()
        engine.runs.cancel(run.record.run_id, "bob", "after_turn")
        go_on.set()
        await ended(run)
        responses = await told(engine.store, run.record.run_id)
    assert types(responses)[2:] == ["content", "cancelled"]
    assert responses[-1]["data"]["partial"] == "I will add one."
    assert model.closed == 0


async def test_tools_are_used_between_turns_and_the_model_is_told_what_came_of_it() -> None:
    async def script(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        if len(model.asked) == 1:
            wrong = ToolUse("u1", "remove_items", {"item_ids": []})
            right = ToolUse("u2", "add_items", {"items": [{"type": "note", "name": "N"}]})
            yield Turn((wrong, right), "tool_use", "scripted")
            return
        results = prompt.messages[-1].blocks
        yield TextDelta(str(results))
        yield turn(str(results))

    async def act(run: Run) -> AsyncGenerator[Response, None]:
        async for response in run.act("add one"):
            yield response

    model = ScriptedModel(script)
    async with engine_on(MemoryStore(), AT_ONCE, Agent("acts", act), model=model) as engine:
        responses = await outcome(engine, "acts")
    assert types(responses)[2:] == ["item_creation", "item_added", "content", "complete"]
    assert "at least one member" in responses[4]["content"]
    assert responses[-1]["data"]["added"][0] in responses[4]["content"]


async def test_a_turn_that_was_cut_off_by_a_restart_is_void_and_told_anew() -> None:
    store, reached = MemoryStore(), asyncio.Event()

    async def stuck(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("half ")
        yield TextDelta("an answer")
        reached.set()
        await asyncio.Event().wait()

    async with engine_on(store, AT_ONCE, SAYS, model=ScriptedModel(stuck)) as engine:
        run = begin(engine, "says")
        await reached.wait()
        await engine.runs.drain(0)
    async with engine_on(store, AT_ONCE, SAYS, model=ScriptedModel(says("a whole ", "answer"))) as engine:
        again = engine.runs.find(run.record.run_id)
        assert again is not None
        await ended(again)
    responses = await told(store, run.record.run_id)
    assert types(responses)[2:] == ["content", "content", "attempt_reset", "content", "content", "complete"]
    assert responses[4]["void"] == [response["run_seq"] for response in responses[2:4]]
    assert content(responses) == "a whole answer"


async def test_a_turn_whose_stream_had_broken_before_the_restart_goes_on_right_behind_what_was_told() -> None:
    store, broken = MemoryStore(), asyncio.Event()
    slow = Config(models=ModelOptions(retry_base_seconds=1000.0))

    async def breaks(_: Prompt) -> AsyncIterator[ModelStreamEvent]:
        yield TextDelta("half ")
        yield TextDelta("an ")
        broken.set()
        raise BROKEN

    async def continues(prompt: Prompt) -> AsyncIterator[ModelStreamEvent]:
        assert prompt.shown == "half an "
        yield TextDelta("answer")
        yield turn("answer")

    async with engine_on(store, slow, SAYS, model=ScriptedModel(breaks)) as engine:
        run = begin(engine, "says")
        await broken.wait()
        await engine.journal.flushed()
        await engine.runs.drain(0)
    async with engine_on(store, AT_ONCE, SAYS, model=ScriptedModel(continues)) as engine:
        again = engine.runs.find(run.record.run_id)
        assert again is not None
        await ended(again)
    responses = await told(store, run.record.run_id)
    assert types(responses)[2:] == ["content", "content", "notice", "content", "complete"]
    assert responses[-1]["message"] == "half an answer"
