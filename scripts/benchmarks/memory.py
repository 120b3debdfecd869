"""What a connection costs that does nothing: resident memory before and after opening many."""

import sys
import time

from scripts.benchmarks.contenders import BROADCAST, FASTAPI, SOCKETIO, STREAMD, THE_DAEMON, Contender
from scripts.benchmarks.crowd import Crowd, StalledError
from scripts.benchmarks.plan import Plan, interleaved
from scripts.benchmarks.processes import UnavailableError
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table

BENCH = "memory"
BARE = "websockets"

_FIRST = 50
"""Connections opened before the first reading, so that what is only made once is not counted."""
_SETTLE_SECONDS = 0.5


def run(plan: Plan, results: Results) -> None:
    for repetition, contender in interleaved((SOCKETIO, FASTAPI, BROADCAST, THE_DAEMON), plan.repetitions):
        print(f"memory {contender.name}", file=sys.stderr)
        try:
            _measure(plan, results, contender, repetition)
        except UnavailableError as error:
            results.remark(f"{contender.name} did not start: {error}")
        except (StalledError, OSError) as error:
            results.remark(f"{contender.name} with {plan.idle_connections} idle connections: {error}")


def _measure(plan: Plan, results: Results, contender: Contender, repetition: int) -> None:
    folder = plan.folder(BENCH, contender.name, repetition)
    with contender.start(plan.build, folder) as server, Crowd(contender, server.port, plan.build) as crowd:
        crowd.join(_FIRST)
        time.sleep(_SETTLE_SECONDS)
        before = server.resident_bytes()
        crowd.join(plan.idle_connections)
        time.sleep(_SETTLE_SECONDS)
        each = (server.resident_bytes() - before) / plan.idle_connections
    results.record(
        BENCH,
        "idle",
        BARE if contender is BROADCAST else contender.name,
        kibibytes=each / 1024,
        megabytes=before / 1e6,
    )


TABLES = (
    Table(
        "Memory of an idle connection, uncompressed",
        BENCH,
        (
            Column("KiB each", "idle", "kibibytes", (BARE, STREAMD), digits=1),
            Column("the rest of the server, MB", "idle", "megabytes", digits=0),
        ),
    ),
)
