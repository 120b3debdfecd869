"""With `auth.required` nobody gets in without a token, and a token opens what it is for, while it is valid."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError
from websockets.typing import Subprotocol

from streamd.wire.codes import CloseCode
from tests.support.commands import Ended
from tests.support.commands import ended as ended_command
from tests.support.daemon import MEASURED, WITH_HTTP, Client, Daemon, running
from tests.support.sse import reading

REQUIRED: Final = {**WITH_HTTP, "STREAMD_AUTH__REQUIRED": "true"}
NOTE: Final = {"type": "note", "name": "n"}


def command(directory: Path, *words: str) -> Ended:
    return ended_command("token", *words, "--db", directory / "streamd.db")


async def made(directory: Path, user: str, role: str = "admin", *more: str, workspace: str = "*") -> str:
    words = ("create", "--user", user, "--role", role, "--workspace", workspace, *more)
    done = await asyncio.to_thread(command, directory, *words)
    assert done.returncode == 0, done.stderr
    (token,) = done.stdout.split()
    return token


def id_of(token: str) -> str:
    return token.split("_")[1]


@pytest.fixture
async def daemon(tmp_path: Path) -> AsyncIterator[Daemon]:
    async with running(tmp_path, **MEASURED, **REQUIRED) as one:
        yield one


async def ended(socket: ClientConnection) -> tuple[dict[str, Any], int]:
    """The error that a connection got, and the code that it was closed with."""
    heard: dict[str, Any] = {}
    with suppress(ConnectionClosedError):
        async for text in socket:
            heard = orjson.loads(text)
    return heard, socket.close_code or 0


def url(daemon: Daemon, query: str = "", port: int | None = None) -> str:
    return f"ws://127.0.0.1:{port or daemon.port}/{query}"


BAD: Final = {
    "none that there is": "streamd_0123456789ab_c2VjcmV0",
    "of another form": "secret",
    "empty": "streamd__",
    "no text of ours": "streamd_ü_ü",
}


@pytest.mark.parametrize("token", BAD.values(), ids=BAD)
async def test_a_token_that_is_nobody_s_is_refused_everywhere(daemon: Daemon, token: str) -> None:
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        refused = await http.get("/items", params={"token": token})
    assert (refused.status_code, refused.json()["code"], refused.json()["reason"]) == (
        401,
        "unauthorized",
        "invalid",
    )
    assert refused.headers["www-authenticate"].startswith("Bearer")
    for port in (daemon.port, daemon.http_port):
        query = f"?{httpx.QueryParams(token=token)}"
        async with connect(url(daemon, query, port)) as socket:
            error, code = await ended(socket)
        assert (error["code"], error["reason"], code) == ("unauthorized", "invalid", CloseCode.BAD_TOKEN)


async def test_there_are_five_ways_to_bring_a_token(daemon: Daemon) -> None:
    token = await made(daemon.directory, "ann")
    bearer = {"Authorization": f"Bearer {token}"}
    ways: list[dict[str, Any]] = [
        {"uri": url(daemon), "additional_headers": bearer},
        {"uri": url(daemon, f"?token={token}&user_id=eve")},
        {"uri": url(daemon), "subprotocols": [Subprotocol("streamd"), Subprotocol(f"bearer.{token}")]},
        {"uri": url(daemon), "subprotocols": [Subprotocol(f"bearer.{token}")]},
        {"uri": url(daemon, port=daemon.http_port), "additional_headers": bearer},
    ]
    for way in ways:
        async with connect(**way) as socket:
            assert (await Client(socket).next())["user_id"] == "ann"
    async with connect(url(daemon)) as socket:
        client = Client(socket)
        await client.send(type="hello", token=token, request_id="h", user_id="eve")
        assert (await client.next())["user_id"] == "ann"
        ack = await client.ask(type="add_item", item=NOTE)
        assert ack["type"] == "ack"
        history = await client.ask(type="history", item_id=ack["item_id"])
        assert [change["by"] for change in history["changes"]] == ["ann"]
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        for headers in (bearer, {"X-Streamd-Token": token}, {"x-api-key": token}):
            assert (await http.get("/items", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    "first", ['{"type":"ping"}', '{"type":"hello"}', "no JSON", '{"type":"hello","token":"x"}']
)
async def test_who_says_something_else_first_is_sent_away_and_nothing_is_done(
    daemon: Daemon, first: str
) -> None:
    async with connect(url(daemon)) as socket:
        await socket.send(first)
        await socket.send('{"type":"publish","event_type":"seen","data":{}}')
        error, code = await ended(socket)
    assert (error["code"], code) == ("unauthorized", CloseCode.BAD_TOKEN)
    async with daemon.client(token=await made(daemon.directory, "ann")) as client:
        assert client.greeting["seq"] == 0


async def test_who_says_nothing_is_sent_away(tmp_path: Path) -> None:
    async with (
        running(tmp_path, **MEASURED, **REQUIRED, STREAMD_AUTH__HELLO_SECONDS="0.2") as daemon,
        connect(url(daemon)) as socket,
    ):
        error, code = await ended(socket)
        assert (error["reason"], code) == ("missing", CloseCode.BAD_TOKEN)


async def test_a_role_opens_what_it_is_for_in_its_workspaces(daemon: Daemon) -> None:
    admin = await made(daemon.directory, "root")
    async with daemon.client(token=admin, workspace="hall") as client:
        added = await client.ask(type="add_item", item=NOTE)
    opened: dict[str, list[bool]] = {}
    for role in ("reader", "editor", "operator", "admin"):
        token = await made(daemon.directory, role, role, workspace="hall")
        async with daemon.client(token=token, workspace="hall") as client:
            answers = [
                await client.ask(type="get_item", item_id=added["item_id"]),
                await client.ask(type="add_item", item=NOTE),
                await client.ask(type="user_request", user_input="Show all items"),
                await client.ask(type="memory", action="clear", user_id="somebody"),
            ]
        opened[role] = [answer.get("code") != "forbidden" for answer in answers]
        async with connect(url(daemon, f"?token={token}&workspace=vault")) as socket:
            error, code = await ended(socket)
        assert (error["code"], code) == ("forbidden", CloseCode.FORBIDDEN)
        async with httpx.AsyncClient(base_url=daemon.http_url, headers={"x-api-key": token}) as http:
            assert (await http.get("/items", params={"workspace": "vault"})).status_code == 403
            assert (await http.get("/metrics")).status_code == 403
    assert opened == {
        "reader": [True, False, False, False],
        "editor": [True, True, False, False],
        "operator": [True, True, True, False],
        "admin": [True, True, True, True],
    }


async def test_whoever_is_there_is_sent_away_when_the_token_is_revoked(daemon: Daemon) -> None:
    token, other = await made(daemon.directory, "ann"), await made(daemon.directory, "bob")
    async with (
        connect(url(daemon, f"?token={token}")) as socket,
        daemon.client(token=other) as stays,
        reading(daemon.http_url, headers={"Authorization": f"Bearer {token}"}) as reader,
    ):
        done = await asyncio.to_thread(command, daemon.directory, "revoke", id_of(token))
        assert done.returncode == 0
        error, code = await ended(socket)
        assert (error["reason"], code) == ("revoked", CloseCode.BAD_TOKEN)
        await reader.rest()
        assert (await stays.ask(type="ping"))["type"] == "pong"
        async with connect(url(daemon, f"?token={token}")) as again:
            assert (await ended(again))[0]["reason"] == "revoked"
    assert not [line for line in daemon.log if token in line or token.split("_")[2] in line]


async def test_an_expired_token_ends_what_it_had_opened(daemon: Daemon) -> None:
    token = await made(daemon.directory, "ann", "admin", "--expires", "30d")
    async with connect(url(daemon, f"?token={token}")) as socket:
        with closing(sqlite3.connect(daemon.directory / "streamd.db")) as database, database:
            database.execute("UPDATE access_keys SET expires_at = 1, change = change + 1")
        error, code = await ended(socket)
    assert (error["reason"], code) == ("expired", CloseCode.TOKEN_EXPIRED)


async def test_on_an_open_connection_a_token_of_the_same_user_takes_over_and_no_other(daemon: Daemon) -> None:
    old, new = await made(daemon.directory, "ann", "reader"), await made(daemon.directory, "ann", "editor")
    async with daemon.client(token=old) as client:
        assert (await client.ask(type="add_item", item=NOTE))["code"] == "forbidden"
        assert (await client.ask(type="hello", token=new))["type"] == "connected"
        assert (await client.ask(type="add_item", item=NOTE))["type"] == "ack"
        eve = await made(daemon.directory, "eve")
        assert (await client.ask(type="hello", token=eve))["code"] == "forbidden"
        assert (await client.ask(type="hello", token="streamd_a_b"))["code"] == "unauthorized"
        await asyncio.to_thread(command, daemon.directory, "revoke", id_of(old))
        await asyncio.to_thread(command, daemon.directory, "revoke", id_of(eve))
        assert (await client.ask(type="ping"))["type"] == "pong"


async def test_every_operation_but_health_wants_a_token(daemon: Daemon) -> None:
    admin = await made(daemon.directory, "root")
    async with httpx.AsyncClient(base_url=daemon.http_url) as http:
        document = (await http.get("/openapi.json", headers={"x-api-key": admin})).json()
        answers = {
            (method.upper(), path): (
                await http.request(method, path.replace("{", "").replace("}", ""))
            ).status_code
            for path, methods in document["paths"].items()
            for method in methods
            if method in ("get", "put", "post", "patch", "delete")
        }
    assert len(answers) > 50
    open_to_all = {path for (_, path), status in answers.items() if status != 401}
    assert open_to_all <= {
        "/health",
        "/healthz",
        "/readyz",
        *(path for _, path in answers if path.startswith("/docs")),
    }, open_to_all


def test_tokens_are_made_listed_and_revoked_without_a_daemon(tmp_path: Path) -> None:
    token = command(
        tmp_path, "create", "--user", "ann", "--role", "reader", "--workspace", "a", "--workspace", "b"
    ).stdout
    listed = command(tmp_path, "list").stdout
    assert token.strip() not in listed
    assert id_of(token) in listed
    assert "a,b" in listed
    assert command(tmp_path, "revoke", id_of(token)).returncode == 0
    assert "revoked" in command(tmp_path, "list").stdout
    unknown = command(tmp_path, "revoke", "nobody")
    assert (unknown.returncode, "there is no token nobody" in unknown.stderr) == (2, True)
    assert command(tmp_path, "create", "--user", "u", "--role", "king", "--workspace", "a").returncode == 2
    assert (
        command(tmp_path, "create", "--user", "u", "--role", "reader", "--workspace", "a/b").returncode == 2
    )
    assert (
        command(
            tmp_path, "create", "--user", "u", "--role", "reader", "--workspace", "a", "--expires", "1y"
        ).returncode
        == 2
    )
    assert (tmp_path / "streamd.db").stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(tmp_path / "streamd.db")) as database:
        assert token.split("_")[2].strip().encode() not in b"".join(
            str(row).encode() for row in database.execute("SELECT * FROM access_keys")
        )
