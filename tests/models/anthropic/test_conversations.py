"""Conversations that the service would refuse: each is sent as one that it takes, with everything that was said."""

from typing import Any, cast

import pytest

from streamd.core.prompt import Message, OpaqueBlock, Role, Text, ToolResult, ToolUse
from streamd.models.anthropic._anthropic_model import AnthropicModel
from tests.models.asking import ask, prompt, user, words
from tests.support.messages_api import MessagesApi

USE = ToolUse("t1", "look", {"name": "bolt"})
RESULT = ToolResult("t1", "five")
THOUGHT = OpaqueBlock({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"})


def said(*blocks: Any) -> Message:
    return Message("assistant", blocks)


def given(*blocks: Any) -> Message:
    return Message("user", blocks)


@pytest.mark.parametrize(
    "messages",
    [
        (),
        (user(""),),
        (user("\n"), said(Text("\n")), user("And?")),
        (user("Hi"), said(Text("\n\n"), USE), given(RESULT)),
        (user("Hi"), said(Text(" \t\n")), user("Still there?")),
        (user("Hi"), said(THOUGHT, Text("\n")), user("And?")),
        (user("Hi"), said(Text("Well."), THOUGHT), user("And?")),
        (said(Text("I begin.")), user("Hi")),
        (user("Hi"), said(Text("Hello."))),
        (user("Hi"), said(USE)),
        (user("Hi"), said(USE), user("Never mind.")),
        (user("Hi"), said(USE), said(Text("Well."))),
        (user("Hi"), said(USE, ToolUse("t2", "look", {})), given(RESULT)),
        (user("Hi"), said(USE), given(Text("Look:"), RESULT)),
        (user("Hi"), given(RESULT)),
        (user("Hi"), said(USE), given(RESULT), said(USE), given(RESULT)),
        (user("Hi"), said(USE), given(RESULT, RESULT)),
        (user("Hi"), said(RESULT), given(USE)),
        (user("half \ud83d of it"), said(ToolUse("t1", "look", {"\udc00": ["\ud83d"]})), given(RESULT)),
        (Message(cast("Role", "system"), (Text("Be terse."),)),),
    ],
)
async def test_whatever_a_conversation_holds_the_service_takes_it(
    api: MessagesApi, model: AnthropicModel, messages: tuple[Message, ...]
) -> None:
    pieces = await ask(model, prompt(messages=messages))

    assert words(pieces) == ["Under", "stood."]


async def test_a_call_whose_result_is_lost_is_told_as_one_that_may_be_done(
    api: MessagesApi, model: AnthropicModel
) -> None:
    await ask(model, prompt(messages=(user("Hi"), said(USE), user("And?"))))

    (result, text) = api.requests[0].body["messages"][-1]["content"]
    assert (result["tool_use_id"], result["is_error"]) == ("t1", True)
    assert "not known" in result["content"]
    assert text["text"] == "And?"


async def test_calls_that_share_an_id_keep_their_results(api: MessagesApi, model: AnthropicModel) -> None:
    other = ToolResult("t1", "six")
    await ask(model, prompt(messages=(user("Hi"), said(USE), given(RESULT), said(USE), given(other))))

    messages = api.requests[0].body["messages"]
    assert [message["content"][0].get("id") for message in messages[1::2]] == ["t1", "t1_2"]
    assert [
        (message["content"][0]["tool_use_id"], message["content"][0]["content"]) for message in messages[2::2]
    ] == [("t1", "five"), ("t1_2", "six")]


async def test_a_system_prompt_of_white_space_is_none(api: MessagesApi, model: AnthropicModel) -> None:
    await ask(model, prompt(system=" \n"))

    assert "system" not in api.requests[0].body
