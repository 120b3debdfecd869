"""Answers as they come, through the real library from a real server."""

import asyncio
from contextlib import aclosing

import attrs
import pytest

from streamd.core.prompt import OpaqueBlock, Text, ToolUse
from streamd.core.usage import Usage
from streamd.models.anthropic._anthropic_model import AnthropicModel
from streamd.ports.model import ModelStreamEvent, TextDelta, ThinkingDelta, ToolUseStarted, UsageUpdate
from tests.models.asking import BOUND_SECONDS, MODEL, ask, prompt, turn, words
from tests.support.messages_api import MessagesApi
from tests.support.model_replies import Call, Raw, Reply, Thinking, Tokens, Words, called, said, structured


async def test_text_comes_as_it_was_written_and_last_the_whole_turn(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(said("Hel", "lo ", "wörld ", "— 世界"))

    pieces = await ask(model)

    assert words(pieces) == ["Hel", "lo ", "wörld ", "— 世界"]
    assert turn(pieces).blocks == (Text("Hello wörld — 世界"),)
    assert turn(pieces).stop == "end_turn"
    assert turn(pieces).model == MODEL


async def test_a_piece_is_there_before_the_next_one_is_written(
    api: MessagesApi, model: AnthropicModel
) -> None:
    reply = said("one", "two", holds=frozenset({1}))
    api.script(reply)
    came: list[ModelStreamEvent] = []

    async with asyncio.timeout(BOUND_SECONDS), aclosing(model.stream(prompt())) as pieces:
        async for piece in pieces:
            came.append(piece)
            if piece == TextDelta("one"):
                assert len(reply.written_ns) == 1
                reply.release()

    assert words(came) == ["one", "two"]


async def test_thoughts_are_told_apart_and_given_back_as_they_came(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(
        Reply(
            (
                Thinking(("Let me ", "see."), "sig"),
                Raw({"type": "redacted_thinking", "data": "xyz"}),
                Words(("Six.",)),
            )
        )
    )

    pieces = await ask(model)

    assert [piece for piece in pieces if isinstance(piece, ThinkingDelta)] == [
        ThinkingDelta("Let me "),
        ThinkingDelta("see."),
    ]
    assert turn(pieces).blocks == (
        OpaqueBlock({"type": "thinking", "thinking": "Let me see.", "signature": "sig"}),
        OpaqueBlock({"type": "redacted_thinking", "data": "xyz"}),
        Text("Six."),
    )


async def test_thoughts_that_are_not_shown_are_kept_and_not_told(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(Reply((Thinking((), "sig"), Words(("Six.",)))))

    pieces = await ask(model)

    assert not [piece for piece in pieces if isinstance(piece, ThinkingDelta)]
    assert turn(pieces).blocks[0] == OpaqueBlock({"type": "thinking", "thinking": "", "signature": "sig"})


async def test_tools_are_announced_when_they_begin_and_given_whole(
    api: MessagesApi, model: AnthropicModel
) -> None:
    wanted = {"items": [{"type": "inventory", "name": "Bolt “M8”"}], "count": 3}
    api.script(
        called(Call("add_items", wanted), Call("look", tool_use_id="toolu_2", chunks=()), text=("I will.",))
    )

    pieces = await ask(model)

    assert [piece.name for piece in pieces if isinstance(piece, ToolUseStarted)] == ["add_items", "look"]
    assert turn(pieces).stop == "tool_use"
    assert turn(pieces).blocks == (
        Text("I will."),
        ToolUse("toolu_1", "add_items", wanted),
        ToolUse("toolu_2", "look", {}),
    )


async def test_usage_is_told_at_the_beginning_and_at_the_end_with_its_price(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(said("x", tokens=Tokens(input=1000, output=2000, cache_write=4000, cache_read=10_000)))

    pieces = await ask(model)

    first, last = (piece.usage for piece in pieces if isinstance(piece, UsageUpdate))
    assert (first.input_tokens, first.output_tokens) == (1000, 1)
    dollars = (1000 * 2.0 + 2000 * 10.0 + 4000 * 2.5 + 10_000 * 0.2) / 1e6
    assert attrs.evolve(last, cost_usd=0.0) == Usage(1000, 2000, 4000, 10_000)
    assert last.cost_usd == pytest.approx(dollars)
    assert turn(pieces).usage == last


async def test_a_model_without_a_price_costs_nothing(api: MessagesApi, model: AnthropicModel) -> None:
    pieces = await ask(model, prompt(agent="terse"))

    assert turn(pieces).usage == Usage(12, 34)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "max_tokens"),
        ("stop_sequence", "end_turn"),
        ("pause_turn", "other"),
        ("something new", "other"),
    ],
)
async def test_the_end_of_a_turn_has_a_reason(
    api: MessagesApi, model: AnthropicModel, told: str, meant: str
) -> None:
    api.script(said("x", stop=told))

    assert turn(await ask(model)).stop == meant


async def test_a_refusal_says_why(api: MessagesApi, model: AnthropicModel) -> None:
    why = {"type": "refusal", "category": "bio", "explanation": "It may harm."}
    api.script(
        said("I", stop="refusal", stop_details=why),
        said(stop="refusal", stop_details={**why, "explanation": None}),
    )

    first, second = turn(await ask(model)), turn(await ask(model))

    assert (first.stop, first.stop_details) == ("refusal", "It may harm.")
    assert (second.stop, second.stop_details, second.blocks) == ("refusal", "bio", ())


async def test_a_tool_that_the_end_of_the_turn_cuts_is_not_asked_for(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(called(Call("remove", chunks=('{"ids": ["a', '"')), text=("So:",), stop="max_tokens"))

    whole = turn(await ask(model))

    assert whole.stop == "max_tokens"
    assert whole.blocks == (Text("So:"),)


async def test_structured_answers_are_one_json_object(api: MessagesApi, model: AnthropicModel) -> None:
    api.script(structured({"intent": "general", "confidence": 0.5}))

    pieces = await ask(model, prompt(schema={"type": "object", "properties": {"intent": {"type": "string"}}}))

    assert turn(pieces).blocks == (Text('{"intent": "general", "confidence": 0.5}'),)


async def test_a_structured_answer_that_is_refused_or_cut_is_a_turn_and_no_failure(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(said('{"a', stop="max_tokens"), said("No.", stop="refusal"))
    question = prompt(schema={"type": "object"})

    assert turn(await ask(model, question)).stop == "max_tokens"
    assert turn(await ask(model, question)).stop == "refusal"


async def test_closing_the_generator_closes_the_connection_at_once(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(said("one", "two", holds=frozenset({1})))

    async with asyncio.timeout(BOUND_SECONDS):
        async with aclosing(model.stream(prompt())) as pieces:
            async for piece in pieces:
                if isinstance(piece, TextDelta):
                    break
        await api.requests[0].cut.wait()


async def test_cancelling_who_waits_closes_the_connection_at_once(
    api: MessagesApi, model: AnthropicModel
) -> None:
    reply = said("one", holds=frozenset({0}))
    api.script(reply)

    async with asyncio.timeout(BOUND_SECONDS):
        asking = asyncio.create_task(ask(model), name="asking")
        await reply.reached(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await api.requests[0].cut.wait()


async def test_a_stream_that_came_to_its_end_leaves_its_connection_to_the_next(
    api: MessagesApi, model: AnthropicModel
) -> None:
    for _ in range(3):
        await ask(model)

    assert [request.connection for request in api.requests] == [0, 0, 0]


async def test_two_hundred_and_fifty_streams_go_on_at_the_same_time(
    api: MessagesApi, model: AnthropicModel
) -> None:
    replies = [said(f"{number} ", "done", holds=frozenset({1})) for number in range(250)]
    api.script(*replies)

    async with asyncio.timeout(BOUND_SECONDS):
        asking = [asyncio.create_task(ask(model), name="asking") for _ in replies]
        for reply in replies:
            await reply.reached(1)
        for reply in replies:
            reply.release()
        answers = [words(await task) for task in asking]

    assert sorted(answers) == sorted([f"{number} ", "done"] for number in range(250))


async def test_a_burst_of_tokens_lets_others_have_their_turn(api: MessagesApi, model: AnthropicModel) -> None:
    api.script(said(*["tok "] * 1000))
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    async with asyncio.timeout(BOUND_SECONDS):
        beside = asyncio.create_task(others(), name="others")
        await ask(model)
        beside.cancel()

    assert turns > 200
