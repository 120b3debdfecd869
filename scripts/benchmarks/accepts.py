"""What a new connection costs the server: its handshake, up to and with the first message."""

import sys

from scripts.benchmarks.contenders import BROADCAST, STREAMD, THE_DAEMON, Contender
from scripts.benchmarks.crowd import Crowd, StalledError
from scripts.benchmarks.plan import Plan, interleaved
from scripts.benchmarks.processes import UnavailableError
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table

BENCH = "accepts"
BARE = "websockets"

_FIRST = 100
"""Connections opened before the first reading, so that what is only made once is not counted."""


def run(plan: Plan, results: Results) -> None:
    for repetition, contender in interleaved((BROADCAST, THE_DAEMON), plan.repetitions):
        print(f"accepts {contender.name}", file=sys.stderr)
        try:
            _measure(plan, results, contender, repetition)
        except UnavailableError as error:
            results.remark(f"{contender.name} did not start: {error}")
        except (StalledError, OSError) as error:
            results.remark(f"{contender.name}, accepting: {error}")


def _measure(plan: Plan, results: Results, contender: Contender, repetition: int) -> None:
    folder = plan.folder(BENCH, contender.name, repetition)
    with contender.start(plan.build, folder) as server, Crowd(contender, server.port, plan.build) as crowd:
        crowd.join(_FIRST)
        before = server.cpu_seconds()
        crowd.join(plan.accepts)
        each = (server.cpu_seconds() - before) / plan.accepts
    results.record(BENCH, "all", BARE if contender is BROADCAST else contender.name, cpu_us=each * 1e6)


TABLES = (
    Table(
        "Accept a connection, uncompressed, and greet it",
        BENCH,
        (Column("server CPU µs", "all", "cpu_us", (BARE, STREAMD), digits=0),),
    ),
)
