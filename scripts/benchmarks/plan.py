"""How much is measured: a full run, or a quick one that shows the same tables with less certainty."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import attrs

Thing = TypeVar("Thing")


@attrs.frozen
class Plan:
    """Counts and times, all bounded; `build` keeps compiled files, `scratch` is emptied by whoever made it."""

    build: Path
    scratch: Path
    repetitions: int
    audiences: tuple[int, ...]
    """How many subscribers, smallest first."""
    load_seconds: float
    lone_seconds: float
    idle_connections: int
    accepts: int
    """Connections that are opened one after the other, and stay."""
    durable_seconds: float
    replay_events: int
    starts: int
    run_repetitions: int
    """Of what is measured of runs with models, which takes longest."""
    run_tokens: int
    """That the model of each says."""
    lone_runs: int
    """Runs of each contender whose tokens are timed one by one."""
    concurrent_runs: int
    idle_runs: int
    small_run_items: tuple[int, ...]
    """Items in the workspaces in which the cost of a small run is measured."""
    series_step: int
    """Of the sample series one in so many is forecast."""

    def folder(self, *parts: object) -> Path:
        """A new folder for one server's files."""
        path = self.scratch.joinpath("-".join(str(part).replace(" ", "_").replace(":", "") for part in parts))
        path.mkdir(parents=True)
        return path


def full(build: Path, scratch: Path, repetitions: int) -> Plan:
    return Plan(
        build=build,
        scratch=scratch,
        repetitions=repetitions,
        audiences=(100, 1000),
        load_seconds=1.0,
        lone_seconds=1.5,
        idle_connections=1500,
        accepts=3000,
        durable_seconds=2.0,
        replay_events=10_000,
        starts=5,
        run_repetitions=repetitions,
        run_tokens=80,
        lone_runs=12,
        concurrent_runs=200,
        idle_runs=1000,
        small_run_items=(10, 5_000, 100_000),
        series_step=1,
    )


def quick(build: Path, scratch: Path, repetitions: int) -> Plan:
    return Plan(
        build=build,
        scratch=scratch,
        repetitions=repetitions,
        audiences=(1000,),
        load_seconds=0.4,
        lone_seconds=0.6,
        idle_connections=1000,
        accepts=2000,
        durable_seconds=1.0,
        replay_events=10_000,
        starts=3,
        run_repetitions=1,
        run_tokens=20,
        lone_runs=2,
        concurrent_runs=100,
        idle_runs=200,
        small_run_items=(10, 5_000),
        series_step=8,
    )


def interleaved(things: Sequence[Thing], repetitions: int) -> Iterator[tuple[int, Thing]]:
    """Each thing once in every repetition, each time beginning with another, so that drift hits all alike."""
    for repetition in range(repetitions):
        start = repetition % len(things) if things else 0
        for thing in (*things[start:], *things[:start]):
            yield repetition, thing
