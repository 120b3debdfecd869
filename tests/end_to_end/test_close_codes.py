"""Every close code that this version can close with, from the real daemon."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from streamd.wire.codes import CloseCode
from tests.support.broken_store import spoil
from tests.support.daemon import Client, running
from tests.support.load import writer
from tests.support.raw import TEXT, cut, frame, message, raw_client

NOT_YET: Final = {
    CloseCode.GOING_AWAY: "a daemon that stops says 1012, which tells when to come back",
    CloseCode.POLICY: "repeated garbage ends with 4501, which tells to stay away",
    CloseCode.TRY_LATER: "one connection too many is refused before it opens, with 503",
    CloseCode.TOKEN_EXPIRED: "there are no tokens yet",
    CloseCode.POSITION_LOST: "a position that is lost is answered with a snapshot",
    CloseCode.RATE_LIMITED: "there are no rates yet",
    CloseCode.PERMISSIONS_CHANGED: "everybody may do everything yet",
    CloseCode.BAD_TOKEN: "there are no tokens yet",
    CloseCode.TOO_MANY_CONNECTIONS: "one connection too many is refused before it opens, with 503",
    CloseCode.FORBIDDEN: "pages from elsewhere are refused before they connect, with 403",
}

CLOSED_WITH: set[CloseCode] = set()
Test = TypeVar("Test", bound=Callable[..., Any])


def closes_with(code: CloseCode) -> Callable[[Test], Test]:
    """Say which code a test is about."""
    CLOSED_WITH.add(code)
    return lambda test: test


def test_every_close_code_is_used_or_has_a_reason_why_not() -> None:
    assert set(CloseCode) - set(NOT_YET) == CLOSED_WITH
    assert not CLOSED_WITH & set(NOT_YET)


async def closing(client: Client) -> tuple[int, str]:
    """Code and reason with which the daemon closes the connection."""
    with pytest.raises(ConnectionClosed) as closed:
        await client.until(lambda _: False)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


@closes_with(CloseCode.NORMAL)
async def test_who_says_goodbye_leaves_with_1000_after_all_that_it_asked_for(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, daemon.client() as client:
        for number in range(100):
            await client.send(type="publish", event_type="tick", data={"n": number})
        await client.send(type="disconnect")
        assert await closing(client) == (1000, "done")
        assert sum(response["type"] == "ack" for response in client.responses) == 100
        assert client.seq == 100


@closes_with(CloseCode.PROTOCOL_ERROR)
async def test_a_frame_that_breaks_a_rule_ends_the_connection_with_1002(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, raw_client(daemon) as client:
        await client.send(frame(b"{}", masked=False))
        assert await client.ending() == 1002


@closes_with(CloseCode.INVALID_DATA)
async def test_a_text_frame_that_is_not_utf_8_ends_the_connection_with_1007(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon, raw_client(daemon) as client:
        await client.send(frame(b'{"type":"ping","request_id":"\xff"}'))
        assert await client.ending() == 1007


@closes_with(CloseCode.TOO_BIG)
async def test_a_message_that_is_too_long_ends_the_connection_with_1009(tmp_path: Path) -> None:
    async with running(tmp_path, STREAMD_WS__MAX_MESSAGE_BYTES="2000") as daemon:
        async with daemon.client() as client:
            ping = orjson.dumps({"type": "ping", "pad": ""})
            await client.socket.send(ping.replace(b'""', b'"' + b"x" * (2_000 - len(ping)) + b'"'), text=True)
            assert (await client.next())["type"] == "pong"
            await client.socket.send(b"x" * 2_001, text=True)
            assert (await closing(client))[0] == CloseCode.TOO_BIG
        async with raw_client(daemon) as fragmenting:
            for opcode in [1] + [0] * 20:
                fragmenting.writer.write(frame(b"x" * 100, opcode, fin=False))
            assert await fragmenting.ending() == CloseCode.TOO_BIG


@closes_with(CloseCode.INTERNAL)
async def test_who_cannot_be_told_what_it_missed_is_asked_to_come_back_with_1011(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        async with daemon.client() as client:
            epoch = client.greeting["epoch"]
        async with writer(daemon) as load:
            await load.publish(10_000)
        spoil(daemon)
        async with raw_client(daemon, f"/?since=1&epoch={epoch}") as late:
            assert await late.ending() == CloseCode.INTERNAL


@closes_with(CloseCode.RESTART)
async def test_who_is_there_when_the_daemon_stops_is_told_everything_and_when_to_come_back(
    tmp_path: Path,
) -> None:
    limits = {"STREAMD_DRAIN__RETRY_MIN_MS": "100", "STREAMD_DRAIN__RETRY_MAX_MS": "200"}
    async with running(tmp_path, **limits) as daemon, daemon.client() as client, writer(daemon) as load:
        await load.publish(5_000)
        assert await daemon.stop() == 0
        assert await closing(client) == (1012, '{"retry_ms":[100,200]}')
        assert client.seq == 5_000
        assert len(client.events) == 5_000


async def test_who_answers_a_close_frame_and_waits_for_the_end_of_the_connection_has_it_at_once(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path, STREAMD_WS__CLOSE_TIMEOUT_SECONDS="600") as daemon,
        daemon.client() as client,
    ):
        await client.ask(type="ping")
        assert await daemon.stop() == 0
        assert (await closing(client))[0] == CloseCode.RESTART


@closes_with(CloseCode.NO_PROGRESS)
async def test_who_takes_nothing_is_dropped_with_4008_in_the_log_for_there_is_no_way_to_tell_it(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path, STREAMD_WS__STALL_TIMEOUT_SECONDS="0.5") as daemon,
        raw_client(daemon, receive_buffer=4_096),
        writer(daemon) as load,
    ):
        await load.publish(2_000, padding=6_000)
        dropped = orjson.loads((await daemon.logs("connection_dropped"))[0])
        assert dropped["code"] == CloseCode.NO_PROGRESS


@closes_with(CloseCode.NO_HEARTBEAT)
async def test_who_answers_no_ping_is_told_4012(tmp_path: Path) -> None:
    limits = {"STREAMD_WS__PING_INTERVAL_SECONDS": "0.2", "STREAMD_WS__IDLE_TIMEOUT_SECONDS": "0.5"}
    async with running(tmp_path, **limits) as daemon, raw_client(daemon) as silent:
        assert await silent.ending() == CloseCode.NO_HEARTBEAT


@closes_with(CloseCode.BAD_PROTOCOL)
async def test_repeated_garbage_is_answered_until_it_ends_the_connection_with_4501(tmp_path: Path) -> None:
    async with running(tmp_path, STREAMD_WS__MAX_BAD_MESSAGES="5") as daemon, daemon.client() as client:
        for _ in range(10):
            await client.socket.send("garbage")
        assert (await closing(client))[0] == CloseCode.BAD_PROTOCOL
        assert [error["code"] for error in client.responses[1:]] == ["invalid_json"] * 6


async def test_refusals_of_what_is_well_formed_end_no_connection(tmp_path: Path) -> None:
    async with running(tmp_path, STREAMD_WS__MAX_BAD_MESSAGES="5") as daemon, daemon.client() as client:
        for _ in range(50):
            assert (await client.ask(type="get_item", item_id="nowhere"))["code"] == "not_found"


async def test_edits_of_a_workspace_that_was_left_are_answered_before_the_end(tmp_path: Path) -> None:
    edits = b"".join(
        message(type="add_item", item={"type": "note", "name": "n"}, request_id=n) for n in range(600)
    )
    async with running(tmp_path) as daemon, raw_client(daemon, "/?workspace=one") as client:
        await client.send(edits + message(type="hello", workspace="two") + message(type="disconnect"))
        heard = bytearray(await client.everything())
    acknowledged: list[int] = []
    while (found := cut(heard)) is not None:
        if found.opcode == TEXT and found.message.get("type") == "ack" and "request_id" in found.message:
            acknowledged.append(found.message["request_id"])
    assert acknowledged == list(range(600))
