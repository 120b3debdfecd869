"""The daemon on a model of a chat-completions server: the sample requests, kills in mid-stream, waiting, and a wrong start."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.conftest import Streamd
from tests.support.chat_api import ChatApi, Quirks
from tests.support.daemon import Daemon, running
from tests.support.messages_api import Request
from tests.support.model_replies import Call, Reply, called, failed, said, structured
from tests.support.requested_work import calls, check_changes, in_the_store
from tests.support.samples import SAMPLE_ITEMS, SAMPLE_REQUESTS
from tests.support.scripted_model import KEY, Scripted, ask, ask_until, kinds, reasoning, text, the_rest

pytestmark = pytest.mark.asyncio(loop_scope="module")

MODEL: Final = "qwen3:8b"
PRICES: Final = '[prices."qwen3:8b"]\ninput = 1\noutput = 1\ncache_write = 1\ncache_read = 1\n'


def variables(url: str, **more: str) -> dict[str, str]:
    return {
        "STREAMD_MODELS__PROVIDER": "openai",
        "STREAMD_MODELS__MODEL": MODEL,
        "STREAMD_MODELS__RETRY_BASE_SECONDS": "0.01",
        "STREAMD_MODELS__CHECK_AT_START": "false",
        "STREAMD_RUNS__MAX_ATTEMPTS": "100",
        "OPENAI_BASE_URL": url,
        "ANTHROPIC_API_KEY": KEY,  # of another maker: it must not be sent
        **more,
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api() -> AsyncIterator[ChatApi]:
    async with ChatApi() as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(api: ChatApi, directory: Path) -> AsyncIterator[Daemon]:
    async with running(directory, **variables(api.base_url)) as one:
        yield one


@pytest.mark.parametrize("row", SAMPLE_REQUESTS, ids=lambda row: row["say"])
async def test_a_sample_request_does_what_the_file_says(
    daemon: Daemon, workspace: str, model: Scripted, row: Mapping[str, Any]
) -> None:
    expected = row["expect"]
    wanted = list(calls(expected))
    answer = f"So it is. {' '.join(expected.get('reply_mentions', ['Done']))}."
    replies: list[Reply] = [called(*wanted, text=("I ", "see. "))] if wanted else []
    model.says(
        *replies,
        said(*re.findall(r"\S+\s*", answer), thought=("Hm.",)),
        intent=expected.get("intent", "general"),
    )
    async with daemon.client(workspace=workspace) as client:
        await client.ask(type="bulk", operation="add_multiple", items=SAMPLE_ITEMS)
        before = await in_the_store(client)
        told = await ask(client, row["say"], context=row.get("context", {}))
        check_changes(before, await in_the_store(client), expected)
    if "context" not in row:
        assert text(told).endswith(answer)
        assert reasoning(told).endswith("Hm.")
        assert {request.body["model"] for request in model.api.requests} == {MODEL}
        assert "authorization" not in model.api.requests[0].headers
        assert told[-1]["data"]["usage"]["output_tokens"] == 34 * len(model.api.requests)


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(counts=False, ids=False, nulls=True)])
async def test_killed_in_mid_stream_it_comes_to_its_end_and_does_nothing_twice(
    daemon: Daemon, api: ChatApi, workspace: str, model: Scripted, quirks: Quirks
) -> None:
    api.quirks = quirks
    notes = {"items": [{"id": "n", "type": "note", "name": "Note"}]}
    model.says(
        called(Call("add_items", notes), text=("I add. ",)),
        said("It ", "is ", "there.", holds=frozenset({2})),
        said("It is there."),
    )
    try:
        async with daemon.client(workspace=workspace) as client:
            before = await ask_until(client, "is ", "Add a note", agent="general")
            await daemon.kill()
        await daemon.start()
        whole = await the_rest(daemon, workspace, before)
    finally:
        api.quirks = Quirks()

    assert (kinds(whole)[-1], text(whole)) == ("complete", "I add. It is there.")
    assert kinds(whole).count("item_added") == 1
    assert model.asked[-1].body == model.asked[-2].body


async def test_who_is_told_to_wait_lets_all_wait_and_all_are_served(
    daemon: Daemon, api: ChatApi, workspace: str, model: Scripted
) -> None:
    refused = 0

    def answer(request: Request) -> Reply:
        nonlocal refused
        if request.schema is not None:
            return structured({"primary_intent": "general", "confidence": 0.9, "steps": []})
        if refused < 6:
            refused += 1
            return failed(429, "rate_limit_error", headers={"retry-after-ms": "50"})
        return said("Yes.")

    api.answer = answer

    async def one(number: int) -> str:
        async with daemon.client(workspace=workspace, user_id=f"u{number}") as client:
            return text(await ask(client, "Are you there?", agent="general"))

    assert await asyncio.gather(*map(one, range(8))) == ["Yes."] * 8


async def test_stopping_a_run_closes_the_stream(daemon: Daemon, workspace: str, model: Scripted) -> None:
    model.says(said("One ", "two", holds=frozenset({1})))
    async with daemon.client(workspace=workspace) as client, asyncio.timeout(60):
        begun = await ask_until(client, "One ", "Count", agent="general")
        await client.send(type="cancel", run_id=begun[0]["run_id"])
        await model.asked[0].cut.wait()
        await client.until(lambda message: message.get("type") == "cancelled")


async def test_without_a_server_the_error_says_what_to_look_at(tmp_path: Path) -> None:
    gone = variables("http://127.0.0.1:9/v1", STREAMD_MODELS__MAX_ATTEMPTS="1")
    async with running(tmp_path, **gone) as daemon, daemon.client() as client:
        told = await ask(client, "Are you there?", agent="general")
        assert (told[-1]["type"], told[-1]["kind"]) == ("error", "unreachable")
        assert KEY not in "\n".join(daemon.log)


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        ("openai", 'models.provider is "openai", which has no claude-sonnet-5-5: set models.model'),
        ("opnai", 'must be one of auto, anthropic, openai, offline, not "opnai"; did you mean openai?'),
    ],
)
async def test_a_wrong_choice_is_told_by_check_config_and_start_alike(
    streamd: Streamd, provider: str, told: str
) -> None:
    for command in ("check-config", "serve") if provider == "openai" else ("check-config",):
        ended = streamd(command, environ={"STREAMD_MODELS__PROVIDER": provider, "STREAMD_WS__PORT": "0"})
        assert (ended.returncode, told in ended.stderr) == (2, True), ended.stderr
