"""`GET /events?wait=…`: events for who can read neither a stream nor a socket."""

import asyncio
from contextlib import suppress
from pathlib import Path

import httpx

from tests.support.daemon import MEASURED, WITH_HTTP, Daemon, Message, running


async def page(http: httpx.AsyncClient, **query: object) -> Message:
    answer = await http.get("/events", params={key: str(value) for key, value in query.items()})
    assert answer.status_code == 200, answer.text
    told: Message = answer.json()
    return told


def web(daemon: Daemon) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=daemon.http_url, timeout=60)


async def test_page_after_page_brings_what_a_socket_hears_in_the_same_order(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        web(daemon) as http,
        daemon.client() as other,
    ):
        place = await page(http, wait=0)
        assert (place["events"], place["seq"], place["more"]) == ([], 0, False)
        for number in range(7):
            added = await http.post("/items", json={"id": str(number), "type": "note", "name": "A"})
            assert added.status_code == 201
        found: list[Message] = []
        while len(found) < 7:
            place = await page(http, wait=20, since=place["seq"], epoch=place["epoch"], limit=3)
            assert 0 < len(place["events"]) <= 3
            found += place["events"]
        assert place["more"] is False
        assert found == [await other.until(lambda told: "event_type" in told) for _ in range(7)]


async def test_who_waits_hears_of_the_next_event_as_soon_as_it_happens(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **WITH_HTTP) as daemon,
        web(daemon) as http,
        daemon.client() as other,
    ):
        place = await page(http, wait=0)
        waiting = asyncio.create_task(
            page(http, wait=60, since=place["seq"], epoch=place["epoch"], item_types="note")
        )
        await other.ask(type="add_item", item={"type": "inventory", "name": "Bolt"})
        await other.ask(type="add_item", item={"type": "note", "name": "A"})
        heard = await waiting
        assert [event["data"]["name"] for event in heard["events"]] == ["A"]
        assert heard["seq"] == 2


async def test_a_position_of_another_journal_is_told_to_list_again(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, web(daemon) as http:
        await http.post("/items", json={"type": "note", "name": "A"})
        place = await page(http, wait=20, since=1, epoch="elsewhere")
        assert (place["reset"], place["events"], place["seq"]) == ("epoch", [], 1)
        refused = await http.get("/events", params={"wait": "long"})
        assert (refused.status_code, refused.json()["path"]) == (400, "wait")


async def test_a_daemon_that_stops_answers_who_waits(tmp_path: Path) -> None:
    async with running(tmp_path, **MEASURED, **WITH_HTTP) as daemon, web(daemon) as http:
        waiting = asyncio.create_task(page(http, wait=60))
        while not (await http.get("/workspaces")).is_success:
            pass
        daemon.ask_to_stop()
        with suppress(httpx.HTTPError):  # the request may come when it has stopped listening
            assert (await waiting)["events"] == []
        assert await daemon.ended() == 0
