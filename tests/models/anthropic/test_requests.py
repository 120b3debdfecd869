"""What the service is asked: nothing that current models refuse, and the same beginning from turn to turn."""

import attrs
import pytest

from streamd.core.prompt import Message, OpaqueBlock, Text, ToolResult, ToolSpec, ToolUse
from streamd.models.anthropic import Settings, open_anthropic
from streamd.models.anthropic._anthropic_model import AnthropicModel
from tests.models.asking import KEY, MODEL, ask, prompt, user, words
from tests.support.messages_api import MessagesApi, closed_port

CACHED = {"type": "ephemeral"}
LOOK = ToolSpec("look", "Looks at items.", {"type": "object", "properties": {"name": {"type": "string"}}})


async def test_each_agent_is_asked_as_it_is_set(api: MessagesApi, model: AnthropicModel) -> None:
    await ask(model)
    await ask(model, prompt(agent="terse"))

    general, terse = (request.body for request in api.requests)
    assert (general["model"], general["max_tokens"], general["stream"]) == (MODEL, 1000, True)
    assert general["output_config"] == {"effort": "low"}
    assert general["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert (terse["model"], terse["max_tokens"]) == ("claude-haiku-5-5", 50)
    assert "output_config" not in terse
    assert "thinking" not in terse
    assert (model.name("general"), model.name("terse")) == (MODEL, "claude-haiku-5-5")
    assert not model.is_offline


async def test_the_key_is_sent_as_the_service_wants_it(api: MessagesApi, model: AnthropicModel) -> None:
    await ask(model)

    assert KEY in api.requests[0].headers.get("authorization", "") + api.requests[0].headers.get(
        "x-api-key", ""
    )


async def test_a_conversation_is_given_back_unchanged_and_marked_for_the_cache(
    api: MessagesApi, model: AnthropicModel
) -> None:
    thought = {"type": "thinking", "thinking": "Let me see.", "signature": "sig"}
    await ask(
        model,
        prompt(
            tools=(LOOK, attrs.evolve(LOOK, name="look_twice")),
            messages=(
                user("How many bolts?"),
                Message(
                    "assistant", (OpaqueBlock(thought), Text(""), ToolUse("t1", "look", {"name": "bolt"}))
                ),
                Message("user", (ToolResult("t1", "no such item", is_error=True), Text("Hurry."))),
            ),
        ),
    )

    body = api.requests[0].body
    assert body["system"] == [{"type": "text", "text": "You are terse.", "cache_control": CACHED}]
    assert [tool["name"] for tool in body["tools"]] == ["look", "look_twice"]
    assert body["tools"][0] == {
        "name": "look",
        "description": "Looks at items.",
        "input_schema": LOOK.input_schema,
    }
    assert "tool_choice" not in body
    assert body["messages"] == [
        {"role": "user", "content": [{"type": "text", "text": "How many bolts?"}]},
        {
            "role": "assistant",
            "content": [thought, {"type": "tool_use", "id": "t1", "name": "look", "input": {"name": "bolt"}}],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "t1", "content": "no such item", "is_error": True},
                {"type": "text", "text": "Hurry.", "cache_control": CACHED},
            ],
        },
    ]


async def test_without_a_system_prompt_the_tools_are_marked_for_the_cache(
    api: MessagesApi, model: AnthropicModel
) -> None:
    await ask(model, prompt(system="", tools=(LOOK,)))

    assert "system" not in api.requests[0].body
    assert api.requests[0].body["tools"][0]["cache_control"] == CACHED


async def test_a_stream_that_broke_off_is_gone_on_with_by_a_message_of_the_user(
    api: MessagesApi, model: AnthropicModel
) -> None:
    await ask(model)
    await ask(model, prompt(shown="There are {six"))

    before, after = (request.body["messages"] for request in api.requests)
    assert after[:-1] == before  # so that the cache knows it
    assert after[-1]["role"] == "user"
    assert "----------\nThere are {six\n----------" in api.requests[1].words


async def test_a_structured_answer_that_broke_off_is_begun_again(
    api: MessagesApi, model: AnthropicModel
) -> None:
    await ask(model, prompt(shown='{"intent', schema={"type": "object"}))

    assert len(api.requests[0].body["messages"]) == 1


async def test_a_schema_is_sent_as_far_as_the_service_knows_schemas(
    api: MessagesApi, model: AnthropicModel
) -> None:
    schema = {
        "type": "object",
        "properties": {"confidence": {"type": "number", "minimum": 0, "maximum": 1}},
        "required": ["confidence"],
    }

    pieces = await ask(model, prompt(schema=schema))

    form = api.requests[0].body["output_config"]
    assert form["effort"] == "low"
    assert form["format"]["type"] == "json_schema"
    assert form["format"]["schema"]["additionalProperties"] is False
    assert "minimum" not in form["format"]["schema"]["properties"]["confidence"]
    assert "maximum: 1" in form["format"]["schema"]["properties"]["confidence"]["description"]
    assert "".join(words(pieces)) == '{"confidence": 0}'


async def test_this_machine_is_not_reached_through_a_proxy(
    api: MessagesApi, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, closed_port())

    async with open_anthropic(settings) as model:
        await ask(model)

    assert len(api.requests) == 1
