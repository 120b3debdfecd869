"""The graph document's own clients: in TypeScript by node, by curl and by httpx."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
import pytest_asyncio

from tests.support.agents import installed
from tests.support.daemon import PATIENCE_SECONDS, ROOT, WITH_HTTP, Daemon, running
from tests.support.node import node
from tests.support.sse import reading

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.requirement("B5")]

NODES: Final = ("planner", "travel_plan", "generate", "reflect", "travel_critique", "generate")
PARIS: Final = {"thread_id": "paris", "message": "Write about visiting Paris", "use_hitl": True}
VARIABLES: Final = {
    "STREAMD_RUNS__MAX_REVISIONS": "1",
    "STREAMD_HTTP__COMMENT_SECONDS": "1",
    "STREAMD_DRAIN__SECONDS": "1",
}
Event = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def daemon(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Daemon]:
    directory = tmp_path_factory.mktemp("daemon")
    variables = {**WITH_HTTP, **installed(directory / "agents"), **VARIABLES}
    async with running(directory, **variables) as one:
        yield one


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(daemon: Daemon) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as one:
        yield one


def strictly(text: str) -> list[Event]:
    """The events of a response as a client reads them that knows nothing but `data: {json}` and blank lines."""
    blocks = text.split("\n\n")
    assert blocks.pop() == ""
    for block in blocks:
        assert block.startswith("data: "), block
        assert "\n" not in block
    return [orjson.loads(block.removeprefix("data: ")) for block in blocks]


async def streamed(http: httpx.AsyncClient, **request: object) -> list[Event]:
    response = await http.post("/runs/stream", json=request)
    assert response.headers["content-type"].startswith("text/event-stream")
    return strictly(response.text)


def nodes(events: Sequence[Event]) -> list[str]:
    return [event["node"] for event in events if event["event"] == "node"]


async def test_the_documents_client_and_app_go_from_pause_to_pause_to_the_end(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    npm_client("amaro")
    seen: list[str] = []
    for _ in range(10):
        async with node("graph_client.mjs", daemon.http_url, orjson.dumps(PARIS).decode()) as program:
            *events, shown = await program.rest()
        assert isinstance(shown, dict)
        one, last = events
        assert isinstance(one, dict)
        assert isinstance(last, dict)
        assert set(one) == {"event", "node", "data"}
        assert set(one["data"]) <= {"plan", "draft", "critique", "queries", "message"}
        assert shown["messages"] == [one["data"]["message"]]
        assert shown["messages"][0]["type"] == "AIMessage"
        assert shown["system"][0] == f"⚙ Executing node: {one['node']}"
        seen.append(one["node"])
        if last == {"event": "complete"}:
            assert shown["system"][-1] == "✅ Complete!"
            break
        assert last == {"event": "interrupt", "next": [NODES[len(seen)]]}
    assert tuple(seen) == NODES


async def test_after_a_crash_the_documents_client_goes_on_where_its_thread_waits(
    daemon: Daemon, npm_client: Callable[[str], Path]
) -> None:
    npm_client("amaro")
    request = orjson.dumps({**PARIS, "thread_id": "crashed"}).decode()
    seen: list[object] = []
    for _ in range(3):
        async with node("graph_client.mjs", daemon.http_url, request) as program:
            one, _last, _shown = await program.rest()
        assert isinstance(one, dict)
        seen.append(one["node"])
        await daemon.kill()
        await daemon.start()
    assert tuple(seen) == NODES[:3]


async def test_when_the_documents_client_goes_away_its_run_goes_on(
    daemon: Daemon, http: httpx.AsyncClient, npm_client: Callable[[str], Path]
) -> None:
    npm_client("amaro")
    request = {"thread_id": "left", "message": "Write about visiting Paris", "use_hitl": False}
    async with node("graph_client.mjs", daemon.http_url, orjson.dumps(request).decode()) as program:
        first = await program.next()
        assert isinstance(first, dict)
        assert first["node"] == "planner"
    run_id = (await http.get("/threads/left")).json()["run_id"]
    assert '"type":"complete"' in (await http.get(f"/runs/{run_id}/stream")).text
    state = (await http.get("/threads/left/state")).json()
    assert (state["status"], state["next"]) == ("idle", [])
    assert state["values"]["draft"]


async def test_the_documents_curl_call_gets_a_node_and_a_pause(daemon: Daemon) -> None:
    command = (ROOT / "tests" / "npm" / "documents" / "graph_curl.sh").read_text()
    assert "http://localhost:2024/" in command
    words = shlex.split(command.replace("http://localhost:2024", daemon.http_url), comments=True)
    curl = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        told, _ = await curl.communicate()
    first, last = strictly(told.decode())
    assert first["node"] == "planner"
    assert last == {"event": "interrupt", "next": ["travel_plan"]}


async def test_a_run_without_pauses_tells_every_node_and_then_that_it_is_complete(
    http: httpx.AsyncClient,
) -> None:
    events = await streamed(http, thread_id="t", message="Plan three days in Lisbon", use_hitl=False)
    assert nodes(events) == list(NODES)
    assert events[-1] == {"event": "complete"}
    assert not [event for event in events if event["event"] not in ("node", "complete")]
    assert events[1]["data"]["queries"]
    assert events[2]["data"]["draft"]


async def test_a_waiting_thread_goes_on_without_a_message_and_an_unused_one_does_not(
    http: httpx.AsyncClient,
) -> None:
    await streamed(http, **{**PARIS, "thread_id": "wordless"})
    assert nodes(await streamed(http, thread_id="wordless", use_hitl=True)) == ["travel_plan"]
    refused = await http.post("/runs/stream", json={"thread_id": "new", "use_hitl": True})
    assert (refused.status_code, refused.json()["path"]) == (400, "message")


async def test_what_fails_or_is_cancelled_ends_in_an_error(http: httpx.AsyncClient) -> None:
    failed = await streamed(http, message="go", agent="fails")
    assert [event["event"] for event in failed] == ["error"]
    assert failed[0]["code"] == "run_failed"
    assert (await http.post("/runs/invoke", json={"message": "go", "agent": "fails"})).status_code == 500
    assert (await streamed(http, message="go", agent="nobody"))[-1]["code"] == "not_found"
    request = {"thread_id": "w", "message": "go", "agent": "waits"}
    async with http.stream("POST", "/runs/stream", json=request) as response:
        run = response.headers["location"].removesuffix("/stream")
        busy = await http.post("/runs/stream", json=request)
        assert (busy.status_code, busy.json()["code"]) == (409, "busy")
        assert (await http.post(f"{run}/cancel")).status_code == 200
        (cancelled,) = strictly((await response.aread()).decode())
    assert (cancelled["event"], cancelled["code"]) == ("error", "cancelled")


async def test_a_stream_that_is_silent_for_long_stays_silent(daemon: Daemon, http: httpx.AsyncClient) -> None:
    silent = {"thread_id": "silent", "message": "go", "agent": "waits"}
    async with (
        http.stream("POST", "/runs/stream", json=silent) as response,
        reading(daemon.http_url) as other,
    ):
        # Of the other one, which began later, a comment has come: so the silent one was due for one, too.
        while not [comment for comment in other.comments if comment.startswith(":")]:
            await other.more()
        await http.post(response.headers["location"].replace("/stream", "/cancel"))
        assert strictly((await response.aread()).decode())[-1]["code"] == "cancelled"


async def test_a_busy_thread_lets_in_who_wants_to_wait_or_to_interrupt(http: httpx.AsyncClient) -> None:
    waiting = {"thread_id": "b", "message": "go", "agent": "waits"}
    async with http.stream("POST", "/runs/stream", json=waiting) as response:
        next_one = {"thread_id": "b", "message": "Write about visiting Paris", "multitask": "interrupt"}
        events = await streamed(http, **next_one)
        assert events[-1] == {"event": "complete"}
        assert strictly((await response.aread()).decode())[-1]["code"] == "cancelled"


async def test_when_the_daemon_stops_the_stream_says_so_and_the_run_goes_on_afterwards(
    daemon: Daemon, http: httpx.AsyncClient
) -> None:
    request = {"thread_id": "s", "message": "go", "agent": "waits"}
    async with http.stream("POST", "/runs/stream", json=request) as response:
        location = response.headers["location"]
        daemon.ask_to_stop()
        (last,) = strictly((await response.aread()).decode())
        assert (last["event"], last["code"]) == ("error", "draining")
    assert await daemon.ended() == 0
    await daemon.start()
    async with http.stream("GET", location) as response:
        assert (await http.post(f"{location.removesuffix('/stream')}/cancel")).status_code == 200
        assert '"type":"cancelled"' in (await response.aread()).decode()


async def test_the_blocking_twin_and_resume_go_the_same_way(http: httpx.AsyncClient) -> None:
    paris = {**PARIS, "thread_id": "twin"}
    first = (await http.post("/runs/invoke", json=paris)).json()
    assert (first["status"], first["next"], first["awaiting_approval"]) == (
        "interrupted",
        ["travel_plan"],
        True,
    )
    assert first["result"]["plan"]
    plan = {"thread_id": "twin", "approved": True, "modified_args": {"plan": "Only the museums"}}
    second = (await http.post("/runs/resume", json=plan)).json()
    assert (second["status"], second["next"]) == ("interrupted", ["generate"])
    assert second["result"]["plan"] == "Only the museums"
    resumed = await http.post(
        "/runs/resume", json={"thread_id": "twin", "approved": True}, headers={"Accept": "text/event-stream"}
    )
    assert nodes(strictly(resumed.text)) == ["generate"]
    rejected = (await http.post("/runs/resume", json={"thread_id": "twin", "approved": False})).json()
    assert (rejected["status"], rejected["next"]) == ("rejected", [])
    again = await http.post("/runs/resume", json={"thread_id": "twin", "approved": True})
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    unsaid = await http.post("/runs/resume", json={"approved": True})
    assert (unsaid.status_code, unsaid.json()["path"]) == (400, "thread_id")
    whole = (await http.post("/runs/invoke", json={**PARIS, "thread_id": "other", "use_hitl": False})).json()
    assert (whole["status"], whole["next"]) == ("completed", [])
    assert whole["result"]["draft"]
