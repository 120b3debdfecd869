"""What readers of Server-Sent Events cost the daemon, beside as many WebSockets of the same daemon."""

import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import attrs

from scripts.benchmarks.contenders import THE_DAEMON
from scripts.benchmarks.crowd import Crowd, StalledError
from scripts.benchmarks.loads import BURST, Stage, burst, lone
from scripts.benchmarks.plan import Plan, interleaved
from scripts.benchmarks.processes import UnavailableError, free_port
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table

BENCH = "streams"
SOCKETS = "WebSocket"
STREAMS = "SSE"

_READERS = 1000
_FIRST = 50
"""Readers before the first reading, so that what is only made once is not counted."""
_SETTLE_SECONDS = 0.5
_PATH = "/events"


def run(plan: Plan, results: Results) -> None:
    for repetition, kind in interleaved((SOCKETS, STREAMS), plan.repetitions):
        print(f"streams {kind}", file=sys.stderr)
        try:
            _measure(plan, results, kind, repetition)
        except (UnavailableError, StalledError, OSError) as error:
            results.remark(f"{_READERS} readers by {kind}: {error}")


def _measure(plan: Plan, results: Results, kind: str, repetition: int) -> None:
    port = free_port()

    def settings(ws_port: int, scratch: Path) -> Mapping[str, str]:
        return {**THE_DAEMON.additions(ws_port, scratch), "STREAMD_HTTP__PORT": str(port)}

    contender = attrs.evolve(THE_DAEMON, additions=settings)
    folder = plan.folder(BENCH, kind, repetition)
    with contender.start(plan.build, folder) as server, Crowd(contender, server.port, plan.build) as crowd:
        _wait_for(port)

        def join(count: int) -> None:
            if kind == STREAMS:
                crowd.follow(count, port, _PATH)
            else:
                crowd.join(count)

        crowd.join(1)  # it speaks
        join(_FIRST)
        time.sleep(_SETTLE_SECONDS)
        used, resident = server.cpu_seconds(), server.resident_bytes()
        join(_READERS - _FIRST)
        used = server.cpu_seconds() - used
        time.sleep(_SETTLE_SECONDS)
        each = (server.resident_bytes() - resident) / (_READERS - _FIRST)
        results.record(BENCH, "joined", kind, cpu_us=used / (_READERS - _FIRST) * 1e6, kibibytes=each / 1024)
        stage = Stage(server, crowd)
        crowd.say(0, *stage.messages(BURST))
        stage.until_heard()
        for name, load, seconds in (("burst", burst, plan.load_seconds), ("lone", lone, plan.lone_seconds)):
            results.record(BENCH, name, kind, cpu_us=load(stage, seconds).cpu_us_per_delivery)
        fault = crowd.fault(stage.said)
        if fault:
            results.remark(f"{_READERS} readers by {kind}: {fault}")


def _wait_for(port: int) -> None:
    """Wait until the daemon answers over HTTP: it imports what that needs when it is ready already."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 20) as peer:
            peer.sendall(b"GET /readyz HTTP/1.0\r\n\r\n")
            if b" 200 " in peer.recv(100):
                return
        time.sleep(0.05)
    raise UnavailableError("it does not answer over HTTP")


TABLES = (
    Table(
        f"{_READERS:,} readers of one workspace over HTTP, beside as many WebSockets",
        BENCH,
        (
            Column("µs a delivery, in bursts", "burst", "cpu_us", (SOCKETS,)),
            Column("alone", "lone", "cpu_us", (SOCKETS,)),
            Column("to accept one, µs", "joined", "cpu_us", (SOCKETS,), digits=0),
            Column("KiB of an idle one", "joined", "kibibytes", (SOCKETS,), digits=1),
        ),
    ),
)
