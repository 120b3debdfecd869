"""Every way in which a stream fails is one kind of ModelError, and says whether asking again can help, and when."""

import asyncio

import attrs
import pytest

from streamd.models.openai import ChatServer, open_openai
from streamd.models.openai._chat_model import ChatModel
from streamd.ports.model_maker import ModelSettings
from tests.models.asking import BOUND_SECONDS, KEY, failure, prompt, words
from tests.support.chat_api import ChatApi, Quirks
from tests.support.messages_api import closed_port
from tests.support.model_replies import BEFORE_THE_HEAD, Call, Fault, Reply, called, failed, said


@pytest.mark.parametrize(
    ("reply", "kind", "retryable"),
    [
        (failed(401, "invalid_request_error"), "unauthorized", False),
        (failed(402, "billing"), "not_allowed", False),
        (failed(429, "rate_limit_error"), "rate_limited", True),
        (failed(429, "insufficient_quota", said="You exceeded your current quota"), "not_allowed", False),
        (failed(503, "server_error", said="The server is overloaded"), "overloaded", True),
        (failed(503, "unavailable_error", said="Loading model"), "overloaded", True),
        (failed(500, "api_error"), "server_error", True),
        (failed(502, "api_error", headers={"x-should-retry": "false"}), "server_error", False),
        (
            failed(404, "not_found_error", said='model "x" not found, try pulling it first'),
            "bad_request",
            False,
        ),
        (failed(400, "invalid_request_error"), "bad_request", False),
        (failed(413, "too_large"), "too_long", False),
        (said("a", "b", fault=Fault(1, "cut")), "cut_off", True),
        (said("a", "b", fault=Fault(1, "reset")), "cut_off", True),
        (said("a", "b", fault=Fault(1, "end")), "truncated", True),
        (said("a", "b", fault=Fault(1, "garbage")), "bad_answer", True),
        (said("a", "b", fault=Fault(1, "error")), "overloaded", True),
        (said("a", "b", fault=Fault(1, "error", "server_error")), "server_error", True),
        (said("a", "b", fault=Fault(1, "error", "invalid_request_error")), "bad_request", False),
        (called(Call("look", chunks=('{"a": ', "oops}"))), "bad_tool_input", True),
        (called(Call("look", chunks=("[1]",))), "bad_tool_input", True),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
async def test_a_failure_has_its_kind(
    api: ChatApi, model: ChatModel, reply: Reply, kind: str, retryable: bool
) -> None:
    # The replies are made once for all tests, but each is given once only.
    api.script(reply)

    error, before = await failure(model)

    assert (error.kind, error.retryable) == (kind, retryable)
    assert words(before) == (["a"] if reply.fault else [])
    assert len(api.requests) == 1  # it does not ask again by itself


@pytest.mark.parametrize(
    ("told", "measured"),
    [
        (
            "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens.",
            (9000, 8192),
        ),
        (
            "This model's maximum context length is 4,096 tokens. However, you requested 5,000 tokens (4000 in all).",
            (5000, 4096),
        ),
        ("the request exceeds the available context size. request (5000 tokens), context size (4096 tokens)", (5000, 4096)),
        ("The number of tokens to keep is greater than the context length", None),
    ],
)  # fmt: skip
async def test_a_prompt_that_is_too_long_is_told_with_what_the_server_counts(
    api: ChatApi, model: ChatModel, told: str, measured: tuple[int, int] | None
) -> None:
    api.script(failed(400, "invalid_request_error", said=told))

    error, _ = await failure(model)

    assert (error.kind, error.measured) == ("too_long", measured)
    assert "begin a new thread" in error.message


async def test_the_server_says_when_to_come_back(api: ChatApi, model: ChatModel) -> None:
    api.script(failed(429, "rate_limit_error", headers={"retry-after": "7"}))

    error, _ = await failure(model)

    assert error.retry_after_seconds == 7.0


async def test_a_failure_tells_no_secret_and_none_of_the_servers_words(
    api: ChatApi, model: ChatModel, server: ChatServer
) -> None:
    api.script(failed(401, "authentication_error"), failed(400, "invalid_request_error"))

    for _ in range(2):
        error, _ = await failure(model)
        assert KEY not in error.message
        assert "words of the service" not in error.message
        assert error.__suppress_context__
    assert KEY not in repr(server)


async def test_a_server_that_is_not_there_is_unreachable(settings: ModelSettings) -> None:
    async with open_openai(settings, ChatServer(closed_port())) as model:
        error, _ = await failure(model)

    assert (error.kind, error.retryable) == ("unreachable", True)
    assert "openai.base_url" in error.message


async def test_an_address_without_chat_completions_is_told(api: ChatApi, settings: ModelSettings) -> None:
    async with open_openai(settings, ChatServer(api.url)) as model:
        error, _ = await failure(model)

    assert "openai.base_url" in error.message


async def test_an_answer_that_is_no_json_object_is_a_bad_answer(api: ChatApi, model: ChatModel) -> None:
    api.script(said("Well, ", "{}"), said("[1]"))

    for _ in range(2):
        error, _ = await failure(model, prompt(schema={"type": "object"}))
        assert (error.kind, error.retryable) == ("bad_answer", True)


@pytest.mark.parametrize("position", [BEFORE_THE_HEAD, 0, 1])
async def test_a_model_that_falls_silent_has_stalled(
    api: ChatApi, settings: ModelSettings, server: ChatServer, position: int
) -> None:
    api.script(said("one", "two", holds=frozenset({position})))
    impatient = attrs.evolve(settings, default=attrs.evolve(settings.default, stall_seconds=0.2))

    async with open_openai(impatient, server) as model:
        error, _ = await failure(model)

        assert (error.kind, error.retryable) == ("stalled", True)
        async with asyncio.timeout(BOUND_SECONDS):
            await api.requests[0].cut.wait()


async def test_a_model_that_does_nothing_but_keep_its_connection_alive_is_given_up(
    api: ChatApi, settings: ModelSettings, server: ChatServer
) -> None:
    api.script(said("one", "two", holds=frozenset({1}), ping_seconds=0.02))

    async with open_openai(settings, attrs.evolve(server, silence_seconds=0.3)) as model:
        error, before = await failure(model)

    assert (error.kind, words(before)) == ("stalled", ["one"])


async def test_an_error_as_an_object_in_the_stream_is_its_failure(api: ChatApi, model: ChatModel) -> None:
    api.quirks = Quirks(error_objects=True)
    api.script(said("a", "b", fault=Fault(1, "error")))

    error, before = await failure(model)

    assert (error.kind, words(before)) == ("overloaded", ["a"])


async def test_an_error_instead_of_an_answer_is_a_failure_whatever_its_status(
    api: ChatApi, model: ChatModel
) -> None:
    api.quirks = Quirks(streams=False)
    api.script(said(stop=""))

    error, _ = await failure(model)

    assert (error.kind, error.retryable) == ("truncated", True)
