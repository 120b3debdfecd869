"""The front door: paths, origins, plain HTTP, and one connection too many."""

import subprocess
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Final

import orjson
import pytest

from tests.support.agents import installed
from tests.support.daemon import Daemon, running
from tests.support.raw import handshake, raw_client, raw_socket


async def answer(daemon: Daemon, path: str = "/", **headers: str) -> tuple[int, str]:
    """Status and rest of what a WebSocket handshake is answered with."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    async with raw_socket(daemon) as client:
        await client.send(handshake(path, given))
        head = (await client.reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split()[1])
        return status, head if status == 101 else (await client.everything()).decode()


@pytest.mark.requirement("A1")
async def test_the_socket_is_at_three_paths_and_nowhere_else(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        for path in ("/", "/ws", "/api/streaming/ws/screen-7"):
            async with daemon.client(path, workspace="hall") as client:
                assert client.greeting["type"] == "connected"
                assert client.greeting["workspace"] == "hall"
        async with daemon.client("/api/streaming/ws/screen-7") as client:
            assert client.greeting["connection_id"] == "screen-7"
        for path in ("/nowhere", "/ws/", "/api/streaming/ws/", "/api/streaming/ws/a/b", "//", "/healthz"):
            status, text = await answer(daemon, path)
            assert status == 404, path
            assert "/api/streaming/ws/{connection_id}" in text


async def test_an_address_that_cannot_be_used_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        for query in ("since=-1", "since=x", "workspace=a%20b", "snapshot=maybe", f"user_id={'u' * 201}"):
            status, text = await answer(daemon, f"/?{query}")
            assert status == 400, query
            assert query.partition("=")[0] in text


OF_THE_HOST: Final = ["http://{host}", "https://{host}"]
OF_LOOPBACK: Final = [
    "http://localhost",
    "http://localhost:3000",
    "http://127.0.0.1:1",
    "http://[::1]:5173",
]
STILL_ANSWERED: Final = (
    {"type": "ping"},
    {"type": "hello"},
    {"type": "subscribe", "topics": ["items"]},
    {"type": "list_items"},
    {"type": "get_item", "item_id": "a"},
    {"type": "snapshot"},
    {"type": "export"},
    {"type": "attach", "thread_id": "t"},
    {"type": "change_item", "item_id": "a", "set": {"name": "B"}},
)
FROM_ELSEWHERE: Final = [
    "http://evil.com", "https://evil.com:8765", "null", "", "file://", "http://localhost.evil.com", "http://evil-localhost",
    "http://127.0.0.1.evil.com", "http://evil.com#localhost", "http://evil.com/?localhost", "http://localhost@evil.com",
    "ws://localhost", "javascript://localhost", "http://{host}.evil.com", "http://0x7f.1", "localhost",
]  # fmt: skip


async def test_pages_of_loopback_may_connect_and_no_others(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        host = f"shop.example:{daemon.port}"
        assert (await answer(daemon, Host=host))[0] == 101
        for origin in OF_LOOPBACK:
            assert (await answer(daemon, Host=host, Origin=origin))[0] == 101, origin
        # A page of a Host that is not loopback came here by a name that was bent to lead here.
        for origin in (*OF_THE_HOST, *FROM_ELSEWHERE):
            status, text = await answer(daemon, Host=host, Origin=origin.format(host=host))
            assert status == 403, origin
            assert "ws.allowed_origins" in text
        async with daemon.client() as client:
            assert client.greeting["type"] == "connected"


async def test_pages_of_a_public_host_itself_may_connect_too(tmp_path: Path) -> None:
    public = {"STREAMD_WS__HOST": "0.0.0.0", "STREAMD_WS__ALLOW_PUBLIC": "true"}
    async with running(tmp_path, **public) as daemon:
        host = f"shop.example:{daemon.port}"
        for origin in (*OF_LOOPBACK, *OF_THE_HOST):
            assert (await answer(daemon, Host=host, Origin=origin.format(host=host)))[0] == 101, origin
        for origin in FROM_ELSEWHERE:
            assert (await answer(daemon, Host=host, Origin=origin.format(host=host)))[0] == 403, origin


async def test_where_origins_are_named_only_those_may_connect_and_who_has_none(tmp_path: Path) -> None:
    named = {"STREAMD_WS__ALLOWED_ORIGINS": "https://shop.example,https://desk.example:8443"}
    async with running(tmp_path, **named) as daemon:
        for origin in ("https://shop.example", "https://desk.example:8443"):
            assert (await answer(daemon, Origin=origin))[0] == 101
        for origin in (
            "http://shop.example",
            "https://desk.example",
            "https://x.shop.example",
            "http://localhost",
        ):
            assert (await answer(daemon, Origin=origin))[0] == 403, origin
        assert (await answer(daemon))[0] == 101
    async with running(tmp_path, STREAMD_WS__ALLOWED_ORIGINS="*") as daemon:
        assert (await answer(daemon, Origin="http://evil.com"))[0] == 101


def get(
    daemon: Daemon, path: str, method: str = "GET", headers: Mapping[str, str] | None = None
) -> tuple[HTTPResponse, str]:
    """The answer to plain HTTP."""
    connection = HTTPConnection("127.0.0.1", daemon.port, timeout=10)
    try:
        connection.request(method, path, headers=dict(headers or {}))
        response = connection.getresponse()
        return response, response.read().decode()
    finally:
        connection.close()


async def test_plain_http_gets_a_page_a_state_of_health_and_advice(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        page, html = get(daemon, "/")
        assert page.status == 200
        assert html.lower().startswith("<!doctype html>")
        policy = page.getheader("Content-Security-Policy", "")
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert page.getheader("X-Content-Type-Options") == "nosniff"
        health, state = get(daemon, "/healthz")
        assert (health.status, orjson.loads(state)) == (200, {"status": "ok"})
        nothing, advice = get(daemon, "/nowhere")
        assert nothing.status == 426
        assert "wscat" in advice
        for path in ("/", "/healthz", "/nowhere"):
            assert get(daemon, path, method="DELETE")[0].status == 405
        async with raw_socket(daemon) as client:
            await client.send(b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
            told = await client.everything()
        assert told.startswith(b"HTTP/1.1 200 ")
        assert told.endswith(b"\r\n\r\n")


async def test_a_daemon_that_stops_says_that_it_is_not_healthy(tmp_path: Path) -> None:
    async with (
        running(tmp_path, STREAMD_DRAIN__SECONDS="2", **installed(tmp_path)) as daemon,
        daemon.client() as client,
    ):
        await client.send(type="user_request", user_input="go on", agent="waits")
        await client.until(lambda heard: heard["type"] == "content")
        daemon.ask_to_stop()
        await daemon.logs("draining")
        async with raw_socket(daemon) as probe:
            await probe.send(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            assert (await probe.everything()).startswith(b"HTTP/1.1 503 ")


async def test_a_daemon_that_waits_for_its_runs_answers_all_but_new_requests(tmp_path: Path) -> None:
    async with running(tmp_path, STREAMD_DRAIN__SECONDS="60", **installed(tmp_path)) as daemon:
        async with daemon.client() as client:
            await client.ask(type="add_item", id="a", item={"type": "note", "name": "A"})
            await client.send(type="user_request", user_input="go on", agent="waits", thread_id="t")
            await client.until(lambda heard: heard.get("type") == "content")
            daemon.ask_to_stop()
            await daemon.logs("draining")
            for asked in STILL_ANSWERED:
                answer = await client.ask(**asked)
                assert answer["type"] != "error", answer
            refused = await client.ask(type="user_request", user_input="go on", agent="waits")
            assert refused["code"] == "draining"
            await client.send(type="cancel", thread_id="t")  # then nothing is waited for
        assert await daemon.ended() == 0


async def test_curl_with_half_a_handshake_is_told_what_is_missing(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        curl = ["curl", "-si", "-m", "10", "-N", "-H", "Connection: Upgrade", "-H", "Upgrade: websocket"]
        told = subprocess.run(  # noqa: ASYNC221 - nothing else goes on meanwhile
            [*curl, f"http://127.0.0.1:{daemon.port}/"],
            capture_output=True,
            text=True,
            check=False,
            timeout=20,
        ).stdout
        assert told.startswith("HTTP/1.1 400 ")
        assert "Sec-WebSocket-Key" in told


async def test_one_connection_too_many_is_told_when_to_come_back_and_may_when_one_has_left(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, STREAMD_WS__MAX_CONNECTIONS="2") as daemon, daemon.client() as first:
        async with daemon.client():
            async with raw_socket(daemon) as third:
                await third.send(handshake("/", {}))
                told = await third.everything()
            assert told.startswith(b"HTTP/1.1 503 ")
            assert b"\r\nRetry-After: 5\r\n" in told
            assert get(daemon, "/healthz")[0].status == 200
        async with raw_client(daemon):
            assert (await first.ask(type="ping"))["type"] == "pong"
