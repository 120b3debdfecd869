"""SIGHUP: the configuration is read again, or a terminal is gone."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.support.daemon import PATIENCE_SECONDS, ROOT, Daemon, running

pytestmark = pytest.mark.requirement("E1")

PAGE = "https://stock.example.org"


async def is_admitted(daemon: Daemon, origin: str) -> bool:
    try:
        async with connect(daemon.url, origin=origin):  # type: ignore[arg-type]
            return True
    except InvalidStatus:
        return False


async def test_what_may_change_changes_and_clients_stay_connected(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[log]\nlevel = "info"\n')
    async with running(tmp_path) as daemon, daemon.client() as client:
        assert not await is_admitted(daemon, PAGE)
        (tmp_path / "config.toml").write_text(
            f'[log]\nlevel = "debug"\n[ws]\nallowed_origins = ["{PAGE}"]\nping_interval_seconds = 7\n'
            '[item_types.crate.fields.weight]\ntype = "number"\n'
        )
        os.kill(daemon.pid, signal.SIGHUP)
        reloaded = (await daemon.logs("configuration_reloaded"))[0]
        assert ("log.level" in reloaded, "ws.allowed_origins" in reloaded) == (True, True)
        waits = (await daemon.logs("restart_needed"))[0]
        assert ("ws.ping_interval_seconds" in waits, "item_types.crate" in waits) == (True, True)
        assert await is_admitted(daemon, PAGE)
        assert not await is_admitted(daemon, "https://elsewhere.example.org")
        assert (await client.ask(type="ping"))["type"] == "pong"
        # What waits for a restart is told each time, what has taken effect once.
        os.kill(daemon.pid, signal.SIGHUP)
        assert "log.level" not in (await daemon.logs("configuration_reloaded", count=2))[1]
        assert "ws.ping_interval_seconds" in (await daemon.logs("restart_needed", count=2))[1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[ws]\nallowed_origins = ["no origin"]\n', "ws.allowed_origins"),
        ("[ws\n", "line 1"),
        ("[ws]\nmax_conections = 5\n", "max_connections"),
    ],
)
async def test_mistakes_keep_what_holds_and_are_told(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "config.toml").write_text(f'[ws]\nallowed_origins = ["{PAGE}"]\n')
    async with running(tmp_path) as daemon, daemon.client() as client:
        (tmp_path / "config.toml").write_text(text)
        os.kill(daemon.pid, signal.SIGHUP)
        assert told in (await daemon.logs("configuration_kept"))[0]
        assert await is_admitted(daemon, PAGE)
        assert (await client.ask(type="ping"))["type"] == "pong"
        (tmp_path / "config.toml").write_text("")
        os.kill(daemon.pid, signal.SIGHUP)
        await daemon.logs("configuration_reloaded")
        assert not await is_admitted(daemon, PAGE)


async def test_a_closed_terminal_drains(tmp_path: Path) -> None:
    master, slave = os.openpty()
    program = "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    daemon = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, "-m", "streamd", "serve", "--port", "0",
            cwd=tmp_path, stdin=slave, stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT), "STREAMD_HTTP__PORT": "0"},
        )  # fmt: skip
    os.close(slave)
    try:
        assert daemon.stderr is not None
        async with asyncio.timeout(PATIENCE_SECONDS):
            await daemon.stderr.readuntil(b" ready on ")
            daemon.send_signal(signal.SIGHUP)  # while the terminal is there it means: reload
            await daemon.stderr.readuntil(b"configuration_reloaded")
            os.close(master)
            await daemon.stderr.readuntil(b"daemon_draining")
            assert await daemon.wait() == 0
    finally:
        if daemon.returncode is None:
            daemon.kill()
            await daemon.wait()
