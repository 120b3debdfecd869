"""Durable changes per second: sixteen clients that do not wait for one answer before they ask again."""

import subprocess
import sys
import time
from collections.abc import Callable

from scripts.benchmarks.contenders import STREAMD, THE_DAEMON
from scripts.benchmarks.crowd import Crowd, StalledError
from scripts.benchmarks.greeting import greeting
from scripts.benchmarks.messages import add_item, change_item
from scripts.benchmarks.plan import Plan, interleaved
from scripts.benchmarks.processes import Server, UnavailableError, environment, python, servers_core
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table

BENCH = "durable"
ONE_BY_ONE = "aiosqlite, a transaction each"
IN_GROUPS = "limit: sqlite3, groups, no server"

WRITERS = 16
IN_FLIGHT_EACH = 64
ITEMS = 256
_AT_ONCE = 16


def run(plan: Plan, results: Results) -> None:
    ways: tuple[tuple[str, Callable[[Plan, int], dict[str, float]]], ...] = (
        (ONE_BY_ONE, lambda plan, repetition: _alone(plan, "one-by-one", repetition)),
        (IN_GROUPS, lambda plan, repetition: _alone(plan, "in-groups", repetition)),
        (STREAMD, _daemon),
    )
    for repetition, (name, measure) in interleaved(ways, plan.repetitions):
        print(f"durable {name}", file=sys.stderr)
        try:
            results.record(BENCH, "changes", name, **measure(plan, repetition))
        except UnavailableError as error:
            results.remark(f"{name} did not start: {error}")
        except (StalledError, OSError, subprocess.SubprocessError) as error:
            results.remark(f"{name}, durable changes: {error}")


def _alone(plan: Plan, way: str, repetition: int) -> dict[str, float]:
    """`python -m scripts.benchmarks.commits` on the server's core."""
    file = plan.folder(BENCH, way, repetition) / "bench.db"
    command = python("-m", "scripts.benchmarks.commits", way, str(file), str(plan.durable_seconds))
    with servers_core():
        done = subprocess.run(
            command, check=True, capture_output=True, env=environment({}), timeout=plan.durable_seconds + 30
        )
    return {"change_per_second": float(done.stdout)}


def _daemon(plan: Plan, repetition: int) -> dict[str, float]:
    folder = plan.folder(BENCH, STREAMD, repetition)
    with (
        THE_DAEMON.start(plan.build, folder) as server,
        Crowd(THE_DAEMON, server.port, plan.build) as crowd,
    ):
        crowd.join(WRITERS)
        _pipeline(crowd, add_item, ITEMS)
        added = crowd.totals().acks
        metrics = _rate(
            server, crowd, plan.durable_seconds, "change", lambda n: change_item(n + 1, n % ITEMS)
        )
        metrics |= _rate(server, crowd, plan.durable_seconds, "add", lambda n: add_item(ITEMS + n))
        acks = crowd.totals().acks
        if crowd.totals().errors:
            raise StalledError(crowd.fault(acks) or "errors were sent")
        position = greeting(THE_DAEMON, server.port)["seq"]
    if not isinstance(position, int) or position < acks or added != ITEMS:
        raise StalledError(f"{acks} changes were acknowledged, but the journal stands at {position}")
    return metrics


def _pipeline(crowd: Crowd, message: Callable[[int], bytes], count: int) -> None:
    target = crowd.totals().acks + count
    for number in range(count):
        crowd.say(number % WRITERS, message(number))
    crowd.wait_for("acks", target)


def _rate(
    server: Server, crowd: Crowd, seconds: float, name: str, message: Callable[[int], bytes]
) -> dict[str, float]:
    """Keep every writer's share on its way until the time is over; acknowledged changes and their CPU."""
    first, cpu, start = crowd.totals().acks, server.cpu_seconds(), time.monotonic()
    said = acked = 0
    while time.monotonic() - start < seconds:
        while said - acked <= WRITERS * IN_FLIGHT_EACH - _AT_ONCE:
            crowd.say(
                said // _AT_ONCE % WRITERS, *(message(number) for number in range(said, said + _AT_ONCE))
            )
            said += _AT_ONCE
        crowd.pump()
        acked = crowd.totals().acks - first
        if crowd.totals().errors or crowd.totals().closed:
            break
    wall, used = time.monotonic() - start, server.cpu_seconds() - cpu
    crowd.wait_for("acks", first + said)
    return {f"{name}_per_second": acked / wall, f"{name}_cpu_us": used / max(1, acked) * 1e6}


TABLES = (
    Table(
        f"Durable changes, synchronous=FULL: {WRITERS} clients with {IN_FLIGHT_EACH} on their way each",
        BENCH,
        (
            Column("change_item/s", "changes", "change_per_second", (IN_GROUPS, STREAMD), digits=0),
            Column("CPU µs", "changes", "change_cpu_us", digits=1),
            Column("add_item/s", "changes", "add_per_second", digits=0),
            Column("CPU µs", "changes", "add_cpu_us", digits=1),
        ),
    ),
)
