"""Models that fail for good, and the error that says what to do."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.daemon import Client, Daemon, running
from tests.support.messages_api import closed_port
from tests.support.model_replies import Call, Fault, Reply, called, failed, said
from tests.support.scripted_model import KEY, Scripted, again, ask, broken, environ, kinds, text

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("C1", "C5")]

SECRET: Final = "what only the one who asks may read"
WORDS: Final = "words of the service"
VARIABLES: Final = {"STREAMD_MODELS__STALL_SECONDS": "0.7"}


LASTING: Final = {
    "rate_limited": failed(429, "rate_limit_error"),
    "overloaded": failed(529, "overloaded_error"),
    "server_error": failed(502, "api_error"),
    "cut_off": broken("cut", 0, "x"),
    "truncated": broken("end", 0, "x"),
    "bad_tool_input": called(Call("add_items", chunks=("[1, 2",))),
}


@pytest.mark.parametrize("kind", LASTING)
async def test_after_five_attempts_there_is_a_clear_error(client: Client, model: Scripted, kind: str) -> None:
    model.says(*(again(LASTING[kind]) for _ in range(5)))
    told = await ask(client, SECRET, agent="general")
    last = told[-1]
    assert (last["type"], last["code"], last["kind"], last["retryable"]) == (
        "error", "model_failed", kind, True,
    )  # fmt: skip
    assert "ask again" in last["message"]
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
    "too much": (failed(413, "request_too_large"), "too_long", "new thread"),
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
    model.says(again(reply))
    told = await ask(client, SECRET, agent="general")
    last = told[-1]
    assert (last["type"], last["code"], last["kind"], last["retryable"]) == (
        "error", "model_failed", kind, False,
    )  # fmt: skip
    assert words in last["message"]
    assert WORDS not in str(told)
    assert last.get("partial", "") == text(told)
    assert len(model.asked) == 1


async def test_a_run_that_failed_is_known_to_its_thread_and_the_next_one_works(
    client: Client, model: Scripted
) -> None:
    model.says(failed(401, "authentication_error"), said("Here I am."))
    failed_run = await ask(client, "First", agent="general", thread_id="again")
    assert failed_run[-1]["type"] == "error"
    told = await ask(client, "Second", agent="general", thread_id="again")
    assert text(told) == "Here I am."
    question, note, _ = (message["content"][0]["text"] for message in model.asked[1].body["messages"])
    assert question == "First"
    assert "cut off by an error" in note


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
