"""Starting and stopping: what is in the way is told in a line, and what was promised is kept to the end."""

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from streamd.wire.codes import CloseCode
from tests.conftest import ROOT, Streamd
from tests.support.agents import installed
from tests.support.daemon import running
from tests.support.raw import raw_client

FREE_PORT = {"STREAMD_WS__PORT": "0", "STREAMD_HTTP__PORT": "0"}


CANNOT_START_NOW = 1
"""Trying again may help; that is for the service manager to do."""
CANNOT_USE_CONFIGURATION = 2


def refusal(streamd: Streamd, **environ: str) -> str:
    """What a daemon says that cannot start now."""
    return said(streamd, CANNOT_START_NOW, environ)


def said(streamd: Streamd, status: int, environ: Mapping[str, str]) -> str:
    """What a daemon says that does not start: a line or two for people, and a status."""
    ended = streamd("serve", environ=environ)
    assert ended.returncode == status, ended.stderr
    assert "Traceback" not in ended.stderr
    assert len(ended.stderr.splitlines()) <= 3
    return ended.stderr


LATER = (
    "anthropic", "cronsim", "fastjsonschema", "httpx2", "mcp", "mcp_types", "msgspec", "openai", "pydantic", "rapidfuzz", "unittest",
    "streamd.analysis", "streamd.core.triggers.declarations", "streamd.engine.steps", "streamd.engine.triggers", "streamd.forecasting", "streamd.language", "streamd.stores.knowledge",
    "streamd.stores.memory", "streamd.tables", "streamd.wire.payloads", "streamd.wire.schemas", "streamd.writing",
)  # fmt: skip
"""What a daemon does without until it is ready: packages, and rooms that only runs and rare messages need."""
MOST_MODULES = 489
"""Of ours and others', beside those of Python itself: 485 when this was written. A start takes about half a millisecond for each."""


def imported_at_ready(folder: Path, **environ: str) -> list[str]:
    """Names of the modules that a daemon has imported when it is ready."""
    code = """
import os, signal, sys
from streamd import app
from streamd.cli import main

def at_ready(*_):
    print(*sys.modules)
    os.kill(os.getpid(), signal.SIGTERM)

app._report_ready = at_ready
sys.exit(main(["serve"]))
"""
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env={
            **os.environ,
            **FREE_PORT,
            **environ,
            "PYTHONPATH": str(ROOT),
            "STREAMD_STORE__PATH": str(folder / "a.db"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return ended.stdout.split()


def test_a_daemon_is_ready_before_it_imports_what_only_runs_need(tmp_path: Path) -> None:
    imported = imported_at_ready(tmp_path)
    assert [name for name in imported if name.startswith(LATER)] == []
    others = [name for name in imported if name.partition(".")[0] not in sys.stdlib_module_names]
    # structlog takes rich where it finds it, as it does where these tests are installed and not where the daemon is.
    counted = [name for name in others if not name.startswith(("rich", "pygments"))]
    assert "streamd.app" in counted
    assert len(counted) <= MOST_MODULES


OF_HTTP = (
    "starlette", "uvicorn", "httptools", "prometheus_client", "streamd.edge.http", "streamd.edge.metrics", "streamd.wire.sse",
    "streamd.wire.dialects",
)  # fmt: skip


def test_a_daemon_without_http_imports_nothing_of_it(tmp_path: Path) -> None:
    imported = imported_at_ready(tmp_path, STREAMD_HTTP__ENABLED="false")
    assert "streamd.edge.ws" in imported
    assert [name for name in imported if name.startswith(OF_HTTP)] == []


@pytest.mark.parametrize("package", ["starlette", "uvicorn", "httptools", "prometheus_client"])
def test_a_daemon_without_a_package_for_http_says_what_to_do(tmp_path: Path, package: str) -> None:
    code = f"import sys; sys.modules['{package}'] = None; from streamd.cli import main; sys.exit(main(['serve']))"
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={
            **os.environ,
            **FREE_PORT,
            "PYTHONPATH": str(ROOT),
            "STREAMD_STORE__PATH": str(tmp_path / "a.db"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == CANNOT_START_NOW, ended.stderr
    assert "Traceback" not in ended.stderr
    assert package in ended.stderr
    assert "http.enabled = false" in ended.stderr


async def test_a_request_in_the_moment_of_the_start_gets_its_answer(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as client:
        await client.send(type="user_request", user_input="Add 3 new inventory items")
        last = await client.until(lambda heard: heard.get("type") in ("complete", "error"))
        assert (last["type"], len(last["data"]["added"])) == ("complete", 3)


async def test_a_second_daemon_on_the_same_file_is_told_who_has_it(tmp_path: Path, streamd: Streamd) -> None:
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as client:
        words = await asyncio.to_thread(
            refusal, streamd, **FREE_PORT, STREAMD_STORE__PATH=str(tmp_path / "streamd.db")
        )
        assert f"in use by process {daemon.pid}" in words
        assert (await client.ask(type="publish", event_type="still_here", data={}))["type"] == "ack"


async def test_a_second_daemon_on_the_same_port_is_told_which_option_to_set(
    tmp_path: Path, streamd: Streamd
) -> None:
    async with running(tmp_path, module="streamd") as daemon:
        other = tmp_path / "other.db"
        words = await asyncio.to_thread(
            refusal,
            streamd,
            **{**FREE_PORT, "STREAMD_WS__PORT": str(daemon.port)},
            STREAMD_STORE__PATH=str(other),
        )
        assert f"cannot listen on 127.0.0.1:{daemon.port}" in words
        assert "ws.port" in words


@pytest.fixture
async def store(tmp_path: Path) -> Path:
    """A file that a daemon has written."""
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as client:
        await client.ask(type="add_item", item={"type": "note", "name": "RunUpdates"})
        assert await daemon.stop() == 0
    return tmp_path / "streamd.db"


def test_a_corrupt_file_is_told_and_left_as_it_is(streamd: Streamd, store: Path) -> None:
    store.write_bytes(store.read_bytes()[:100] + os.urandom(8_192))
    before = store.read_bytes()
    words = refusal(streamd, **FREE_PORT, STREAMD_STORE__PATH=str(store))
    assert str(store) in words
    assert store.read_bytes() == before


def test_a_file_that_is_no_database_is_told_and_left_as_it_is(streamd: Streamd, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear Sir or Madam, " * 100)
    words = refusal(streamd, **FREE_PORT, STREAMD_STORE__PATH=str(letter))
    assert str(letter) in words
    assert letter.read_text() == "Dear Sir or Madam, " * 100


def test_a_newer_schema_is_told_and_left_as_it_is(streamd: Streamd, store: Path) -> None:
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    words = refusal(streamd, **FREE_PORT, STREAMD_STORE__PATH=str(store))
    assert "schema 9999" in words
    assert "newer streamd" in words


@pytest.fixture
def unprivileged(tmp_path: Path) -> list[str]:
    """How to run a command as somebody who may not write everywhere; nothing when we are such a one."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root can write everywhere, and there is no setpriv to become somebody else")
    return [setpriv, "--bounding-set=-all", "--inh-caps=-all"]


@pytest.mark.parametrize("what", ["the file", "the directory"])
def test_what_cannot_be_written_is_told(store: Path, unprivileged: list[str], what: str) -> None:
    for path in [store] if what == "the file" else [store, store.parent]:
        path.chmod(0o555)
    try:
        ended = subprocess.run(
            [*unprivileged, sys.executable, "-m", "streamd", "serve"],
            cwd="/",
            env={**os.environ, **FREE_PORT, "PYTHONPATH": str(ROOT), "STREAMD_STORE__PATH": str(store)},
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        store.parent.chmod(0o755)
    assert ended.returncode == 1, ended.stderr
    assert "Traceback" not in ended.stderr
    assert str(store) in ended.stderr
    assert "write" in ended.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "streamd.example"])
def test_an_address_that_others_reach_is_refused_unless_it_is_allowed(streamd: Streamd, host: str) -> None:
    words = said(streamd, CANNOT_USE_CONFIGURATION, {**FREE_PORT, "STREAMD_WS__HOST": host})
    assert "ws.allow_public" in words


async def test_an_address_that_others_reach_may_be_allowed(tmp_path: Path) -> None:
    async with running(
        tmp_path, module="streamd", STREAMD_WS__HOST="0.0.0.0", STREAMD_WS__ALLOW_PUBLIC="true"
    ) as daemon:
        async with daemon.client() as client:
            assert client.greeting["type"] == "connected"
        with socket.create_connection(("127.0.0.1", daemon.port)):
            pass


async def test_a_daemon_that_stops_finishes_what_it_has_begun_and_then_sends_everybody_away(
    tmp_path: Path,
) -> None:
    async with (
        running(tmp_path, module="streamd") as daemon,
        daemon.client() as client,
        raw_client(daemon) as bystander,
    ):
        await client.send(type="user_request", user_input="Add 500 new inventory items")
        await client.until(lambda heard: heard.get("type") == "start")
        daemon.ask_to_stop()
        last = await client.until(lambda heard: heard.get("type") in ("complete", "error"))
        assert last["type"] == "complete"
        await client.heard(500)
        assert len(await bystander.events_until(500)) == 500
        assert await bystander.ending() == CloseCode.RESTART
        assert await daemon.ended() == 0
        assert "stopped" in daemon.log[-1]


async def test_a_second_signal_ends_at_once_a_daemon_that_waits_for_a_run(tmp_path: Path) -> None:
    async with (
        running(tmp_path, module="streamd", STREAMD_DRAIN__SECONDS="60", **installed(tmp_path)) as daemon,
        daemon.client() as client,
    ):
        await client.send(type="user_request", user_input="go on", agent="waits")
        await client.until(lambda heard: heard.get("type") == "content")
        daemon.ask_to_stop()
        await daemon.logs("draining")
        daemon.ask_to_stop()
        assert await daemon.ended() != 0


async def test_a_daemon_that_stops_lets_nobody_in_any_more(tmp_path: Path) -> None:
    async with running(tmp_path, module="streamd") as daemon, daemon.client() as client:
        await client.send(type="user_request", user_input="", context={"item_type": "note", "count": 10_000})
        await client.until(lambda message: message.get("type") == "item_added")
        daemon.ask_to_stop()
        await client.until(lambda _: any("draining" in line for line in daemon.log))
        with pytest.raises(InvalidStatus) as refused:
            async with daemon.client():
                pass
        assert refused.value.response.status_code == 503
        assert "Retry-After" in refused.value.response.headers
        await client.until(lambda message: message.get("type") in ("complete", "error"))
        assert await daemon.ended() == 0
