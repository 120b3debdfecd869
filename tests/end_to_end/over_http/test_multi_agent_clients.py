"""Agents that work together, for clients of the multi-agent stream, its blocking twin and its WebSocket."""

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect

from tests.support.agents import installed
from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, Client, Daemon, running
from tests.support.node import Program, node
from tests.support.sse import Block, Reader, reading

pytestmark = pytest.mark.asyncio(loop_scope="module")

STREAM: Final = "/api/streaming/multi-agent/stream"
QUESTION: Final[Mapping[str, Any]] = {
    "query": "Which supplier should we choose for copper wire?", "coordination_mode": "collaborative",
    "primary_agent": None, "supporting_agents": ["research", "analysis"], "context": {}, "product_id": "wire-1",
}  # fmt: skip
KEYS: Final[Mapping[str, set[str]]] = {
    "agent_start": {"agent", "query"},
    "agent_chunk": {"agent", "chunk"},
    "agent_complete": {"agent", "response", "metadata"},
    "interaction": {"from_agent", "to_agent", "query", "response", "metadata"},
    "progress": {"progress", "message"},
    "error": {"error", "agent", "code"},
    "complete": {"response", "interactions", "metadata"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    directory = tmp_path_factory.mktemp("daemon")
    variables = {**WITH_HTTP, **installed(directory / "agents"), "STREAMD_RUNS__APPROVE_REMOVALS_OVER": "1"}
    async with running(directory, **variables) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as one:
        yield one


def check(block: Block) -> None:
    """Its lines are `event:` and `data:`, in this order, and its keys those that clients know."""
    assert [line.partition(":")[0] for line in block.raw.split("\n")] == ["event", "data"]
    assert set(block.data) - {"internal"} == KEYS[block.event], block
    assert block.data.get("internal", True) is True


async def asked(daemon: Daemon, *, workspace: str = "default", **request: object) -> list[Block]:
    async with reading(daemon.http_url, STREAM, body=request, workspace=workspace) as reader:
        blocks = await reader.rest()
    for block in blocks:
        check(block)
    assert [block for block in blocks if block.event in ("complete", "error")] == blocks[-1:]
    return blocks


@pytest.mark.requirement("B2")
async def test_a_stream_has_the_events_of_all_agents_and_shows_the_answer_of_one(daemon: Daemon) -> None:
    blocks = await asked(daemon, **QUESTION)
    assert {block.event for block in blocks} == set(KEYS) - {"error"}
    helping = {
        block.data["agent"] for block in blocks if block.data.get("internal") and "agent" in block.data
    }
    assert {"rag", "research", "analysis"} <= helping
    last = blocks[-1].data
    shown = [
        block.data for block in blocks if block.event == "agent_chunk" and not block.data.get("internal")
    ]
    assert {chunk["agent"] for chunk in shown} == {last["metadata"]["primary_agent"]} == {"supplier"}
    assert "".join(chunk["chunk"] for chunk in shown) == last["response"]
    shares = [block.data["progress"] for block in blocks if block.event == "progress"]
    assert (shares, shares[0], shares[-1]) == (sorted(shares), 0.0, 1.0)
    assert [one["to_agent"] for one in last["interactions"]][-1] == "supplier"


@pytest.mark.requirement("B2")
async def test_the_documents_use_of_its_client_gets_chunks_and_the_whole(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    npm_client("amaro")
    async with node("multi_agent_client.mjs", daemon.http_url, orjson.dumps(QUESTION).decode()) as program:
        *lines, last = await program.rest()
    assert isinstance(last, list)
    result: dict[str, Any] = last[1]
    added = [line[1] for line in lines if isinstance(line, list) and line[0] == "added up"]
    assert (last[0], added[-1]) == ("result", result["response"])
    assert result["metadata"]["primary_agent"] == "supplier"
    wrong = orjson.dumps({**QUESTION, "primary_agent": "nobody"}).decode()
    async with node("multi_agent_client.mjs", daemon.http_url, wrong) as program:
        *_, last = await program.rest()
    assert isinstance(last, list)
    assert last[0] == "failed"
    assert last[1].startswith("invalid_message: there is no agent nobody")


@pytest.mark.requirement("B2")
async def test_the_documents_use_of_its_client_hears_of_a_cancel_and_leaves_its_run(
    daemon: Daemon, http: httpx.AsyncClient, npm_client: Callable[[str], Path]
) -> None:
    npm_client("amaro")
    waiting = {
        "query": "go",
        "thread_id": "of-a-page",
        "primary_agent": "general",
        "supporting_agents": ["waits"],
    }
    text = orjson.dumps(waiting).decode()

    async def begun(program: Program) -> str:
        while True:
            match await program.next():
                case ["event", "agent_start", {"agent": "waits"}]:
                    run_id: str = (await http.get("/threads/of-a-page")).json()["run_id"]
                    return run_id
                case _:
                    pass

    async with node("multi_agent_client.mjs", daemon.http_url, text) as program:
        run_id = await begun(program)
    await daemon.kill()
    await daemon.start()
    attached = {"after": 0}
    async with http.stream("GET", f"/runs/{run_id}/stream", params=attached) as response:
        assert (await http.post(f"/runs/{run_id}/cancel")).status_code == 200
        assert '"type":"cancelled"' in (await response.aread()).decode()
    async with node("multi_agent_client.mjs", daemon.http_url, text) as program:
        assert (await http.post(f"/runs/{await begun(program)}/cancel")).status_code == 200
        *_, last = await program.rest()
    assert isinstance(last, list)
    assert (last[0], last[1].partition(":")[0]) == ("failed", "cancelled")


@pytest.mark.requirement("B2")
async def test_the_documents_use_of_its_client_asks_a_person_and_is_answered(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    npm_client("amaro")
    async with daemon.client() as client:
        items = [{"type": "order", "name": name} for name in ("a", "b", "c")]
        await client.ask(type="bulk", operation="add_multiple", items=items)
        asking = {"query": "Remove all orders", "primary_agent": "inventory", "thread_id": "orders"}
        results = []
        for request in (asking, {"query": "yes", "thread_id": "orders"}):
            async with node(
                "multi_agent_client.mjs", daemon.http_url, orjson.dumps(request).decode()
            ) as program:
                *_, last = await program.rest()
            assert isinstance(last, list)
            assert last[0] == "result"
            results.append(last[1])
        assert results[0]["metadata"]["status"] == "interrupted"
        assert "interrupt" not in results[1]["metadata"]
        assert not (await client.ask(type="list_items", item_type="order"))["items"]


@pytest.mark.requirement("B2")
async def test_the_twin_answers_in_one_piece(http: httpx.AsyncClient) -> None:
    told = (await http.post("/api/multi-agent/process", json=QUESTION)).json()
    assert {"response", "primary_agent", "agent_interactions"} <= set(told)
    assert (told["primary_agent"], bool(told["response"])) == ("supplier", True)
    assert {one["from_agent"] for one in told["agent_interactions"]} == {"coordinator"}
    wrong = await http.post("/api/multi-agent/process", json={**QUESTION, "primary_agent": "nobody"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "invalid_message")
    empty = await http.post("/api/multi-agent/process", json={})
    assert (empty.status_code, empty.json()["path"]) == (400, "query")


@pytest.mark.requirement("B2")
async def test_a_helper_that_fails_is_told_and_the_answer_comes(daemon: Daemon) -> None:
    blocks = await asked(daemon, query="What is there?", supporting_agents=["fails"], primary_agent="general")
    (failed,) = [
        block.data for block in blocks if block.event == "agent_complete" and block.data["agent"] == "fails"
    ]
    assert failed["metadata"]["status"] == "failed"
    assert blocks[-1].event == "complete"


async def _first(reader: Reader, agent: str) -> None:
    await reader.until(lambda block: block.event == "agent_start" and block.data["agent"] == agent)


@pytest.mark.requirement("B2")
async def test_a_client_that_leaves_leaves_its_run_and_a_cancelled_one_ends_in_an_error(
    daemon: Daemon, http: httpx.AsyncClient
) -> None:
    waiting = {"query": "go", "thread_id": "w", "primary_agent": "general", "supporting_agents": ["waits"]}
    async with reading(daemon.http_url, STREAM, body=waiting) as reader:
        await _first(reader, "waits")
        location = reader.response.headers["location"]
    busy = await http.post(STREAM, json=waiting)
    assert (busy.status_code, busy.json()["code"]) == (409, "busy")
    assert (await http.post(location.replace("/stream", "/cancel"))).status_code == 200
    assert '"type":"cancelled"' in (await http.get(location)).text
    async with reading(daemon.http_url, STREAM, body=waiting) as reader:
        await _first(reader, "waits")
        await http.post(reader.response.headers["location"].replace("/stream", "/cancel"))
        last = (await reader.rest())[-1]
    assert (last.event, last.data["code"]) == ("error", "cancelled")


@pytest.mark.requirement("B2")
async def test_a_question_to_a_person_is_the_answer_and_is_answered_in_its_thread(daemon: Daemon) -> None:
    async with daemon.client(workspace="notes") as client:
        items = [{"type": "note", "name": name, "id": name} for name in ("a", "b", "c")]
        await client.ask(type="bulk", operation="add_multiple", items=items)
        request = {"query": "Remove all notes", "primary_agent": "inventory", "thread_id": "q"}
        asks = (await asked(daemon, workspace="notes", **request))[-1].data
        assert asks["metadata"]["status"] == "interrupted"
        assert asks["metadata"]["thread_id"] == "q"
        assert asks["response"].startswith("Remove 3 items")
        assert (await client.ask(type="list_items"))["items"]
        answered = (await asked(daemon, workspace="notes", query="yes", thread_id="q"))[-1]
        assert answered.event == "complete"
        assert not (await client.ask(type="list_items"))["items"]


@pytest.mark.requirement("B1", "B2")
@pytest.mark.parametrize("path", ["/api/streaming/request", "/api/multi-agent/process"])
async def test_what_is_no_request_is_refused_and_starts_nothing(http: httpx.AsyncClient, path: str) -> None:
    for body in ("{", "[]", '{"context": 7, "query": "q", "user_input": "i"}', ""):
        refused = await http.post(path, content=body)
        assert refused.status_code == 400, body
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.requirement("B1")
async def test_one_post_gets_all_responses_also_of_a_run_that_fails_or_waits(
    daemon: Daemon, http: httpx.AsyncClient
) -> None:
    async def responses(**request: object) -> list[dict[str, Any]]:
        answer = await http.post("/api/streaming/request", json=request)
        assert (answer.status_code, set(answer.json())) == (200, {"responses"})
        told: list[dict[str, Any]] = answer.json()["responses"]
        return told

    added = await responses(user_input="Add 3 new inventory items", context={}, user_id="u1")
    assert [one["type"] for one in added][:2] == ["start", "intent_analysis"]
    assert [one["type"] for one in added].count("item_added") == 3
    assert (added[-1]["type"], len(added[-1]["data"]["added"])) == ("complete", 3)
    async with daemon.client() as client:
        (first, *_) = (await client.ask(type="history", item_id=added[-1]["data"]["added"][0]))["changes"]
        assert first["by"] == "u1"
    failed = await responses(user_input="go", agent="fails")
    assert (failed[-1]["type"], failed[-1]["code"]) == ("error", "run_failed")
    waits = await responses(user_input="Remove all inventory items", thread_id="r")
    assert waits[-1]["type"] == "interrupt"
    answered = await responses(user_input="yes", thread_id="r")
    assert len(answered[-1]["data"]["removed"]) == 3


@pytest.mark.requirement("B3")
@pytest.mark.parametrize("port", ["ws", "http"])
async def test_the_socket_of_either_port_streams_what_agents_do(daemon: Daemon, port: str) -> None:
    url = daemon.url if port == "ws" else daemon.http_url.replace("http", "ws", 1)
    async with connect(f"{url}/api/streaming/ws/chat-1?token=none", ping_interval=None) as socket:
        client = Client(socket)
        greeting = await client.next()
        assert (greeting["type"], greeting["connection_id"]) == ("connected", "chat-1")
        await client.ask(type="ping")
        await client.send(type="multi_agent_request", request=QUESTION)
        last = await client.until(lambda message: message.get("type") in ("complete", "error"))
        told = [one for one in client.responses if one["type"] in KEYS]
        for one in told:
            assert KEYS[one["type"]] <= set(one)
        shown = [one for one in told if one["type"] == "agent_chunk" and not one.get("internal")]
        assert "".join(one["chunk"] for one in shown) == last["response"]
        helping = {one["agent"] for one in told if one.get("internal") and "agent" in one}
        assert {"research", "analysis"} <= helping
        await client.send(type="disconnect")
        await client.closed()
        assert socket.close_code == 1000
