"""Runs with a language model: what a token costs on its way to a screen, two hundred at once, and a thousand that wait."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from scripts.benchmarks.contenders import STREAMD, Contender
from scripts.benchmarks.crowd import StalledError
from scripts.benchmarks.loop_lag import read_lags
from scripts.benchmarks.model_contenders import BARE, SENDING, contenders, lag_file, model_service, probed
from scripts.benchmarks.plan import Plan, interleaved
from scripts.benchmarks.processes import Server, UnavailableError, python
from scripts.benchmarks.results import Results, percentile
from scripts.benchmarks.servers.model_service import wish
from scripts.benchmarks.tables import Column, Table
from scripts.benchmarks.watchers import Told, Watchers

BENCH = "runs"

_AGENT = "general"
_LONE_TOKENS = 50
_LONE_PAUSE_MS = 10
_CROWD_PAUSE_MS = 150
_CALLING_EVERY = 4
"""One run in so many calls a tool, which adds an item for everybody to hear of."""
_FLAT_OUT_RUNS = 50
_FLAT_OUT_FACTOR = 3
"""So many times the tokens of a run at a model's pace."""
_SOCKETS = 50
"""Of clients that ask for many runs each."""
_WARM_RUNS = 20
_SETTLE_SECONDS = 0.5
_LAG_SECONDS = 0.6
"""After which what was measured stands in the file."""


def run(plan: Plan, results: Results) -> None:
    for repetition in range(plan.run_repetitions):
        with _remarked(results, "lone tokens"):
            _lone(plan, results, repetition)
    with model_service(plan, "crowd") as url:
        for repetition, contender in interleaved(probed(url), plan.run_repetitions):
            with _remarked(results, f"{contender.name}, {plan.concurrent_runs} runs"):
                _crowd(plan, results, contender, repetition)
    with model_service(plan, "idle") as url:
        for repetition, contender in interleaved(contenders(url), plan.run_repetitions):
            with _remarked(results, f"{contender.name}, {plan.idle_runs} waiting runs"):
                _idle(plan, results, contender, repetition)


@contextlib.contextmanager
def _remarked(results: Results, what: str) -> Iterator[None]:
    """Say what went wrong instead of ending the bench."""
    print(f"runs {what}", file=sys.stderr)
    try:
        yield
    except (UnavailableError, StalledError, OSError, subprocess.SubprocessError) as error:
        results.remark(f"runs: {what}: {error}")


def _lone(plan: Plan, results: Results, repetition: int) -> None:
    """One run at a time, by each contender in turn, all of them being there the whole time."""
    with model_service(plan, "lone", repetition) as url, contextlib.ExitStack() as stack:
        crowds = {}
        for contender in contenders(url):
            folder = plan.folder(BENCH, "lone", contender.name, repetition)
            server = stack.enter_context(contender.start(plan.build, folder))
            crowds[contender.name] = stack.enter_context(Watchers(server.port, 1))
        told: dict[str, list[Told]] = {name: [] for name in crowds}
        for number, name in interleaved(list(crowds), plan.lone_runs + 1):
            one = crowds[name].ask(wish(_LONE_TOKENS, _LONE_PAUSE_MS), agent=_AGENT)
            crowds[name].until_ended()
            if number:  # the first makes connections and reads statements
                told[name].append(one)
        for name, watchers in crowds.items():
            _check(name, watchers.fault(_LONE_TOKENS), results)
        latencies = {name: [late for run in runs for late in run.latencies_ms] for name, runs in told.items()}
    for name, runs in told.items():
        results.record(
            BENCH, "lone", name,
            first_ms=percentile([run.latencies_ms[0] for run in runs], 50),
            p50_ms=percentile(latencies[name], 50),
            p99_ms=percentile(latencies[name], 99),
        )  # fmt: skip
        if name != BARE:
            first = [run.latencies_ms[0] for run in told[BARE]]
            results.record(
                BENCH, "lone", name,
                beyond_first_ms=percentile([run.latencies_ms[0] for run in runs], 50) - percentile(first, 50),
                beyond_p50_ms=percentile(latencies[name], 50) - percentile(latencies[BARE], 50),
                beyond_p99_ms=percentile(latencies[name], 99) - percentile(latencies[BARE], 99),
            )  # fmt: skip


def _crowd(plan: Plan, results: Results, contender: Contender, repetition: int) -> None:
    """Many runs at a model's pace, each for a client of its own; then some as fast as they go."""
    folder = plan.folder(BENCH, "crowd", contender.name, repetition)
    tokens, fast = plan.run_tokens, plan.run_tokens * _FLAT_OUT_FACTOR
    with contender.start(plan.build, folder) as server:
        _warm(server)
        count = plan.concurrent_runs
        with Watchers(server.port, count) as watchers, _pinging(server, tokens) as pinger:
            words = [
                wish(tokens, _CROWD_PAUSE_MS, calls=int(not number % _CALLING_EVERY))
                for number in range(count)
            ]
            measured = _measured(server, watchers, words, lag_file(folder))
            pings = json.loads(pinger.communicate(timeout=30)[0])
            fault = watchers.fault(tokens)
        _check(contender.name, fault, results)
        results.record(
            BENCH, "crowd", contender.name, **measured,
            ping_p99_ms=percentile(pings, 99), ping_max_ms=max(pings),
        )  # fmt: skip
        with Watchers(server.port, _FLAT_OUT_RUNS) as watchers:
            measured = _measured(server, watchers, [wish(fast)] * _FLAT_OUT_RUNS, lag_file(folder))
            _check(contender.name, watchers.fault(fast), results)
        results.record(BENCH, "flat out", contender.name, **measured)


def _measured(server: Server, watchers: Watchers, words: Sequence[str], lags: Path) -> dict[str, float]:
    """Ask for all of these at once; what the tokens cost and how late they came."""
    noted = lags.stat().st_size if lags.exists() else 0
    cpu, start = server.cpu_seconds(), time.monotonic()
    for one in words:
        watchers.ask(one, agent=_AGENT)
    watchers.until_ended()
    wall, used = time.monotonic() - start, server.cpu_seconds() - cpu
    time.sleep(_LAG_SECONDS)
    latencies = [late for told in watchers.runs.values() for late in told.latencies_ms]
    held_up = read_lags(lags, noted) or [0.0]
    return {
        "token_us": used / len(latencies) * 1e6,
        "tokens_per_second": len(latencies) / wall,
        "p50_ms": percentile(latencies, 50),
        "p99_ms": percentile(latencies, 99),
        "lag_p99_ms": percentile(held_up, 99),
        "lag_max_ms": max(held_up),
    }


def _idle(plan: Plan, results: Results, contender: Contender, repetition: int) -> None:
    """Runs whose model has begun to answer and says nothing more."""
    folder = plan.folder(BENCH, "idle", contender.name, repetition)
    with contender.start(plan.build, folder) as server, Watchers(server.port, _SOCKETS) as watchers:
        for _ in range(_WARM_RUNS):
            watchers.ask(wish(1, stalls=1), agent=_AGENT)
        watchers.until_begun()
        time.sleep(_SETTLE_SECONDS)
        before = server.resident_bytes()
        for _ in range(plan.idle_runs):
            watchers.ask(wish(1, stalls=1), agent=_AGENT)
        watchers.until_begun()
        time.sleep(_SETTLE_SECONDS)
        each = (server.resident_bytes() - before) / plan.idle_runs
    results.record(BENCH, "idle", contender.name, kibibytes=each / 1024, megabytes=before / 1e6)


def _warm(server: Server) -> None:
    with Watchers(server.port, 1) as watchers:
        for _ in range(_WARM_RUNS):
            watchers.ask(wish(5), agent=_AGENT)
        watchers.until_ended()


def _pinging(server: Server, tokens: int) -> "subprocess.Popen[str]":
    seconds = tokens * _CROWD_PAUSE_MS / 1000
    return subprocess.Popen(
        python("-m", "scripts.benchmarks.pings", str(server.port), str(seconds)),
        stdout=subprocess.PIPE,
        text=True,
    )


def _check(name: str, fault: str | None, results: Results) -> None:
    if fault is not None:
        results.remark(f"{name}: {fault}")


TABLES = (
    Table(
        "A token's way, one run at a time: ms from the service's write to the client's read (or out of the SDK)",
        BENCH,
        (
            Column("first p50", "lone", "first_ms"),
            Column("beyond the SDK", "lone", "beyond_first_ms"),
            Column("any p50", "lone", "p50_ms"),
            Column("beyond the SDK", "lone", "beyond_p50_ms"),
            Column("any p99", "lone", "p99_ms"),
            Column("beyond the SDK", "lone", "beyond_p99_ms"),
        ),
    ),
    Table(
        f"Many runs at once, a chunk every {_CROWD_PAUSE_MS} ms each, one in {_CALLING_EVERY} calls a tool",
        BENCH,
        (
            Column("CPU µs a token", "crowd", "token_us", (BARE, SENDING)),
            Column("p50 ms", "crowd", "p50_ms"),
            Column("p99 ms", "crowd", "p99_ms"),
            Column("ping p99 ms", "crowd", "ping_p99_ms"),
            Column("ping max", "crowd", "ping_max_ms"),
            Column("loop held up p99 ms", "crowd", "lag_p99_ms"),
            Column("max", "crowd", "lag_max_ms"),
        ),
    ),
    Table(
        f"{_FLAT_OUT_RUNS} runs whose models write as fast as they are read",
        BENCH,
        (
            Column("tokens/s", "flat out", "tokens_per_second", (BARE, SENDING), digits=0),
            Column("CPU µs a token", "flat out", "token_us", (BARE, SENDING)),
            Column("loop held up p99 ms", "flat out", "lag_p99_ms"),
            Column("max", "flat out", "lag_max_ms"),
        ),
    ),
    Table(
        "Memory of a run whose model has begun to answer and says nothing more",
        BENCH,
        (
            Column("KiB each", "idle", "kibibytes", (BARE, STREAMD), digits=1),
            Column("the rest of the server, MB", "idle", "megabytes", digits=0),
        ),
    ),
)
