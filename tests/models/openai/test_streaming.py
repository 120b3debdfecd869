"""Answers as they come, through the real library from servers that each do it in their own way."""

import asyncio
from contextlib import aclosing
from typing import Any

import attrs
import pytest

from streamd.core.prompt import Message, OpaqueBlock, Text, ToolResult, ToolUse
from streamd.core.usage import Usage
from streamd.models.openai._chat_model import ChatModel
from streamd.ports.model import TextDelta, ThinkingDelta, ToolUseProgress, ToolUseStarted, UsageUpdate
from tests.models.asking import BOUND_SECONDS, ask, prompt, turn, user, words
from tests.support.chat_api import ChatApi, Quirks
from tests.support.model_replies import Call, Tokens, called, said, structured

ITEMS = {"items": [{"type": "inventory", "name": "Bolt “M8”"}], "count": 3}


async def test_text_comes_as_it_was_written_and_last_the_whole_turn(api: ChatApi, model: ChatModel) -> None:
    api.script(said("Hel", "lo ", "wörld ", "— 世界"))

    pieces = await ask(model)

    assert words(pieces) == ["Hel", "lo ", "wörld ", "— 世界"]
    assert turn(pieces).blocks == (Text("Hello wörld — 世界"),)
    assert (turn(pieces).stop, turn(pieces).model) == ("end_turn", "qwen3")


@pytest.mark.parametrize("where", ["reasoning_content", "reasoning", "tags", "parts"])
async def test_thoughts_are_told_apart_wherever_the_server_puts_them(
    api: ChatApi, model: ChatModel, where: Any
) -> None:
    api.quirks = Quirks(thoughts=where)
    api.script(said("Six", ".", thought=("Let me ", "see.")))

    pieces = await ask(model)

    thoughts = "".join(piece.text for piece in pieces if isinstance(piece, ThinkingDelta))
    assert thoughts.strip() == "Let me see."
    assert turn(pieces).blocks == (Text("Six."),)


@pytest.mark.parametrize("text", ["a <think>b</think> c", "<thin ice>", "<", "<think"])
async def test_a_tag_that_is_text_stays_text(api: ChatApi, model: ChatModel, text: str) -> None:
    api.script(said(*text))

    assert turn(await ask(model)).blocks == (Text(text),)


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(),
        Quirks(nulls=True),
        Quirks(indexes=False),
        Quirks(one_index=True),
        Quirks(whole_calls="text"),
        Quirks(whole_calls="object"),
        Quirks(whole_calls="object", indexes=False),
        Quirks(calls_end="stop"),
        Quirks(calls_end="function_call"),
        Quirks(calls_end=""),
        Quirks(streams=False),
        Quirks(counts=False),
        Quirks(done=False),
    ],
)
async def test_tool_calls_are_the_same_however_a_server_sends_them(
    api: ChatApi, model: ChatModel, quirks: Quirks
) -> None:
    api.quirks = quirks
    api.script(
        called(Call("add_items", ITEMS, "c1"), Call("look", {"at": 1}, "c2"), text=("I will.",)),
        said("Done."),
    )

    pieces = await ask(model)

    assert [piece.name for piece in pieces if isinstance(piece, ToolUseStarted)] == ["add_items", "look"]
    assert turn(pieces).stop == "tool_use"
    assert turn(pieces).blocks == (
        Text("I will."),
        ToolUse("c1", "add_items", ITEMS),
        ToolUse("c2", "look", {"at": 1}),
    )


async def test_the_size_of_a_long_call_is_told_as_it_grows(api: ChatApi, model: ChatModel) -> None:
    items = {"items": [{"type": "inventory", "name": f"Nut {number} {'x' * 80}"} for number in range(40)]}
    api.script(called(Call("add_items", items)))

    told = [piece for piece in await ask(model) if isinstance(piece, ToolUseProgress)]

    assert [one.size_bytes // 1024 for one in told] == [1, 2, 4]
    assert {one.name for one in told} == {"add_items"}


@pytest.mark.parametrize(
    "quirks",
    [
        Quirks(ids=False),
        Quirks(ids=False, indexes=False),
        Quirks(ids=False, one_index=True, whole_calls="text"),
        Quirks(one_index=True, whole_calls="object"),
        Quirks(indexes=False, whole_calls="text"),
    ],
)
async def test_calls_without_ids_or_with_the_same_get_some_that_differ(
    api: ChatApi, model: ChatModel, quirks: Quirks
) -> None:
    api.quirks = quirks
    api.script(called(Call("look", {"at": 1}), Call("look", {})))

    first, second = (block for block in turn(await ask(model)).blocks if isinstance(block, ToolUse))

    assert (first.input, second.input) == ({"at": 1}, {})
    assert first.tool_use_id != second.tool_use_id


@pytest.mark.parametrize("stop", ["max_tokens", "refusal"])
async def test_a_call_that_the_end_of_the_turn_cuts_is_none_and_the_whole_ones_before_it_are(
    api: ChatApi, model: ChatModel, stop: str
) -> None:
    cut = Call("remove", {}, "c2", chunks=('{"ids": ["a', '"'))
    api.script(called(Call("look", {"at": 1}, "c1"), cut, text=("So:",), stop=stop))

    whole = turn(await ask(model))

    assert (whole.stop, whole.cut_call) == (stop, "remove")
    assert whole.blocks == (Text("So:"), ToolUse("c1", "look", {"at": 1}))


async def test_usage_is_counted_by_the_server_with_what_its_cache_gave(
    api: ChatApi, model: ChatModel
) -> None:
    api.script(said("x", tokens=Tokens(input=1000, output=2000, cache_read=10_000)))

    pieces = await ask(model)

    (usage,) = (piece.usage for piece in pieces if isinstance(piece, UsageUpdate))
    assert attrs.evolve(usage, cost_usd=0.0) == Usage(1000, 2000, 0, 10_000)
    assert usage.cost_usd == pytest.approx((1000 * 2.0 + 2000 * 10.0 + 10_000 * 0.2) / 1e6)
    assert turn(pieces).usage == usage


async def test_a_server_that_counts_nothing_is_estimated(api: ChatApi, model: ChatModel) -> None:
    api.quirks = Quirks(counts=False)
    api.script(said(*["four"] * 100))

    pieces = await ask(model)

    usage = turn(pieces).usage
    assert (usage.output_tokens, usage.estimated) == (100, True)
    assert 10 < usage.input_tokens < 200
    assert [piece for piece in pieces if isinstance(piece, UsageUpdate)]


async def test_structured_answers_are_one_json_object_fence_or_not(api: ChatApi, model: ChatModel) -> None:
    api.script(structured({"intent": "general"}), said('```json\n{"intent": "x"}\n```'))
    question = prompt(schema={"type": "object", "properties": {"intent": {"type": "string"}}})

    for _ in range(2):
        assert turn(await ask(model, question)).stop == "end_turn"


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("stream_options", prompt()),
        ("max_tokens", prompt()),
        ("reasoning_effort", prompt(agent="terse")),
        ("response_format", prompt(schema={"type": "object"})),
    ],
)
async def test_a_parameter_that_a_server_does_not_know_is_left_out_from_then_on(
    api: ChatApi, model: ChatModel, name: str, question: Any
) -> None:
    api.quirks = Quirks(unknown=frozenset({name}))
    api.answer = lambda _: structured({})

    for _ in range(2):
        assert turn(await ask(model, question)).blocks == (Text("{}"),)

    assert [name in request.body for request in api.requests] == [True, False, False]
    if name == "max_tokens":
        assert api.requests[-1].body["max_completion_tokens"] == 1000
    if name == "response_format":
        assert "JSON Schema" in api.requests[-1].body["messages"][0]["content"]


async def test_thoughts_that_led_to_calls_are_given_back_under_their_name(
    api: ChatApi, model: ChatModel
) -> None:
    api.quirks = Quirks(thoughts="reasoning")
    api.script(said("Six."))
    kept = OpaqueBlock({"type": "chat_reasoning", "key": "reasoning", "text": "I look."})
    foreign = OpaqueBlock({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})
    use = ToolUse("c1", "look", {"at": 1})
    messages = (
        user("How many?"),
        Message("assistant", (foreign, kept, Text("I look."), use)),
        Message("user", (ToolResult("c1", "nothing there", is_error=True), Text("Hurry."))),
        user("Please."),
    )

    await ask(model, prompt(messages=messages, today="Today is Monday."))

    function = {"name": "look", "arguments": '{"at":1}'}
    assert api.requests[0].body["messages"] == [
        {"role": "system", "content": "You are terse.\n\nToday is Monday."},
        {"role": "user", "content": "How many?"},
        {
            "role": "assistant", "content": "I look.", "reasoning": "I look.",
            "tool_calls": [{"id": "c1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "Error: nothing there"},
        {"role": "user", "content": "Hurry.\n\nPlease."},
    ]  # fmt: skip


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (user("\n"), Message("assistant", (Text("\n"),)), user("And?")),
        (Message("assistant", (Text("Hello."),)), user("And?")),
        (user("a"), Message("assistant", (ToolUse("t1", "look", {}),))),
        (user("a"), Message("assistant", (ToolUse("t1", "look", {}), ToolUse("t2", "look", {}))), user("b")),
        (user("a"), Message("user", (ToolResult("t9", "five"),))),
        (user("a"), Message("assistant", (OpaqueBlock({"type": "thinking"}),)), user("b")),
        (user("a"), Message("assistant", (Text("b"),)), Message("assistant", (Text("c"),))),
        (user("\ud83d"), user("b")),
    ],
)
async def test_any_conversation_is_sent_as_one_that_servers_take(
    api: ChatApi, model: ChatModel, messages: tuple[Message, ...]
) -> None:
    for shown in ("", "I have "):
        api.script(said("Fine."))
        assert words(await ask(model, prompt(messages=messages, shown=shown))) == ["Fine."]


async def test_no_key_is_sent_where_there_is_none(api: ChatApi, model: ChatModel) -> None:
    await ask(model)
    model.server = attrs.evolve(model.server, api_key="", extra_body={"top_k": 20})
    await ask(model)

    first, second = api.requests
    assert first.headers["authorization"] == "Bearer sk-very-secret"
    assert "authorization" not in second.headers
    assert (first.body.get("top_k"), second.body["top_k"]) == (None, 20)


async def test_closing_the_generator_closes_the_connection_at_once(api: ChatApi, model: ChatModel) -> None:
    api.script(said("one", "two", holds=frozenset({1})))

    async with asyncio.timeout(BOUND_SECONDS):
        async with aclosing(model.stream(prompt())) as pieces:
            async for piece in pieces:
                if isinstance(piece, TextDelta):
                    break
        await api.requests[0].cut.wait()


async def test_a_stream_that_came_to_its_end_leaves_its_connection_to_the_next(
    api: ChatApi, model: ChatModel
) -> None:
    for _ in range(3):
        await ask(model)

    assert [request.connection for request in api.requests] == [0, 0, 0]


async def test_models_that_the_server_does_not_list_are_told(api: ChatApi, model: ChatModel) -> None:
    api.models = [{"id": "llama3.2:latest", "object": "model"}]
    assert set(await model.missing_models()) == {"qwen3"}

    api.models_reply = said()
    assert "could not be checked" in (await model.missing_models(0.2))["llama3.2"]
