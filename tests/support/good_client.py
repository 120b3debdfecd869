"""A good client beside an attacker: how long its pings and edits take, and what the daemon needs before, beside and after.

    async with watched(tmp_path) as daemon, good_client(daemon) as good:
        before = await footprint(daemon)
        alone = await good.rounds(30)
        beside = await good.during(attack(daemon))
        beside.check(alone)
        await back_to(daemon, before)

The client is a process of its own, so it waits for nothing that the test does. A round is a ping and an edit, each
waited for. Its workspace is `good` unless another is named.
"""

import asyncio
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import attrs
import orjson

from tests.support.daemon import PATIENCE_SECONDS, ROOT, Daemon, running
from tests.support.raw import PING, PONG, TEXT, cut, frame, handshake, message
from tests.support.watched_serve import MARK

_EVERY_SECONDS: Final = 0.01
_READ_BYTES: Final = 65_536
_LOADING: Final = "Preload.run"
"""The task that loads what a start does not wait for."""


# ── what the client measures ─────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class Latencies:
    """Seconds that pings and edits took, the shortest first."""

    pings: tuple[float, ...]
    edits: tuple[float, ...]

    @classmethod
    def of(cls, rounds: Iterable[Mapping[str, float]]) -> Self:
        """Of the lines that the client writes."""
        told = list(rounds)
        return cls(tuple(sorted(one["ping"] for one in told)), tuple(sorted(one["edit"] for one in told)))

    def ping(self, share: float = 0.5) -> float:
        """The ping that so many are not longer than: 0.99 for all but one of a hundred, 1 for the longest."""
        return _quantile(self.pings, share)

    def edit(self, share: float = 0.5) -> float:
        """The edit that so many are not longer than."""
        return _quantile(self.edits, share)

    def check(self, alone: "Latencies", *, times: float = 10, at_least: float = 0.25) -> None:
        """Fail where an attacker is felt: the median by more than so many times, and by more than so many seconds.

        The median, because a machine that does something else for a moment makes others as long as it likes.
        """
        assert self.ping() <= max(at_least, times * alone.ping()), (self.told(), alone.told())
        assert self.edit() <= max(at_least, times * alone.edit()), (self.told(), alone.told())

    def told(self) -> str:
        """Middle, 99 % and longest of both, in milliseconds."""
        return ", ".join(
            f"{name} " + "/".join(f"{_quantile(those, share) * 1000:.1f}" for share in (0.5, 0.99, 1.0))
            for name, those in (("pings", self.pings), ("edits", self.edits))
        )


def _quantile(seconds: tuple[float, ...], share: float) -> float:
    return seconds[min(len(seconds) - 1, int(share * len(seconds)))]


@attrs.define
class GoodClient:
    """The process of a good client, and the rounds that it has told so far."""

    process: asyncio.subprocess.Process
    _rounds: list[dict[str, float]] = attrs.field(factory=list)
    _told: asyncio.Event = attrs.field(factory=asyncio.Event)

    async def rounds(self, count: int) -> Latencies:
        """The next so many rounds."""
        start = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS * 2):
            while len(found := [one for one in self._rounds if one["at"] >= start]) < count:
                await self._more()
        return Latencies.of(found[:count])

    async def during(self, attack: Coroutine[Any, Any, object], *, at_least: int = 10) -> Latencies:
        """The rounds that go on while something goes on, and so many at least."""
        start = time.monotonic()
        await attack
        end = time.monotonic()
        async with asyncio.timeout(PATIENCE_SECONDS * 2):
            while True:
                found = [one for one in self._rounds if one["until"] >= start]
                if len(found) >= at_least and found[-1]["until"] >= end:
                    return Latencies.of(found)
                await self._more()

    async def _more(self) -> None:
        self._told.clear()
        await self._told.wait()
        assert self.process.returncode is None, "the good client was cut off"

    async def _read(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self._rounds.append(json.loads(line))
            self._told.set()
        await self.process.wait()
        self._told.set()


@asynccontextmanager
async def good_client(daemon: Daemon, workspace: str = "good") -> AsyncIterator[GoodClient]:
    """A client that pings and edits from now on, in a process of its own; one round is done already."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.good_client", str(daemon.port), workspace,
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    good = GoodClient(process)
    reading = asyncio.create_task(good._read())
    try:
        await good.rounds(1)
        yield good
    finally:
        if process.returncode is None:
            process.kill()
        await reading


def _rounds(port: int, workspace: str) -> None:
    """Ping and edit for ever, and write how long each took."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS * 2) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer.sendall(handshake(f"/?workspace={workspace}", {}))
        heard = _Heard(peer)
        heard.until(b'"connected"')
        peer.sendall(message(type="add_item", id="good", item={"type": "inventory", "name": "G", "n": 0}))
        heard.until(b'"ack"')
        while True:
            at = time.monotonic()
            peer.sendall(message(type="ping"))
            heard.until(b'"pong"')
            ping = time.monotonic() - at
            peer.sendall(message(type="change_item", item_id="good", inc={"n": 1}))
            heard.until(b'"ack"')
            until = time.monotonic()
            told = {"at": at, "ping": ping, "edit": until - at - ping, "until": until}
            sys.stdout.write(json.dumps(told) + "\n")
            sys.stdout.flush()
            time.sleep(_EVERY_SECONDS)


@attrs.define
class _Heard:
    peer: socket.socket
    buffer: bytearray = attrs.field(factory=bytearray)

    def until(self, word: bytes) -> None:
        """Read up to the message that has a word among its first; answer pings on the way."""
        while True:
            found = None if self.buffer.startswith(b"HTTP") else cut(self.buffer)
            if found is None:
                self._fill()
            elif found.opcode == PING:
                self.peer.sendall(frame(found.payload, PONG))
            elif found.opcode == TEXT and word in found.payload[:200]:
                return
            elif found.opcode == TEXT and b'"error"' in found.payload[:200]:
                sys.exit(f"a good client was refused: {found.payload.decode()}")

    def _fill(self) -> None:
        data = self.peer.recv(_READ_BYTES)
        if not data:
            raise EOFError
        self.buffer += data
        head = self.buffer.find(b"\r\n\r\n")
        if self.buffer.startswith(b"HTTP") and head >= 0:
            del self.buffer[: head + 4]


# ── what the daemon needs ────────────────────────────────────────────────────────────────────────────────────────────


@attrs.frozen
class Footprint:
    """What a daemon holds and has used at one moment."""

    memory: int
    """Resident bytes."""
    files: int
    """Open files but those of the database, which SQLite opens and keeps as it likes."""
    threads: int
    cpu_seconds: float
    """Processor time of all its threads since it started."""
    tasks: Mapping[str, int]
    """How many tasks there are of each coroutine."""
    longest_turn_seconds: float
    """Processor time of the longest turn of its event loop since the last footprint."""

    @property
    def task_count(self) -> int:
        """All tasks."""
        return sum(self.tasks.values())


@asynccontextmanager
async def watched(directory: Path, **environ: str) -> AsyncIterator[Daemon]:
    """A daemon that can be asked for its footprint, and is stopped at the end."""
    async with running(directory, module="tests.support.watched_serve", **environ) as daemon:
        await _loaded(daemon)
        yield daemon


async def _loaded(daemon: Daemon) -> None:
    """Wait for what a start leaves to do: else it would be measured as what an attacker makes the daemon do."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while _LOADING in (await footprint(daemon)).tasks:  # noqa: ASYNC110 - it tells when it is asked
            await asyncio.sleep(0.05)


async def footprint(daemon: Daemon) -> Footprint:
    """What a watched daemon needs now. It tells even when its loop is held."""
    before = sum(line.startswith(MARK) for line in daemon.log)
    os.kill(daemon.pid, signal.SIGUSR1)
    line = (await daemon.logs(MARK, count=before + 1))[-1]
    told = orjson.loads(line.removeprefix(MARK))
    proc = Path(f"/proc/{daemon.pid}")
    ticks = sum(map(int, (proc / "stat").read_text().rpartition(")")[2].split()[11:13]))
    return Footprint(
        memory=daemon.memory(),
        files=open_files(daemon),
        threads=len(list((proc / "task").iterdir())),
        cpu_seconds=ticks / os.sysconf("SC_CLK_TCK"),
        tasks=told["tasks"],
        longest_turn_seconds=told["longest_turn_seconds"],
    )


def open_files(daemon: Daemon) -> int:
    """Count a daemon's sockets, its files without a name, and others but those of its database."""
    names = []
    for one in Path(f"/proc/{daemon.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed just now
            names.append(str(one.readlink()))
    return sum("/streamd.db" not in name for name in names)


async def back_to(
    daemon: Daemon, before: Footprint, *, share: float = 0.1, memory_slack: int = 16_000_000
) -> Footprint:
    """Wait until the daemon needs no more than before: files, tasks, memory, and nearly no processor.

    `share` and `memory_slack` are what may stay of memory. Fails with what stayed when patience ends.
    """
    now = before
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                last = await footprint(daemon)
                await asyncio.sleep(0.5)  # a span to measure over
                now = await footprint(daemon)
                if (
                    now.files <= before.files
                    and now.task_count <= before.task_count
                    and now.memory <= before.memory * (1 + share) + memory_slack
                    and now.cpu_seconds - last.cpu_seconds < 0.25
                ):
                    return now
    except TimeoutError:
        raise AssertionError(f"before: {before}\nnow: {now}") from None


if __name__ == "__main__":
    try:
        _rounds(int(sys.argv[1]), sys.argv[2])
    except (EOFError, ConnectionError, BrokenPipeError):
        sys.exit(1)
