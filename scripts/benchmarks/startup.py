"""From the command to a server that is ready, on an empty store, and to the answer of `--version`."""

import os
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from scripts.benchmarks.contenders import FASTAPI, STREAMD, THE_DAEMON
from scripts.benchmarks.plan import Plan, interleaved
from scripts.benchmarks.processes import UnavailableError, environment, free_port, python, servers_core
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

BENCH = "startup"
PYTHON = "python -c pass"

_READY_SECONDS = 20.0


def run(plan: Plan, results: Results) -> None:
    ways: tuple[tuple[str, str, Callable[[Plan, int], float]], ...] = (
        (PYTHON, "version", lambda plan, _: _finished(plan, "-c", "pass")),
        (FASTAPI.name, "ready", _fastapi),
        (STREAMD, "ready", _streamd),
        (STREAMD, "version", lambda plan, _: _finished(plan, "-m", "streamd", "--version")),
    )
    for repetition, (name, case, measure) in interleaved(ways, plan.starts):
        print(f"startup {name} {case}", file=sys.stderr)
        try:
            results.record(BENCH, case, name, seconds=measure(plan, repetition))
        except UnavailableError as error:
            results.remark(f"{name} did not start: {error}")


def _finished(plan: Plan, *arguments: str) -> float:
    start = time.monotonic()
    with servers_core():
        done = subprocess.run(
            python(*arguments),
            capture_output=True,
            env=environment({}),
            cwd=plan.scratch,
            check=False,
            timeout=60,
        )
    if done.returncode:
        raise UnavailableError(done.stderr.decode(errors="replace").strip().rpartition("\n")[2])
    return time.monotonic() - start


def _fastapi(plan: Plan, repetition: int) -> float:
    start = time.monotonic()
    with FASTAPI.start(plan.build, plan.folder(BENCH, "fastapi", repetition), idle=False):
        return time.monotonic() - start


def _streamd(plan: Plan, repetition: int) -> float:
    folder: Path = plan.folder(BENCH, STREAMD, repetition)
    port = free_port()
    start = time.monotonic()
    with servers_core():
        process = subprocess.Popen(
            THE_DAEMON.command(port, plan.build),
            cwd=folder,
            env=environment(THE_DAEMON.additions(port, folder)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    try:
        said = _said_ready(process, start + _READY_SECONDS)
        return said - start
    finally:
        process.kill()
        process.communicate()


def _said_ready(process: "subprocess.Popen[bytes]", deadline: float) -> float:
    """When the line with `ready` came on its standard error."""
    said = b""
    assert process.stderr is not None
    while b"ready" not in said:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([process.stderr], [], [], left)[0]:
            raise UnavailableError("it did not say that it is ready")
        fresh = os.read(process.stderr.fileno(), 65536)
        if not fresh:
            raise UnavailableError(said.decode(errors="replace").strip().rpartition("\n")[2])
        said += fresh
    return time.monotonic()


TABLES = (
    Table(
        "Start, seconds",
        BENCH,
        (
            Column("ready", "ready", "seconds", (STREAMD,)),
            Column("--version", "version", "seconds", (STREAMD,)),
        ),
    ),
)
