"""`scripts/bench`: starts streamd and the alternatives, measures them in turn, and prints ratios as Markdown."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import attrs
import orjson

from scripts.benchmarks import (
    accepts,
    durability,
    fanout,
    forecasts,
    memory,
    resume,
    runs,
    small_runs,
    startup,
    streams,
)
from scripts.benchmarks.compiler import compile_source
from scripts.benchmarks.plan import Plan, full, quick
from scripts.benchmarks.processes import ROOT, cores, raise_file_limit
from scripts.benchmarks.results import Results
from scripts.benchmarks.tables import Table, report

FILES_WANTED = 8192


@attrs.frozen
class Bench:
    """One question: how it is measured and how the answer is shown."""

    run: Callable[[Plan, Results], None]
    tables: tuple[Table, ...]


BENCHES = {
    startup.BENCH: Bench(startup.run, startup.TABLES),
    fanout.BENCH: Bench(fanout.run, fanout.TABLES),
    streams.BENCH: Bench(streams.run, streams.TABLES),
    accepts.BENCH: Bench(accepts.run, accepts.TABLES),
    memory.BENCH: Bench(memory.run, memory.TABLES),
    durability.BENCH: Bench(durability.run, durability.TABLES),
    resume.BENCH: Bench(resume.run, resume.TABLES),
    runs.BENCH: Bench(runs.run, runs.TABLES),
    small_runs.BENCH: Bench(small_runs.run, small_runs.TABLES),
    forecasts.BENCH: Bench(forecasts.run, forecasts.TABLES),
}


def arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about two minutes, 1,000 subscribers only")
    parser.add_argument(
        "--only", action="append", choices=sorted(BENCHES), help="this bench; may be repeated"
    )
    parser.add_argument(
        "--repetitions", type=int, default=3, metavar="N", help="of everything, interleaved (3)"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="every single measurement, for other programs"
    )
    parser.add_argument(
        "--build", type=Path, default=ROOT / "build" / "bench", help="where compiled files are kept"
    )
    return parser.parse_args(words)


def surroundings(results: Results, build: Path) -> None:
    """Say what these numbers were made on, as far as it matters to them."""
    pair = cores()
    pinned = f"server on core {pair[0]}, clients on core {pair[1]}" if pair else "not pinned to cores"
    results.remark(
        f"{os.cpu_count()} cores, {pinned}; Python {sys.version.split()[0]}; load {os.getloadavg()[0]:.1f}."
    )
    if compile_source("counter.c", build / "counter.so", "-shared", "-fPIC") is None:
        results.remark(
            "No C compiler: clients and the limit are in Python, and the clients may be the bottleneck."
        )
    files = raise_file_limit(FILES_WANTED)
    if files < FILES_WANTED:
        results.remark(f"Only {files} open files are allowed: large audiences may fail.")


def main(words: Sequence[str]) -> None:
    options = arguments(words)
    options.build.mkdir(parents=True, exist_ok=True)
    results = Results()
    surroundings(results, options.build)
    scratch = Path(tempfile.mkdtemp(prefix="run-", dir=options.build))
    plan = (quick if options.quick else full)(options.build, scratch, options.repetitions)
    names = options.only or list(BENCHES)
    start = time.monotonic()
    try:
        for name in names:
            BENCHES[name].run(plan, results)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    results.remark(
        f"Medians of {plan.repetitions} or more interleaved runs; ± is from the lowest to the highest, as a share of the median. "
        f"Took {time.monotonic() - start:.0f} s."
    )
    print(report(results, [table for name in names for table in BENCHES[name].tables]))
    if options.json:
        options.json.write_bytes(orjson.dumps(attrs.asdict(results), option=orjson.OPT_INDENT_2))


if __name__ == "__main__":
    main(sys.argv[1:])
