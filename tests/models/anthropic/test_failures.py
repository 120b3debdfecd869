"""Every way in which a stream fails is one kind of ModelError, and says whether asking again can help, and when."""

import asyncio
import email.utils
import time

import attrs
import pytest

from streamd.errors import ModelError
from streamd.models.anthropic import Settings, open_anthropic
from streamd.models.anthropic._anthropic_model import AnthropicModel
from tests.models.asking import BOUND_SECONDS, KEY, ask, failure, prompt, words
from tests.support.messages_api import MessagesApi, closed_port
from tests.support.model_replies import BEFORE_THE_HEAD, Call, Fault, Reply, called, failed, said


@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (failed(401, "authentication_error"), "unauthorized", False),
        (failed(403, "permission_error"), "unauthorized", False),
        (failed(402, "billing_error"), "not_allowed", False),
        (failed(429, "rate_limit_error"), "rate_limited", True),
        (failed(429, "rate_limit_error", "enforced_spend_limit_reached"), "not_allowed", False),
        (failed(429, "rate_limit_error", "contract_spend_limit_reached"), "not_allowed", False),
        (failed(429, "rate_limit_error", "ramp_limit_exceeded"), "rate_limited", True),
        (failed(529, "overloaded_error"), "overloaded", True),
        (failed(529, "overloaded_error", headers={"x-should-retry": "false"}), "overloaded", False),
        (failed(500, "api_error"), "server_error", True),
        (failed(503, "api_error"), "server_error", True),
        (failed(504, "timeout_error"), "server_error", True),
        (failed(599, "unheard_of"), "server_error", True),
        (failed(400, "invalid_request_error"), "bad_request", False),
        (failed(404, "not_found_error"), "bad_request", False),
        (failed(413, "request_too_large"), "too_long", False),
        (failed(418, "unheard_of"), "bad_request", False),
        (said("a", "b", fault=Fault(1, "cut")), "cut_off", True),
        (said("a", "b", fault=Fault(1, "reset")), "cut_off", True),
        (said("a", "b", fault=Fault(1, "end")), "truncated", True),
        (said("a", "b", fault=Fault(1, "garbage")), "bad_answer", True),
        (said("a", "b", fault=Fault(1, "error")), "overloaded", True),
        (said("a", "b", fault=Fault(1, "error", "api_error")), "server_error", True),
        (said("a", "b", fault=Fault(1, "error", "rate_limit_error")), "rate_limited", True),
        (said("a", "b", fault=Fault(1, "error", "invalid_request_error")), "bad_request", False),
        (said("a", "b", fault=Fault(1, "error", "unheard_of")), "server_error", True),
        (called(Call("look", chunks=('{"a": ', "oops}"))), "bad_tool_input", True),
        (called(Call("look", chunks=('{"a": [1, 2',))), "bad_tool_input", True),
        (called(Call("look", chunks=("[1]",))), "bad_tool_input", True),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
async def test_a_failure_has_its_kind(
    api: MessagesApi, model: AnthropicModel, reply: Reply, kind: str, retryable: bool
) -> None:
    # The replies are made once for all tests, but each is given once only.
    api.script(reply)

    error, before = await failure(model)

    assert (error.kind, error.retryable) == (kind, retryable)
    assert words(before) == (["a"] if reply.fault else [])
    assert len(api.requests) == 1  # it does not ask again by itself


async def test_a_failure_tells_no_secret_and_none_of_the_services_words(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(failed(401, "authentication_error"), failed(400, "invalid_request_error"))

    for _ in range(2):
        error, _ = await failure(model)
        assert KEY not in error.message
        assert "words of the service" not in error.message
        assert error.__suppress_context__


async def test_the_key_is_not_in_the_settings_text(settings: Settings) -> None:
    assert KEY not in repr(settings)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "7", "retry-after-ms": "1500"}, 1.5),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        ({}, None),
    ],
)
async def test_the_service_says_when_to_come_back(
    api: MessagesApi, model: AnthropicModel, headers: dict[str, str], seconds: float | None
) -> None:
    api.script(
        failed(429, "rate_limit_error", headers=headers), failed(529, "overloaded_error", headers=headers)
    )

    for _ in range(2):
        error, _ = await failure(model)
        assert error.retry_after_seconds == seconds


async def test_when_to_come_back_may_be_a_date(api: MessagesApi, model: AnthropicModel) -> None:
    date = email.utils.formatdate(time.time() + 30, usegmt=True)
    api.script(failed(429, "rate_limit_error", headers={"retry-after": date}))

    error, _ = await failure(model)

    assert error.retry_after_seconds is not None
    assert 0 < error.retry_after_seconds <= 30


async def test_what_cannot_help_has_no_time_to_come_back(api: MessagesApi, model: AnthropicModel) -> None:
    api.script(failed(401, "authentication_error", headers={"retry-after": "7"}))

    error, _ = await failure(model)

    assert error.retry_after_seconds is None


async def test_a_service_that_is_not_there_is_unreachable(settings: Settings) -> None:
    async with open_anthropic(attrs.evolve(settings, base_url=closed_port())) as model:
        error, _ = await failure(model)

    assert (error.kind, error.retryable) == ("unreachable", True)


async def test_an_answer_that_is_no_json_object_is_a_bad_answer(
    api: MessagesApi, model: AnthropicModel
) -> None:
    api.script(said("Well, ", "{}"), said("[1]"))

    for _ in range(2):
        error, _ = await failure(model, prompt(schema={"type": "object"}))
        assert (error.kind, error.retryable) == ("bad_answer", True)


async def test_a_schema_that_no_answer_can_be_held_to_is_refused_before_anybody_is_asked(
    api: MessagesApi, model: AnthropicModel
) -> None:
    error, _ = await failure(model, prompt(schema={"type": "object", "properties": {"a": {}}}))

    assert (error.kind, error.retryable) == ("bad_request", False)
    assert api.requests == []


def impatient(settings: Settings, *, stall: float = 60.0, pings_only: float = 300.0) -> Settings:
    patience = attrs.evolve(settings.default, stall_seconds=stall, pings_only_seconds=pings_only)
    return attrs.evolve(settings, default=patience)


@pytest.mark.parametrize("position", [BEFORE_THE_HEAD, 0, 1])
async def test_a_model_that_falls_silent_has_stalled(
    api: MessagesApi, settings: Settings, position: int
) -> None:
    api.script(said("one", "two", holds=frozenset({position})))

    async with open_anthropic(impatient(settings, stall=0.2)) as model:
        error, _ = await failure(model)

        assert (error.kind, error.retryable) == ("stalled", True)
        async with asyncio.timeout(BOUND_SECONDS):
            await api.requests[0].cut.wait()


async def test_pings_keep_a_model_that_thinks_from_being_given_up(
    api: MessagesApi, settings: Settings
) -> None:
    reply = said("one", "two", holds=frozenset({1}), ping_seconds=0.05)
    api.script(reply)

    async with open_anthropic(impatient(settings, stall=0.5)) as model:
        asking = asyncio.create_task(ask(model), name="asking")
        async with asyncio.timeout(BOUND_SECONDS):
            await reply.pinged(20)  # twice the time in which it would be given up
            reply.release()
            pieces = await asking

    assert words(pieces) == ["one", "two"]


async def test_a_model_that_does_nothing_but_ping_is_given_up(api: MessagesApi, settings: Settings) -> None:
    api.script(said("one", "two", holds=frozenset({1}), ping_seconds=0.02))

    async with open_anthropic(impatient(settings, pings_only=0.3)) as model:
        error, before = await failure(model)

    assert (error.kind, error.retryable) == ("stalled", True)
    assert words(before) == ["one"]


async def test_streams_fail_one_by_one_when_the_client_is_closed(
    api: MessagesApi, settings: Settings
) -> None:
    reply = said("one", holds=frozenset({0}))
    api.script(reply)

    async with open_anthropic(settings) as model:
        asking = asyncio.create_task(failure(model), name="asking")
        async with asyncio.timeout(BOUND_SECONDS):
            await reply.reached(0)
    async with asyncio.timeout(BOUND_SECONDS):
        error, _ = await asking

    assert isinstance(error, ModelError)


@pytest.mark.parametrize(
    ("told", "kind", "advice"),
    [
        ("prompt is too long: 210000 tokens > 200000 maximum", "too_long", "more than the language model can read"),
        ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", "too_long", "new thread"),
        ("Your credit balance is too low to access the Anthropic API.", "not_allowed", "add credit"),
        ("You have reached your specified API usage limits. You will regain access on 2026-12-01.", "not_allowed", "usage limit"),
        ("max_tokens: 9000 > 8192, which is the maximum allowed number of output tokens", "bad_request", "max_output_tokens"),
        ("thinking.type: disabled is not supported for this model", "bad_request", "effort, thinking"),
    ],
)  # fmt: skip
async def test_a_cause_that_is_told_in_words_only_is_told_as_what_it_is(
    api: MessagesApi, model: AnthropicModel, told: str, kind: str, advice: str
) -> None:
    api.script(failed(400, "invalid_request_error", said=told))

    error, _ = await failure(model)

    assert (error.kind, error.retryable) == (kind, False)
    assert advice in error.message
    assert error.measured == ((210_000, 200_000) if kind == "too_long" else None)
