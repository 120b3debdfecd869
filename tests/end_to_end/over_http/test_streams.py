"""Streams of events are as good as sockets: filters, topics, positions, slow readers, many that come and go."""

import asyncio
import os
import resource
import signal
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from streamd.wire.codes import CloseCode
from tests.support.daemon import PATIENCE_SECONDS, WITH_HTTP, Daemon, running
from tests.support.load import writer
from tests.support.sse import reading

TYPES: Final = """
[item_types.note]
[item_types.note.fields]
stock = { type = "number" }
[item_types.note.criteria]
low = { where = [["stock", "<", 5]] }
"""
OFTEN: Final[Mapping[str, str]] = {**WITH_HTTP, "STREAMD_HTTP__COMMENT_SECONDS": "0.2"}


async def test_whoever_follows_a_criterion_is_told_when_it_means_something_else_after_a_restart(
    tmp_path: Path,
) -> None:
    (tmp_path / "config.toml").write_text(TYPES)
    async with running(tmp_path, **WITH_HTTP) as daemon:
        async with daemon.client() as other, reading(daemon.http_url, where="low") as reader:
            await reader.next()
            for number, stock in enumerate((1, 9, 3)):
                await other.ask(
                    type="add_item", id=f"n{number}", item={"type": "note", "name": "N", "stock": stock}
                )
            heard = [(await reader.next()).data["item_id"] for _ in range(2)]
        assert heard == ["n0", "n2"]
        last = {"Last-Event-ID": reader.last_id}
        await daemon.stop()
        await daemon.start()
        async with reading(daemon.http_url, headers=last, where="low") as same:
            async with daemon.client() as other:
                await other.ask(type="change_item", item_id="n1", set={"stock": 2})
            told = [(await same.next()).data for _ in range(2)]
            assert [one.get("view") for one in told] == [
                None,
                "entered",
            ]  # no snapshot: the filter is the same
        await daemon.stop()
        (tmp_path / "config.toml").write_text(TYPES.replace('"<", 5', '">=", 2'))
        await daemon.start()
        async with reading(daemon.http_url, headers={"Last-Event-ID": same.last_id}, where="low") as back:
            page = await back.until(lambda block: block.data["type"] == "snapshot")
            assert page.data["reason"] == "filter"
            assert sorted(item["id"] for item in page.data["items"]) == ["n1", "n2"]


async def test_a_silent_stream_tells_its_position_so_that_a_narrow_filter_skips_what_others_did(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, **OFTEN) as daemon, daemon.client() as other:
        async with reading(daemon.http_url, item_types="rare", snapshot=1) as reader:
            await reader.until(lambda block: block.data["type"] == "snapshot")
            assert reader.last_id == ""  # it has not got all of it yet, for all that it knows
            await reader.comment()
            assert reader.last_id.startswith("0@")
            for _ in range(3):
                await other.ask(type="publish", event_type="told", data={})
                await other.ask(type="add_item", item={"type": "note", "name": "A"})
            while not reader.last_id.startswith("6@"):
                await reader.comment()
        async with reading(
            daemon.http_url, item_types="rare", headers={"Last-Event-ID": reader.last_id}
        ) as back:
            await other.ask(type="add_item", item={"type": "rare", "name": "B"})
            assert [(await back.next()).data.get("seq") for _ in range(2)] == [6, 7]


async def test_a_stream_has_the_topics_and_event_types_that_it_asks_for(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon, daemon.client() as other:
        url = daemon.http_url
        async with (
            reading(url, topics="runs,progress") as runs,
            reading(url, event_types='["told"]') as told,
            reading(url, topics="items", event_types="item_added") as added,
        ):
            for reader in (runs, told, added):
                await reader.next()
            await other.ask(type="publish", event_type="told", data={"n": 1})
            await other.ask(type="add_item", id="a", item={"type": "note", "name": "A"})
            await other.request("Hello")
            assert (await told.next()).data["data"] == {"n": 1}
            assert (await added.next()).data["item_id"] == "a"
            heard = await runs.until(lambda block: block.data.get("type") == "complete")
            assert "run_seq" in heard.data
            assert {block.id for block in runs.blocks[1:]} == {""}  # positions of a run are none of the feed
            kinds = {block.data.get("event_type") for block in runs.blocks[1:]}
            assert kinds <= {None, "agent_progress"}
        async with httpx.AsyncClient(base_url=url) as http:
            refused = await http.get("/events", params={"topics": "everything"})
        assert (refused.status_code, refused.json()["path"]) == (400, "topics")


async def test_all_kinds_of_clients_see_the_changes_in_the_same_order(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon, AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(daemon.client()) for _ in range(2)]
        readers = [await stack.enter_async_context(reading(daemon.http_url)) for _ in range(2)]
        for reader in readers:
            await reader.next()
        for number in range(50):
            for client in clients:
                await client.send(type="publish", event_type="told", data={"n": number})
        for client in clients:
            await client.heard(100)
        for reader in readers:
            assert [(await reader.next()).data for _ in range(100)] == clients[0].events
        assert clients[0].events == clients[1].events


# ── slow readers ─────────────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def slow_reader(daemon: Daemon, path: str = "/events") -> AsyncIterator[asyncio.StreamReader]:
    """A reader that has asked, and reads only what it is made to."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    one.setblocking(False)
    await asyncio.get_running_loop().sock_connect(one, ("127.0.0.1", daemon.http_port))
    reader, sender = await asyncio.open_connection(sock=one, limit=4_096)
    sender.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    await reader.readuntil(b"connected")
    try:
        yield reader
    finally:
        sender.transport.abort()


async def events_upto(reader: asyncio.StreamReader, last: bytes) -> list[dict[str, Any]]:
    """Everything that a reader hears from here on, up to the event that has this in it."""
    raw = b""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while last not in raw[-8_192:]:
            raw += await reader.read(1_000_000)
        raw += await reader.readuntil(b"\n\n") if not raw.endswith((b"\n\n", b"\n\n\r\n")) else b""
    return [orjson.loads(line[6:]) for line in raw.split(b"\n") if line.startswith(b"data: ")]


async def test_a_reader_that_stalls_costs_the_others_nothing_and_is_caught_up_when_it_reads_again(
    tmp_path: Path,
) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon, writer(daemon) as load:
        await load.publish(100)
        async with slow_reader(daemon) as slow, daemon.client() as other:
            before = daemon.memory()
            await load.publish(2_000, padding=4_000)  # 8 MB: more than the kernel takes
            await other.heard(load.seq)
            assert daemon.memory() - before < 40_000_000
            events = await events_upto(slow, b'"seq":%d,' % load.seq)
        assert [event["seq"] for event in events] == list(range(101, load.seq + 1))


async def test_a_reader_that_takes_nothing_is_dropped_and_not_blamed_when_the_daemon_stood_still(
    tmp_path: Path,
) -> None:
    limits = {"STREAMD_WS__STALL_TIMEOUT_SECONDS": "4"}
    async with (
        running(tmp_path, **WITH_HTTP, **limits) as daemon,
        writer(daemon) as load,
        slow_reader(daemon),
        slow_reader(daemon) as slow,
    ):
        await load.publish(2_000, padding=4_000)
        os.kill(daemon.pid, signal.SIGSTOP)
        await asyncio.sleep(5)  # nothing can be waited for: the daemon does nothing
        os.kill(daemon.pid, signal.SIGCONT)
        await daemon.logs("daemon_stood_still", '"http"')
        events = await events_upto(slow, b'"seq":%d,' % load.seq)
        assert [event["seq"] for event in events] == list(range(1, load.seq + 1))
        dropped = await daemon.logs("connection_dropped", '"http"')
        assert [orjson.loads(line)["code"] for line in dropped] == [CloseCode.NO_PROGRESS]


@pytest.mark.alone
async def test_readers_that_come_and_go_leave_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd", **WITH_HTTP) as daemon, daemon.client() as other:

        async def come_and_go(count: int) -> None:
            for _ in range(count):
                async with slow_reader(daemon, "/events?snapshot=1&topics=items,runs,progress"):
                    pass

        await come_and_go(300)
        before = daemon.memory()
        await come_and_go(1_200)
        assert daemon.memory() - before < 12_000_000
        await other.ask(type="ping")
        assert len(os.listdir(f"/proc/{daemon.pid}/fd")) < 60  # noqa: PTH208 - iterating blocks no less


async def test_a_reader_behind_what_the_journal_keeps_gets_a_snapshot_in_mid_stream(tmp_path: Path) -> None:
    limits = {
        "STREAMD_JOURNAL__RETAIN_ENTRIES": "200",
        "STREAMD_JOURNAL__TRIM_SECONDS": "0.2",
        "STREAMD_WS__STALL_TIMEOUT_SECONDS": "600",
    }
    async with running(tmp_path, **WITH_HTTP, **limits) as daemon, writer(daemon) as load:
        async with daemon.client() as other:
            await other.ask(type="add_item", id="a", item={"type": "note", "name": "A"})
        async with slow_reader(daemon) as slow:
            await load.publish(20_000, padding=1_000)
            events = await events_upto(slow, b'"seq":%d,' % load.seq)
            await load.publish(1)
            events += await events_upto(slow, b'"seq":%d,' % load.seq)
        at = next(n for n, event in enumerate(events) if event.get("reason") == "trimmed")
        assert [item["id"] for item in events[at]["items"]] == ["a"]
        assert events[at + 1]["seq"] == events[at]["seq"] + 1


# ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_daemon_that_stops_ends_a_thousand_streams_and_they_go_on_with_the_next_one(
    tmp_path: Path,
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 4_096)), hard))
    async with running(tmp_path, **WITH_HTTP) as daemon:
        readers: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        for _ in range(1_000):
            reader, sender = await asyncio.open_connection("127.0.0.1", daemon.http_port)
            sender.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
            readers.append((reader, sender))
        heads = [await reader.readuntil(b"connected") for reader, _ in readers]
        assert all(b"connection: close" in head for head in heads)
        async with daemon.client() as other:
            await other.ask(type="publish", event_type="told", data={})
        daemon.ask_to_stop()
        ends = await asyncio.gather(*(reader.read() for reader, _ in readers))
        assert await daemon.ended() == 0
        for end in ends:
            assert b'"event_type":"told"' in end
            assert b"retry: " in end
            assert end.endswith(b"0\r\n\r\n")
        for _, sender in readers:
            sender.close()
        last = ends[0].partition(b"id: 1@")[2].partition(b"\n")[0].decode()
        await daemon.start()
        async with (
            daemon.client() as other,
            reading(daemon.http_url, headers={"Last-Event-ID": f"1@{last}"}) as back,
        ):
            await other.ask(type="publish", event_type="told", data={})
            assert [(await back.next()).data["seq"] for _ in range(2)] == [1, 2]


async def test_the_head_of_a_stream_can_be_asked_for_alone(tmp_path: Path) -> None:
    async with running(tmp_path, **WITH_HTTP) as daemon, httpx.AsyncClient(base_url=daemon.http_url) as http:
        answer = await http.head("/events")
        assert (answer.status_code, answer.content) == (200, b"")
        assert answer.headers["content-type"].startswith("text/event-stream")
