"""Rows C1 and C5: whatever can happen to a stream of a model, and what somebody on a WebSocket sees of it."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.daemon import Client, Daemon, running
from tests.support.messages_api import closed_port
from tests.support.model_replies import BEFORE_THE_HEAD, Call, Fault, Reply, called, failed, said, structured
from tests.support.scripted_model import KEY, Scripted, ask, environ, kinds, text

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET: Final = "what only the one who asks may read"
WORDS: Final = "words of the service"
VARIABLES: Final = {"STREAMD_MODELS__STALL_SECONDS": "0.7"}


def broken(how: str, after: int, *chunks: str, **more: Any) -> Reply:
    """A stream of these chunks that ends behind so many of them."""
    if how == "stall":
        return said(*chunks, holds=frozenset({after}), **more)
    return said(*chunks, fault=Fault(after, how), **more)  # type: ignore[arg-type]


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
    model.says(attrs_copy(reply), said("All ", "good."))
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


LASTING: Final = {
    "rate_limited": failed(429, "rate_limit_error", headers={"retry-after-ms": "1"}),
    "overloaded": failed(529, "overloaded_error"),
    "server_error": failed(502, "api_error"),
    "cut_off": broken("cut", 0, "x"),
    "truncated": broken("end", 0, "x"),
    "bad_tool_input": called(Call("add_items", chunks=("[1, 2",))),
}


@pytest.mark.parametrize("kind", LASTING)
async def test_after_five_attempts_there_is_a_clear_error(client: Client, model: Scripted, kind: str) -> None:
    model.says(*(attrs_copy(LASTING[kind]) for _ in range(5)))
    told = await ask(client, SECRET, agent="general")
    last = told[-1]
    assert (last["type"], last["code"], last["kind"], last["retryable"]) == (
        "error", "model_failed", kind, True,
    )  # fmt: skip
    assert "ask again" in last["message"]
    assert ("retry_after_ms" in last) == (kind == "rate_limited")
    assert "partial" not in last
    assert len(model.asked) == 5
    assert "attempt_reset" not in kinds(told), "nothing had been shown"


async def test_the_error_after_the_last_attempt_has_everything_that_was_said(
    client: Client, model: Scripted
) -> None:
    model.says(
        *(broken("cut", 1, word, "x") for word in ("Of all ", "the things ", "that ", "may ", "break, "))
    )
    told = await ask(client, "Tell me", agent="general")
    assert (told[-1]["code"], told[-1]["kind"]) == ("model_failed", "cut_off")
    assert told[-1]["partial"] == text(told) == "Of all the things that may break, "


async def test_what_is_void_is_no_part_of_what_an_error_gives_as_said(
    client: Client, model: Scripted
) -> None:
    call = Call("list_items", {"type": "inventory"})
    model.says(
        called(call, text=("Let me look. ",), fault=Fault(2, "cut")),
        said("There are ", "many", stop="max_tokens"),
    )
    told = await ask(client, "Tell me", agent="general")
    assert told[-1]["kind"] == "max_tokens"
    assert told[-1]["partial"] == text(told) == "There are many"


FINAL: Final = {
    "a refused key": (failed(401, "authentication_error"), "unauthorized", "ANTHROPIC_API_KEY"),
    "a key without the right": (failed(403, "permission_error"), "unauthorized", "ANTHROPIC_API_KEY"),
    "no credit": (failed(402, "billing_error"), "not_allowed", "add credit"),
    "a spend limit": (
        failed(429, "rate_limit_error", error_code="enforced_spend_limit_reached"), "not_allowed", "spend limit",
    ),
    "an unknown model": (failed(404, "not_found_error"), "bad_request", "claude-sonnet-5-5"),
    "a bad request": (failed(400, "invalid_request_error"), "bad_request", "max_output_tokens"),
    "too much": (failed(413, "request_too_large"), "bad_request", "new thread"),
    "too long an answer": (said("half", stop="max_tokens"), "max_tokens", "max_output_tokens"),
    "a declined answer": (
        said(stop="refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": None}),
        "refused", "other words",
    ),
    "a declined answer in its middle": (said("Well, ", stop="refusal"), "refused", "other words"),
}  # fmt: skip


@pytest.mark.parametrize(("reply", "kind", "words"), FINAL.values(), ids=FINAL)
async def test_what_asking_again_cannot_help_is_asked_once_and_the_error_says_what_to_do(
    client: Client, model: Scripted, reply: Reply, kind: str, words: str
) -> None:
    model.says(attrs_copy(reply))
    told = await ask(client, SECRET, agent="general")
    last = told[-1]
    assert (last["type"], last["code"], last["kind"], last["retryable"]) == (
        "error", "model_failed", kind, False,
    )  # fmt: skip
    assert words in last["message"]
    assert WORDS not in str(told)
    assert last.get("partial", "") == text(told)
    assert len(model.asked) == 1


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
    told = await ask(client, "Hello")
    assert kinds(told)[:2] == ["start", "intent_analysis"]
    assert kinds(told)[-1] == "complete"
    assert "attempt_reset" not in kinds(told)
    assert text(told) == "Hello."
    assert len(model.api.requests) == 5
    bodies = [request.body for request in model.api.requests[:4]]
    assert bodies == [bodies[0]] * 4, "half a JSON object cannot be gone on with"


async def test_a_run_that_failed_leaves_its_thread_as_it_was_and_the_next_one_works(
    client: Client, model: Scripted
) -> None:
    model.says(failed(401, "authentication_error"), said("Here I am."))
    failed_run = await ask(client, "First", agent="general", thread_id="again")
    assert failed_run[-1]["type"] == "error"
    told = await ask(client, "Second", agent="general", thread_id="again")
    assert text(told) == "Here I am."
    assert [message["role"] for message in model.asked[1].body["messages"]] == ["user"]


async def test_neither_key_nor_words_of_people_or_models_are_in_the_log_or_in_messages(
    client: Client, daemon: Daemon, model: Scripted
) -> None:
    model.says(failed(401, "authentication_error", said=f"no such key: {KEY}"), said("A secret answer"))
    told = await ask(client, SECRET, agent="general")
    told += await ask(client, SECRET, agent="general")
    await daemon.logs("run_finished", told[-1]["run_id"])
    log = "\n".join(daemon.log)
    assert "model_failed" in log
    for secret in (KEY, SECRET, "A secret answer", "It broke in"):
        assert secret not in log
    assert KEY not in str(told)


async def test_a_service_that_cannot_be_reached_is_told_with_what_to_check(tmp_path: Path) -> None:
    variables = environ(closed_port(), STREAMD_MODELS__CHECK_AT_START="true")
    async with running(tmp_path, **variables) as daemon, daemon.client() as client:
        assert await daemon.logs("model_check", "could not be checked")
        last = (await ask(client, "Hello", agent="general"))[-1]
        assert (last["type"], last["code"], last["kind"]) == ("error", "model_failed", "unreachable")
        assert "models.base_url" in last["message"]
        assert last["retryable"]
        # What needs no model works on.
        told = await ask(client, "", context={"item_type": "note", "item_name": "Memo"})
        assert told[-1]["type"] == "complete"
        assert told[0]["model"] == "offline"


def attrs_copy(reply: Reply) -> Reply:
    """A reply of its own, as each remembers how far it came."""
    return Reply(
        reply.parts, reply.stop, reply.tokens, reply.stop_details, reply.fault, reply.holds, reply.ping_seconds,
        reply.status, reply.headers, reply.error,
    )  # fmt: skip
