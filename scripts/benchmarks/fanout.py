"""What it costs to tell everyone: CPU for each delivery, events per second, and how late the last one hears."""

import sys

from scripts.benchmarks.contenders import CONTENDERS, LIMIT, PREPARED, STREAMD, Contender
from scripts.benchmarks.crowd import Crowd, StalledError
from scripts.benchmarks.loads import BURST, LOADS, Sample, Stage
from scripts.benchmarks.plan import Plan, interleaved
from scripts.benchmarks.processes import UnavailableError
from scripts.benchmarks.results import Results, percentile
from scripts.benchmarks.tables import Column, Table

BENCH = "fanout"


def run(plan: Plan, results: Results) -> None:
    for audience in plan.audiences:
        for repetition, contender in interleaved(CONTENDERS, plan.repetitions):
            try:
                _measure(plan, results, contender, audience, repetition)
            except UnavailableError as error:
                results.remark(f"{contender.name} did not start: {error}")
            except (StalledError, OSError) as error:
                results.remark(f"{contender.name} with {audience} subscribers: {error}")


def _measure(plan: Plan, results: Results, contender: Contender, audience: int, repetition: int) -> None:
    print(f"fanout {audience} {contender.name}", file=sys.stderr)
    folder = plan.folder(BENCH, contender.name, audience, repetition)
    with contender.start(plan.build, folder) as server, Crowd(contender, server.port, plan.build) as crowd:
        crowd.join(audience)
        stage = Stage(server, crowd)
        crowd.say(0, *stage.messages(BURST))
        stage.until_heard()
        for name, load in LOADS.items():
            sample = load(stage, plan.lone_seconds if name == "lone" else plan.load_seconds)
            _record(results, contender, f"{name} {audience}", audience, sample)
        fault = crowd.fault(stage.said)
        if fault:
            results.remark(f"{contender.name} with {audience} subscribers: {fault}")


def _record(results: Results, contender: Contender, case: str, audience: int, sample: Sample) -> None:
    results.record(
        BENCH,
        case,
        contender.name,
        cpu_us=sample.cpu_us_per_delivery,
        events_per_second=sample.deliveries / audience / sample.wall_seconds,
        bytes=sample.bytes / sample.deliveries,
    )
    if sample.last_ms:
        results.record(
            BENCH,
            case,
            contender.name,
            all_p50_ms=percentile(sample.latencies_ms, 50),
            all_p99_ms=percentile(sample.latencies_ms, 99),
            last_p50_ms=percentile(sample.last_ms, 50),
            last_p99_ms=percentile(sample.last_ms, 99),
        )


def _costs(load: str, title: str, beside: tuple[str, ...], *, rate: bool) -> Table:
    columns: list[Column] = []
    for audience in (100, 1000):
        case = f"{load} {audience}"
        columns.append(Column(f"{audience:,}: µs", case, "cpu_us", beside))
        if rate:
            columns.append(Column("events/s", case, "events_per_second", digits=0))
    return Table(title, BENCH, tuple(columns))


def _latencies(audience: int) -> Table:
    case = f"lone {audience}"
    return Table(
        f"A lone event's latency in ms, {audience:,} subscribers: from one client's write to the others' reads",
        BENCH,
        (
            Column("all p50", case, "all_p50_ms"),
            Column("all p99", case, "all_p99_ms"),
            Column("last p50", case, "last_p50_ms", (STREAMD,)),
            Column("last p99", case, "last_p99_ms"),
        ),
    )


_UNDER_LOAD = (LIMIT, STREAMD)
_ALONE = (PREPARED, STREAMD)
TABLES = (
    _costs("burst", "Server CPU per delivered event, in bursts of sixteen", _UNDER_LOAD, rate=True),
    _costs(
        "steady",
        "Server CPU per delivered event, sixteen clients writing without pause",
        _UNDER_LOAD,
        rate=True,
    ),
    _costs("lone", "Server CPU per delivered event, one event at a time", _ALONE, rate=False),
    _latencies(100),
    _latencies(1000),
)
