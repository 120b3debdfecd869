"""Coming back after ten thousand events: from the handshake to the last event that was missed."""

import sys
import time
from urllib.parse import urlencode

from scripts.benchmarks.contenders import STREAMD, THE_DAEMON, Contender
from scripts.benchmarks.crowd import Crowd, StalledError
from scripts.benchmarks.greeting import greeting
from scripts.benchmarks.loads import SPEAKERS, Stage
from scripts.benchmarks.plan import Plan
from scripts.benchmarks.processes import Server, UnavailableError, python
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Column, Table

BENCH = "resume"
NAIVE = "a row, a json.dumps, a send each"
SECOND = "streamd, the second from the same place"
RESTARTED = "streamd, just restarted"

_AT_ONCE = 16


def run(plan: Plan, results: Results) -> None:
    naive = Contender(
        NAIVE,
        lambda port, _build: python(
            "-m", "scripts.benchmarks.servers.naive_replay", str(port), str(plan.replay_events)
        ),
    )
    for repetition in range(plan.repetitions):
        for measure in (_daemon, lambda *given: _naive(naive, *given)):
            try:
                measure(plan, results, repetition)
            except UnavailableError as error:
                results.remark(f"resume: a server did not start: {error}")
            except (StalledError, OSError) as error:
                results.remark(f"resume: {error}")


def _naive(naive: Contender, plan: Plan, results: Results, repetition: int) -> None:
    with naive.start(plan.build, plan.folder(BENCH, "naive", repetition)) as server:
        _replay(plan, results, naive, server, naive.path, None)


def _daemon(plan: Plan, results: Results, repetition: int) -> None:
    """The first to come back, the second at the same place, and one after a restart."""
    folder = plan.folder(BENCH, STREAMD, repetition)
    with THE_DAEMON.start(plan.build, folder) as server:
        path, digest = _written(plan, server)
        _replay(plan, results, THE_DAEMON, server, path, digest)
        _replay(plan, results, THE_DAEMON, server, path, digest, SECOND)
        server.stop()
    with THE_DAEMON.start(plan.build, folder) as server:
        _replay(plan, results, THE_DAEMON, server, path, digest, RESTARTED)


def _written(plan: Plan, server: Server) -> tuple[str, int]:
    """Publish the events; the path that asks for all of them, and the digest of who heard them live."""
    first = greeting(THE_DAEMON, server.port)
    with Crowd(THE_DAEMON, server.port, plan.build) as crowd:
        crowd.join(SPEAKERS)
        stage = Stage(server, crowd)
        while stage.said < plan.replay_events:
            crowd.say(stage.said // _AT_ONCE % SPEAKERS, *stage.messages(_AT_ONCE))
            if stage.said % (SPEAKERS * _AT_ONCE) == 0:
                stage.until_heard()
        stage.until_heard()
        fault = crowd.fault(stage.said)
        if fault:
            raise StalledError(fault)
        digest = crowd.tallies()[0].digest
    return "/?" + urlencode({"since": first["seq"], "epoch": first["epoch"]}), digest


def _replay(
    plan: Plan,
    results: Results,
    contender: Contender,
    server: Server,
    path: str,
    digest: int | None,
    name: str | None = None,
) -> None:
    """One client comes back; with `digest` it must have heard what the others heard, in the same order."""
    name = name or contender.name
    print(f"resume {name}", file=sys.stderr)
    with Crowd(contender, server.port, plan.build) as crowd:
        cpu, start = server.cpu_seconds(), time.monotonic()
        crowd.join(1, path)
        crowd.wait_for_events(plan.replay_events)
        wall, used = time.monotonic() - start, server.cpu_seconds() - cpu
        fault = crowd.fault(plan.replay_events)
        if not fault and digest is not None and crowd.tallies()[0].digest != digest:
            fault = "replayed events differ from those heard live"
        if fault:
            raise StalledError(f"{name}: {fault}")
    results.record(
        BENCH,
        "all",
        name,
        milliseconds=wall * 1000,
        event_us=wall / plan.replay_events * 1e6,
        cpu_us=used / plan.replay_events * 1e6,
    )


TABLES = (
    Table(
        "Resume after 10,000 events, one client",
        BENCH,
        (
            Column("ms in all", "all", "milliseconds", (STREAMD,), digits=1),
            Column("µs for each event", "all", "event_us"),
            Column("of it server CPU", "all", "cpu_us"),
        ),
    ),
)
