"""Whatever can happen to a stream of a model, and what somebody on a WebSocket sees of it."""

import asyncio
from typing import Any, Final

import pytest

from tests.support.daemon import Client
from tests.support.model_replies import BEFORE_THE_HEAD, Call, Fault, Reply, called, failed, said, structured
from tests.support.scripted_model import Scripted, again, ask, broken, kinds, text

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C1", "C5")]

SECRET: Final = "what only the one who asks may read"
WORDS: Final = "words of the service"
VARIABLES: Final = {"STREAMD_MODELS__STALL_SECONDS": "0.7"}


BEFORE: Final = {
    "too many requests": failed(429, "rate_limit_error"),
    "too many requests, with a time": failed(429, "rate_limit_error", headers={"retry-after": "0.05"}),
    "overloaded": failed(529, "overloaded_error"),
    "internal error": failed(500, "api_error"),
    "gateway": failed(503, "api_error"),
    "cut before any answer": Reply(fault=Fault(0, "cut")),
    "cut": broken("cut", 0, "x"),
    "reset": broken("reset", 0, "x"),
    "ended": broken("end", 0, "x"),
    "an error in the stream": broken("error", 0, "x"),
    "no JSON": broken("garbage", 0, "x"),
    "silence": broken("stall", 0, "x"),
    "silence before any answer": said("x", holds=frozenset({BEFORE_THE_HEAD})),
    "a tool with half an input": called(Call("list_items", chunks=('{"type": "inv',))),
    "a tool, cut off": called(Call("list_items", {"type": "inventory"}), fault=Fault(1, "cut")),
}


@pytest.mark.parametrize("reply", BEFORE.values(), ids=BEFORE)
async def test_what_fails_before_anything_is_shown_is_asked_again_and_nobody_notices(
    client: Client, model: Scripted, reply: Reply
) -> None:
    model.says(again(reply), said("All ", "good."))
    told = await ask(client, SECRET, agent="general")
    assert kinds(told)[-2:] == ["general_complete", "complete"]
    assert "attempt_reset" not in kinds(told)
    assert [response["content"] for response in told if response["type"] == "content"] == ["All ", "good."]
    assert len(model.asked) == 2
    assert model.asked[1].body == model.asked[0].body


async def test_the_service_says_when_to_come_back_and_is_obeyed(client: Client, model: Scripted) -> None:
    model.says(failed(429, "rate_limit_error", headers={"retry-after-ms": "400"}), said("Now."))
    begun = asyncio.get_running_loop().time()
    told = await ask(client, "Go on", agent="general")
    assert asyncio.get_running_loop().time() - begun >= 0.4
    assert text(told) == "Now."


@pytest.mark.parametrize("how", ["cut", "reset", "end", "error", "garbage", "stall"])
async def test_what_breaks_after_text_goes_on_right_behind_it(
    client: Client, model: Scripted, how: str
) -> None:
    shown = "It broke in the mid"
    model.says(broken(how, 2, "It broke in ", "the mid", "dle of nothing."), said("dle of ", "a word."))
    told = await ask(client, SECRET, agent="general")
    assert "attempt_reset" not in kinds(told)
    assert text(told) == "It broke in the middle of a word."
    assert told[-2]["message"] == told[-1]["message"] == text(told)
    first, second = model.asked
    assert second.body["messages"][-1]["role"] == "user"
    assert f"\n{shown}\n---" in second.words
    assert second.words.count(shown) == 1
    # All that went before it stands as it did: the prompt cache covers it.
    assert second.body["messages"][:-1] == first.body["messages"]
    assert second.body["system"] == first.body["system"]


async def test_an_answer_that_breaks_again_and_again_loses_no_character_and_repeats_none(
    client: Client, model: Scripted
) -> None:
    model.says(
        broken("cut", 1, "One, two, three, ", "x"),
        broken("error", 1, "two, three, four, ", "x"),  # it says again what was seen already
        failed(529, "overloaded_error"),
        broken("end", 2, "five", ", six, ", "x"),
        said("seven."),
    )
    told = await ask(client, "Count", agent="general")
    assert text(told) == "One, two, three, four, five, six, seven."
    assert "attempt_reset" not in kinds(told)
    assert "five, six, \n---" in model.asked[-1].words
    assert len(model.asked) == 5


@pytest.mark.parametrize("how", ["cut", "error", "stall"])
async def test_a_tool_that_was_begun_cannot_be_gone_on_with_and_begins_again(
    client: Client, model: Scripted, how: str
) -> None:
    call = Call("list_items", {"type": "inventory"})
    ending: dict[str, Any] = (
        {"holds": frozenset({3})} if how == "stall" else {"fault": Fault(3, how)}  # type: ignore[arg-type]
    )
    model.says(called(call, text=("Let me ", "look. "), **ending), said("There is ", "nothing."))
    told = await ask(client, "What is there?", agent="general")
    assert kinds(told).count("attempt_reset") == 1
    reset = next(response for response in told if response["type"] == "attempt_reset")
    assert reset["attempt"] == 2
    assert text(told) == "There is nothing."
    assert told[-2]["message"] == "There is nothing.", "what is void is no part of the answer"
    assert told[-1]["message"] == "There is nothing."
    assert model.asked[1].body == model.asked[0].body


async def test_thoughts_cannot_be_gone_on_with_either(client: Client, model: Scripted) -> None:
    model.says(
        said("x", thought=("Hm, ", "let me see"), fault=Fault(2, "cut")), said("Yes.", thought=("Oh",))
    )
    told = await ask(client, "Is it?", agent="general")
    assert kinds(told).count("attempt_reset") == 1
    assert text(told) == told[-1]["message"] == "Yes."
    assert len(model.asked) == 2


async def test_half_a_tool_after_an_answer_that_was_gone_on_with_takes_all_of_it_back(
    client: Client, model: Scripted
) -> None:
    bad = Call("list_items", chunks=('{"type": "inv',))
    model.says(broken("cut", 1, "I will ", "x"), called(bad, text=("look",)), said("I need not."))
    told = await ask(client, "What is there?", agent="general")
    assert kinds(told).count("attempt_reset") == 1
    assert text(told) == told[-1]["message"] == "I need not."
    assert model.asked[2].body == model.asked[0].body


async def test_an_answer_that_was_gone_on_with_and_ends_in_a_tool_is_one_answer_for_the_next_turn(
    client: Client, model: Scripted
) -> None:
    call = Call("list_items", {"type": "inventory"})
    model.says(broken("cut", 1, "I will ", "x"), called(call, text=("look. ",)), said("None."))
    told = await ask(client, "What is there?", agent="general")
    assert text(told) == "I will look. None."
    messages = model.asked[2].body["messages"]
    assert [message["role"] for message in messages] == ["user", "assistant", "user"]
    assert messages[1]["content"][0] == {"type": "text", "text": "I will look. "}
    assert messages[1]["content"][1]["name"] == "list_items"


async def test_to_tell_what_a_request_is_about_is_tried_again_as_well(
    client: Client, model: Scripted
) -> None:
    model.says(said("Hello."))
    intent = structured({"primary_intent": "general", "confidence": 0.9, "steps": []})
    model.api.script(
        failed(529, "overloaded_error"),
        structured({"primary_intent": "general"}, fault=Fault(2, "cut")),
        said("no JSON at all"),
        intent,
    )
    told = await ask(client, "Zibble the blorps")
    assert kinds(told)[:2] == ["start", "intent_analysis"]
    assert kinds(told)[-1] == "complete"
    assert "attempt_reset" not in kinds(told)
    assert text(told) == "Hello."
    assert len(model.api.requests) == 5
    bodies = [request.body for request in model.api.requests[:4]]
    assert bodies == [bodies[0]] * 4, "half a JSON object cannot be gone on with"
