"""Keys of bodies in camelCase, as pages write them, and keys that are nearly right."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
import pytest_asyncio

from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, running
from tests.support.sse import reading

pytestmark = pytest.mark.asyncio(loop_scope="module")

Keys = Mapping[str, object]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def http(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        running(tmp_path_factory.mktemp("daemon"), **WITH_HTTP) as daemon,
        httpx.AsyncClient(base_url=daemon.http_url, timeout=PATIENCE_SECONDS) as one,
    ):
        yield one


@pytest.mark.requirement("B1", "B2", "B5")
async def test_a_body_may_have_its_keys_in_either_spelling(http: httpx.AsyncClient) -> None:
    asked = await http.post(
        "/api/streaming/request", json={"userInput": "Hello", "userId": "ann", "threadId": "t"}
    )
    assert {one["thread_id"] for one in asked.json()["responses"] if "thread_id" in one} == {"t"}
    made = await http.post("/threads", json={"threadId": "mine"})
    assert made.json()["thread_id"] == "mine"
    body = {
        "threadId": "paris",
        "message": "Write about Paris",
        "options": {"useHitl": True, "maxRevisions": 1},
    }
    waits = (await http.post("/runs/invoke", json=body)).json()
    assert (waits["status"], waits["thread_id"]) == ("interrupted", "paris")
    resumed = await http.post("/runs/resume", json={"threadId": "paris", "approved": True})
    assert resumed.json()["status"] == "interrupted"
    question = {"query": "What is there?", "supportingAgents": [], "primaryAgent": "general"}
    for request in (question, {"request": question}):
        answer = await http.post("/api/multi-agent/process", json=request)
        assert answer.json()["primary_agent"] == "general"
    async with reading(
        str(http.base_url),
        "/runs/stream",
        body={"threadId": "rome", "message": "Write about Rome", "useHitl": True},
    ) as reader:
        assert [block.data["event"] for block in await reader.rest()] == ["node", "interrupt"]


@pytest.mark.parametrize(
    ("path", "body", "wrong", "meant"),
    [
        ("/runs", {"user_inputs": "Hello"}, "user_inputs", "user_input"),
        ("/runs", {"user_input": "Hello", "options": {"use_hitI": True}}, "use_hitI", "use_hitl"),
        ("/threads", {"thred_id": "t"}, "thred_id", "thread_id"),
        ("/runs/stream", {"mesage": "Write"}, "mesage", "message"),
        ("/runs/resume", {"thread_id": "t", "aproved": True}, "aproved", "approved"),
        ("/threads/t/update", {"update": {"plan": ""}}, "update", "updates"),
        ("/threads/t/rewind", {"checkpoint_ids": "c"}, "checkpoint_ids", "checkpoint_id"),
        ("/api/multi-agent/process", {"query": "?", "suporting_agents": []}, "suporting_agents", "supporting_agents"),
        ("/undo", {"run_ids": "r"}, "run_ids", "run_id"),
    ],
)  # fmt: skip
async def test_a_key_that_is_nearly_right_is_told_the_right_one(
    http: httpx.AsyncClient, path: str, body: Keys, wrong: str, meant: str
) -> None:
    told = await http.post(path, json=body)
    assert (told.status_code, told.json()["path"]) == (400, wrong)
    assert told.json()["detail"] == f"there is no key {wrong}; did you mean {meant}?"


async def test_two_spellings_that_differ_are_refused_and_what_nobody_reads_is_ignored(
    http: httpx.AsyncClient,
) -> None:
    both = await http.post("/threads", json={"thread_id": "a", "threadId": "b"})
    assert (both.status_code, both.json()["code"]) == (400, "invalid_message")
    alike = await http.post(
        "/threads", json={"thread_id": "a", "threadId": "a", "colour": "red", "type": "x"}
    )
    assert (alike.status_code, alike.json()["thread_id"]) == (201, "a")


@pytest.mark.parametrize(
    ("path", "wrong", "meant"),
    [
        ("/runs?stauses=failed", "stauses", "statuses"),
        ("/items?workspce=shop", "workspce", "workspace"),
        ("/events?wait=0&wher=[]", "wher", "where"),
        ("/export?item_typ=note", "item_typ", "item_type"),
        ("/knowledge?querry=x", "querry", "query"),
        ("/threads/t/history?limits=3", "limits", "limit"),
        ("/projects/p/progress?histori=1", "histori", "history"),
        ("/api/sse/agent-stream?project_id=p", "project_id", "projectId"),
    ],
)  # fmt: skip
async def test_a_key_of_a_query_that_is_nearly_right_is_told_the_right_one(
    http: httpx.AsyncClient, path: str, wrong: str, meant: str
) -> None:
    told = await http.get(path)
    assert (told.status_code, told.json()["path"]) == (400, wrong)
    assert told.json()["detail"] == f"there is no key {wrong}; did you mean {meant}?"


async def test_an_edit_with_a_misspelled_workspace_changes_nothing(http: httpx.AsyncClient) -> None:
    told = await http.post("/items?workspase=shop", json={"type": "note", "name": "N"})
    assert (told.status_code, told.json()["path"]) == (400, "workspase")


async def test_an_item_that_must_be_new_is_told_that_it_is_not(http: httpx.AsyncClient) -> None:
    new = {"If-None-Match": "*"}
    assert (await http.put("/items/new", json={"type": "note", "name": "N"}, headers=new)).status_code == 201
    told = await http.put("/items/new", json={"type": "note", "name": "N"}, headers=new)
    assert (told.status_code, told.json()["code"]) == (412, "conflict")


async def test_a_question_for_several_agents_may_stand_in_the_body_itself(http: httpx.AsyncClient) -> None:
    for body in ({"query": "What is there?"}, {"request": {"query": "What is there?"}}):
        assert (await http.post("/runs/multi-agent", json=body)).status_code == 202
