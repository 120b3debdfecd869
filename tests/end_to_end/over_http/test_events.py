"""`GET /events`: the feed of a workspace as Server-Sent Events."""

from pathlib import Path

import httpx

from tests.support.daemon import MEASURED, WITH_HTTP, running
from tests.support.sse import reading


async def test_a_reader_hears_what_a_socket_does_and_misses_nothing_across_a_restart(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon:
        async with daemon.client() as other, reading(daemon.http_url, snapshot=1) as reader:
            assert reader.response.headers["content-type"] == "text/event-stream; charset=utf-8"
            assert reader.response.headers["x-accel-buffering"] == "no"
            assert (await reader.next()).data["type"] == "connected"
            assert (await reader.next()).data["items"] == []
            await other.ask(type="add_item", id="a", item={"type": "note", "name": "A"})
            heard = await reader.next()
            while not other.events:
                await other.next()
            assert heard.data == other.events[-1]
            assert heard.id == f"1@{other.greeting['epoch']}"
        async with daemon.client() as another:
            await another.ask(type="change_item", item_id="a", set={"n": 1})
        await daemon.stop()
        await daemon.start()
        async with daemon.client() as again:
            await again.ask(type="change_item", item_id="a", set={"n": 2})
        async with reading(daemon.http_url, snapshot=1, headers={"Last-Event-ID": reader.last_id}) as back:
            assert (await back.next()).data["type"] == "connected"
            missed = [(await back.next()).data for _ in range(2)]
            assert [(event["seq"], event["data"]) for event in missed] == [(2, {"n": 1}), (3, {"n": 2})]


async def test_a_position_of_another_journal_gets_a_snapshot(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, daemon.client() as other:
        await other.ask(type="add_item", id="a", item={"type": "note", "name": "A"})
        async with reading(daemon.http_url, headers={"Last-Event-ID": "1@elsewhere"}) as reader:
            told = await reader.until(lambda block: block.data["type"] == "snapshot")
            assert told.data["reason"] == "epoch"
            assert [item["id"] for item in told.data["items"]] == ["a"]
        async with httpx.AsyncClient(base_url=daemon.http_url) as http:
            answer = await http.get("/events", headers={"Last-Event-ID": "one"})
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_message")


async def test_when_the_daemon_stops_readers_get_everything_and_then_the_end(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, reading(daemon.http_url) as reader:
        await reader.next()
        async with daemon.client() as other:
            await other.ask(type="add_item", id="a", item={"type": "note", "name": "A"})
        daemon.ask_to_stop()
        assert [block.data["item_id"] for block in await reader.rest()] == ["a"]
        assert await daemon.ended() == 0
