"""Projects over HTTP: how far their agents are, what they write and how good it is, as feeds that can be resumed."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests.support.agents import installed
from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, Client, Daemon, Message, running
from tests.support.following import Follower, follow
from tests.support.sse import Block, reading

pytestmark = pytest.mark.requirement("B7")

AGENT_STREAM: Final = "/api/sse/agent-stream"
KEYS: Final = {
    "agentId", "status", "percentage", "currentStep", "totalSteps", "estimatedTimeRemaining", "tokensUsed",
    "cost", "content", "reasoning", "confidence", "lastUpdated", "progress", "projectId", "run_id",
}  # fmt: skip


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **installed(tmp_path / "site"), **WITH_HTTP) as one:
        yield one


async def add_notes(client: Client, count: int = 2) -> Follower:
    return await follow(client, f"notes-{count}", type="user_request", user_input=f"Add {count} notes")


def is_over(block: Block) -> bool:
    return str(block.data["status"]) != "running"


async def write_copy(client: Client, page: str) -> Follower:
    return await follow(
        client, page, type="user_request", user_input="Copper wire for workshops", agent="content",
        context={"page": page},
    )  # fmt: skip


async def progress_of(daemon: Daemon, project: str, query: str = "") -> Message:
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        answer = await http.get(f"/projects/{project}/progress{query}")
        assert answer.status_code == 200, answer.text
        told: Message = answer.json()
        return told


async def test_agents_are_heard_by_the_names_of_their_states_and_resumed_across_restarts(
    daemon: Daemon,
) -> None:
    async with daemon.client(workspace="shop") as asking:
        async with reading(daemon.http_url, AGENT_STREAM, projectId="shop") as reader:
            assert reader.response.headers["content-type"] == "text/event-stream; charset=utf-8"
            run = await add_notes(asking)
            assert run.last["type"] == "complete"
            done = await reader.until(is_over)
        assert reader.comments[0] == ": Connected"
        assert {block.event for block in reader.blocks[:-1]} == {"agent:progress"}
        assert all(block.raw.startswith("id: ") for block in reader.blocks)
        assert done.raw.split("\n")[1] == "event: agent:complete"
        assert set(done.data) == KEYS
        assert (done.data["progress"], done.data["projectId"], done.data["run_id"]) == (
            100,
            "shop",
            run.run_id,
        )

    for end in (daemon.kill, daemon.stop):
        async with daemon.client(workspace="shop") as asking:
            missed = await add_notes(asking, 3)
        await end()
        await daemon.start()
        headers = {"Last-Event-ID": reader.last_id}
        async with reading(daemon.http_url, AGENT_STREAM, projectId="shop", headers=headers) as back:
            assert (await back.until(is_over)).data["run_id"] == missed.run_id
            async with daemon.client(workspace="shop") as asking:
                later = await add_notes(asking)
            assert (await back.until(is_over)).data["run_id"] == later.run_id
        # All that was broadcast since, in order and once.
        first = position_of(reader.blocks[-1]) + 1
        assert [position_of(block) for block in back.blocks] == list(range(first, first + len(back.blocks)))
        reader = back


def position_of(block: Block) -> int:
    return int(block.id.partition("@")[0])


async def test_who_comes_first_is_told_how_things_stand_and_then_what_is_new(daemon: Daemon) -> None:
    async with daemon.client(workspace="shop") as asking:
        await add_notes(asking)
        await add_notes(asking, 3)
        failed = await follow(asking, "f", type="user_request", user_input="go", agent="fails")
        assert failed.last["type"] == "error"
        async with reading(daemon.http_url, AGENT_STREAM, projectId="shop") as reader:
            standing = [await reader.next(), await reader.next()]
            assert [block.event for block in standing] == ["agent:complete", "agent:error"]
            run = await add_notes(asking, 4)
            told = await reader.until(is_over)
            assert told.data["run_id"] == run.run_id
        # A position of another journal is none of this one: how things stand again.
        headers = {"Last-Event-ID": "1@elsewhere"}
        async with reading(daemon.http_url, AGENT_STREAM, projectId="shop", headers=headers) as lost:
            assert [(await lost.next()).id for _ in range(2)] == [standing[1].id, told.id]


async def test_a_reader_that_has_heard_nothing_yet_comes_back_to_where_it_was(daemon: Daemon) -> None:
    async with reading(daemon.http_url, AGENT_STREAM, projectId="shop") as reader:
        heard = ""
        async for text in reader.response.aiter_text():
            heard += text
            if found := re.search("^id: (.+)\n\n", heard, re.MULTILINE):
                break
    assert found is not None
    async with daemon.client(workspace="shop") as asking:
        run = await add_notes(asking)
    async with reading(daemon.http_url, AGENT_STREAM, projectId="shop", lastEventId=found[1]) as back:
        first = await back.next()
        assert (position_of(first), first.data["run_id"], first.data["status"]) == (1, run.run_id, "running")


async def test_each_end_has_a_name_and_agents_can_be_chosen(daemon: Daemon) -> None:
    async with (
        daemon.client(workspace="shop") as asking,
        reading(daemon.http_url, AGENT_STREAM, projectId="shop", agentIds="waits,works") as reader,
        reading(daemon.http_url, "/projects/shop/agents/stream") as unnamed,
    ):
        await add_notes(asking)
        assert (await unnamed.until(is_over)).event == ""
        await asking.send(type="user_request", user_input="go", agent="waits", thread_id="t", request_id="w")
        waiting = Follower("w")
        await waiting.hear_type(asking, "content")
        await asking.send(type="cancel", thread_id="t")
        await waiting.hear(asking)
        assert (await reader.until(is_over)).event == "agent:cancelled"
        await follow(asking, "i", type="user_request", user_input="go", agent="works")
        assert (await reader.until(is_over)).event == "agent:interrupt"
        assert {block.data["agentId"] for block in reader.blocks} == {"waits", "works_agent"}


async def test_sections_grow_are_done_and_have_a_quality(daemon: Daemon) -> None:
    async with (
        daemon.client(workspace="shop") as asking,
        reading(daemon.http_url, "/api/projects/shop/preview/stream") as preview,
        reading(daemon.http_url, "/projects/shop/quality/stream") as quality,
    ):
        run = await write_copy(asking, "spring")
        assert run.last["type"] == "complete"
        last = await preview.until(lambda block: block.data["id"] == "spring/cta" and block.data["complete"])
        scored = [await quality.next() for _ in range(4)]
    sections: dict[str, Message] = {}
    for block in preview.blocks:
        data = block.data
        assert (block.event, data["id"], data["projectId"]) == ("", data["sectionId"], "shop")
        assert set(data["updates"]) == {"type", "content", "complete"}
        sections[data["id"]] = {**sections.get(data["id"], data), **data["updates"]}
    texts = {f"spring/{name}": text for name, text in run.last["sections"].items()}
    assert {name: section["content"] for name, section in sections.items()} == texts
    assert all(section["complete"] for section in sections.values())
    assert [block.data["sectionId"] for block in scored] == list(texts)
    assert [block.data["score"] for block in scored] == [
        quality["score"] for quality in run.last["qualities"].values()
    ]
    assert all(block.data["components"] for block in scored)

    # Across a restart each feed goes on where it was; who is new gets each section once, done.
    await daemon.kill()
    await daemon.start()
    async with (
        daemon.client(workspace="shop") as asking,
        reading(daemon.http_url, "/projects/shop/preview/stream") as new,
        reading(daemon.http_url, "/projects/shop/preview/stream", headers={"Last-Event-ID": last.id}) as back,
    ):
        standing = [(await new.next()).data for _ in range(4)]
        assert {one["id"]: one["content"] for one in standing} == texts
        assert all(one["complete"] for one in standing)
        await write_copy(asking, "autumn")
        assert (await back.next()).data["id"] == "autumn/headline"


async def test_of_what_retention_has_removed_the_rest_is_told_and_nothing_of_what_was_forgotten(
    tmp_path: Path,
) -> None:
    few = {"STREAMD_JOURNAL__RETAIN_ENTRIES": "5", "STREAMD_JOURNAL__TRIM_SECONDS": "0.05"}
    path = "/projects/shop/preview/stream"
    async with (
        running(tmp_path, **WITH_HTTP, **few) as daemon,
        daemon.client(workspace="shop", user_id="ann") as ann,
    ):
        async with reading(daemon.http_url, path) as reader:
            await write_copy(ann, "spring")
            last = await reader.until(
                lambda block: block.data["id"] == "spring/cta" and block.data["complete"]
            )
        headers, first = {"Last-Event-ID": f"1@{last.id.partition('@')[2]}"}, 2
        async with asyncio.timeout(PATIENCE_SECONDS):
            while first == 2:  # until the beginning of the feed has been removed
                async with reading(daemon.http_url, path, headers=headers) as late:
                    first = position_of(await late.next())
                    await late.until(lambda block: block.id == last.id)
        ids = [block.id for block in late.blocks]
        assert ids == [block.id for block in reader.blocks][-len(ids) :]

        async with reading(daemon.http_url, path) as new:
            assert (await new.next()).data["id"].startswith("spring/")
        await ann.ask(type="forget_user", user_id="ann")
        async with reading(daemon.http_url, path) as later:
            await write_copy(ann, "autumn")
            assert (await later.next()).data["id"] == "autumn/headline"


async def test_progress_of_a_project_and_how_it_came_there(daemon: Daemon) -> None:
    unknown = {"overall": 0.0, "agents": [], "estimatedCompletion": None}
    assert await progress_of(daemon, "nobody-knows-it") == unknown
    assert await progress_of(daemon, "nobody-knows-it", "?history=1") == {**unknown, "history": []}
    async with daemon.client(workspace="shop") as asking:
        run = await follow(asking, "r", type="user_request", user_input="Add 2 inventory items")
        await follow(asking, "f", type="user_request", user_input="go", agent="fails")
    told = await progress_of(daemon, "shop", "?history=1&agentIds=inventory")
    everything = await progress_of(daemon, "shop")
    assert {agent["agentId"]: agent["status"] for agent in everything["agents"]}["fails"] == "failed"
    (agent,) = told["agents"]
    assert (told["overall"], agent["status"], told["estimatedCompletion"]) == (100, "completed", None)
    assert set(agent) == KEYS - {"progress", "projectId", "run_id"}
    points = told["history"]
    assert [point["status"] for point in points] == ["running"] * (len(points) - 1) + ["completed"]
    assert points[-1] == {
        "agentId": agent["agentId"], "status": "completed", "percentage": 100,
        "timestamp": agent["lastUpdated"], "run_id": run.run_id,
    }  # fmt: skip
    assert (await progress_of(daemon, "shop", "?history=2"))["history"][-1]["agentId"] == "fails"


async def test_what_cannot_be_asked_is_refused_before_anything_is_streamed(daemon: Daemon) -> None:
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        for path, headers in (
            (f"{AGENT_STREAM}?projectId=a%2Fb", {}),
            (f"{AGENT_STREAM}?projectId=shop", {"Last-Event-ID": "twelve"}),
            ("/projects/a%20b/progress", {}),
            ("/projects/shop/progress?history=all", {}),
            ("/projects/shop/progress?history=1001", {}),
        ):
            answer = await http.get(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_message"), path
        assert (await http.post(AGENT_STREAM)).status_code == 405
