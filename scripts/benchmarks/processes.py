"""Server processes: started on their own core, watched through /proc, ended without ceremony."""

import contextlib
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parents[2]

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
_START_SECONDS = 20.0
_STOP_SECONDS = 15.0
_IDLE_SECONDS, _IDLE_SHARE = 0.1, 0.1
"""A server is idle that used less than this share of its core for so long."""


class UnavailableError(Exception):
    """A contender that cannot run here; the message says why."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def raise_file_limit(wanted: int) -> int:
    """Ask for `wanted` open files, for us and for what we start; what we got."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if limit > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    return max(limit, soft)


def cores() -> tuple[int, int] | None:
    """The server's core and the clients', or None where processes cannot be pinned or there is only one."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    allowed = sorted(os.sched_getaffinity(0) | _PINNED)
    return (allowed[0], allowed[1]) if len(allowed) > 1 else None


_PINNED: set[int] = set()


@contextlib.contextmanager
def servers_core() -> Iterator[None]:
    """What is started inside inherits the server's core; afterwards we are on the clients' core."""
    pair = cores()
    if pair is None:
        yield
        return
    _PINNED.update(pair)
    os.sched_setaffinity(0, {pair[0]})
    try:
        yield
    finally:
        os.sched_setaffinity(0, {pair[1]})


def environment(additions: Mapping[str, str]) -> dict[str, str]:
    """Ours, with this checkout first among the places where Python looks for modules."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **additions}


def python(*arguments: str) -> list[str]:
    return [sys.executable, *arguments]


class Server:
    """One running server. Use it as a context manager; leaving it kills the process."""

    def __init__(
        self, command: Sequence[str], port: int, log: Path, additions: Mapping[str, str], *, idle: bool = True
    ) -> None:
        self.port = port
        self._idle = idle
        self._log = log
        with servers_core(), log.open("ab") as stream:
            self._process = subprocess.Popen(
                command, cwd=log.parent, env=environment(additions), stdout=stream, stderr=stream
            )

    def __enter__(self) -> Self:
        self._wait_for_port()
        if self._idle:
            self._wait_until_idle()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()

    def cpu_seconds(self) -> float:
        """User and system time of all threads so far: exact from schedstat, else in clock ticks from stat."""
        folder = Path("/proc", str(self._process.pid))
        with contextlib.suppress(OSError):
            tasks = folder.joinpath("task").iterdir()
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) * _TICK_SECONDS

    def written_bytes(self) -> int:
        """Bytes that it has handed to the system so far, for files and sockets."""
        lines = Path("/proc", str(self._process.pid), "io").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("wchar:")).split()[1])

    def resident_bytes(self) -> int:
        status = Path("/proc", str(self._process.pid), "status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1]) * 1024

    def stop(self) -> None:
        """End it as a service manager would, so that it can be started again on the same files."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_idle(self) -> None:
        """Wait for what it does once after its start: it would be counted as a cost of the first messages."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            before = self.cpu_seconds()
            time.sleep(_IDLE_SECONDS)
            if self.cpu_seconds() - before < _IDLE_SECONDS * _IDLE_SHARE:
                return

    def _wait_for_port(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                break
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.01)
        self.__exit__()
        lines = self._log.read_text(errors="replace").strip().splitlines()
        raise UnavailableError(lines[-1] if lines else "it did not open its port")
