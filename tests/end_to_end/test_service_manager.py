"""The daemon under a service manager: what it tells on its notification socket."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.daemon import PATIENCE_SECONDS, running

pytestmark = pytest.mark.requirement("E1")


@pytest.fixture(name="notes")
def _notes(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening


async def heard(notes: socket.socket, wanted: str) -> None:
    """Wait for a note with this line."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while wanted not in (await asyncio.get_running_loop().sock_recv(notes, 4096)).decode().splitlines():
            pass


async def test_the_manager_is_told_when_the_daemon_is_ready_alive_and_stopping(
    tmp_path: Path, notes: socket.socket
) -> None:
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "200000"}
    async with running(tmp_path, module="streamd", **environ) as daemon:
        await heard(notes, "READY=1")
        await heard(notes, "WATCHDOG=1")
        await heard(notes, "WATCHDOG=1")
        stopping = asyncio.create_task(daemon.stop())
        await heard(notes, "STOPPING=1")
        assert await stopping == 0


async def test_a_daemon_that_cannot_start_never_says_ready(tmp_path: Path, notes: socket.socket) -> None:
    (tmp_path / "streamd.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(RuntimeError, match="did not start"):
        async with running(tmp_path, module="streamd", NOTIFY_SOCKET=str(tmp_path / "notify")):
            pass
    with pytest.raises(BlockingIOError):
        notes.recv(4096)
