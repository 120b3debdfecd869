"""A daemon that is forked from a process in which everything is imported: its own process, but none of a start's imports.

What is imported takes nine tenths of the processor time of a start, and the tests start a thousand daemons. What runs is
what the command runs, with the same environment, directory and log; only the interpreter is not new.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Final, Self

import attrs

TESTS_MEASURE: Final = "TESTS_MEASURE"
"""The variable that is set where the coverage of the tests is measured."""
_FORKING: Final = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload([f"{__name__}_preload"])


def _serve(directory: Path, environ: Mapping[str, str], log: Connection) -> None:
    """Become the command `streamd serve`."""
    os.dup2(log.fileno(), sys.stderr.fileno())
    log.close()
    os.chdir(directory)
    os.environ.clear()
    os.environ.update(environ)
    sys.path[:0] = environ["PYTHONPATH"].split(os.pathsep)
    from streamd.cli import main

    with _measured() if is_measured(environ) else nullcontext():
        status = main(["serve"])
    sys.exit(status)


def is_measured(environ: Mapping[str, str]) -> bool:
    """Whether the coverage of a daemon is measured, until it is stopped."""
    return TESTS_MEASURE in environ and "MEASURED_TOO" in environ


@contextmanager
def _measured() -> Iterator[None]:
    """Measure coverage; what is written is found by the process that runs the tests."""
    from coverage import Coverage

    root = Path(__file__).parents[2]
    coverage = Coverage(
        data_file=str(root / ".coverage"), data_suffix=True, config_file=str(root / "pyproject.toml")
    )
    coverage.start()
    try:
        yield
    finally:
        coverage.stop()
        coverage.save()


@attrs.define
class ForkedDaemon:
    """The process, with as much of the interface of asyncio's subprocesses as is needed."""

    stderr: asyncio.StreamReader
    _process: ForkServerProcess
    _ended: asyncio.Event = attrs.field(factory=asyncio.Event)

    @classmethod
    async def start(cls, directory: Path, environ: Mapping[str, str]) -> Self:
        """Fork one."""
        loop = asyncio.get_running_loop()
        log, written = _FORKING.Pipe(duplex=False)
        process = _FORKING.Process(target=_serve, args=(directory, environ, written), daemon=True)
        process.start()
        written.close()
        stderr = asyncio.StreamReader()
        with log:
            pipe = os.fdopen(os.dup(log.fileno()), "rb", buffering=0)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stderr), pipe)
        daemon = cls(stderr, process)
        loop.add_reader(process.sentinel, daemon._has_ended)
        return daemon

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def wait(self) -> int:
        await self._ended.wait()
        assert self.returncode is not None
        return self.returncode

    def _has_ended(self) -> None:
        asyncio.get_running_loop().remove_reader(self._process.sentinel)
        self._process.join()
        self._ended.set()
