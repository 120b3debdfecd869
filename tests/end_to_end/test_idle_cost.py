"""What connections cost that do nothing."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.support.daemon import Daemon, running
from tests.support.raw import raw_client

CONNECTIONS = 1_000
SECONDS = 3


@pytest.fixture
def many_files() -> Iterator[None]:
    """Room for as many sockets as are needed, here and in the daemons that are started."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * CONNECTIONS
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"at most {hard} files may be open")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def cpu_seconds(daemon: Daemon) -> float:
    """Time that the daemon has used so far."""
    fields = Path(f"/proc/{daemon.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.alone
@pytest.mark.usefixtures("many_files")
async def test_an_idle_connection_takes_little_memory_and_a_thousand_take_hardly_any_time(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as daemon, AsyncExitStack() as stack:
        for _ in range(20):
            await stack.enter_async_context(raw_client(daemon))
        memory_before = daemon.memory()
        for _ in range(CONNECTIONS):
            await stack.enter_async_context(raw_client(daemon))
        assert (daemon.memory() - memory_before) / CONNECTIONS < 24_000
        used_before = cpu_seconds(daemon)
        await asyncio.sleep(SECONDS)  # what is measured is time in which nothing happens
        assert (cpu_seconds(daemon) - used_before) / SECONDS < 0.05


async def test_more_connections_than_a_shell_allows_files_are_let_in(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    daemon = Daemon(tmp_path, module="streamd")
    try:
        await daemon.start()  # it inherits the limit
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    try:
        async with AsyncExitStack() as stack:
            for _ in range(100):
                await stack.enter_async_context(raw_client(daemon))
    finally:
        await daemon.kill()
    assert not [line for line in daemon.log if "Too many open files" in line]
