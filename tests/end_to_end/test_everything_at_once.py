"""All attackers at the same time, for seconds or, under `scripts/soak`, for ten minutes, beside a good client."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import attrs
import pytest

from tests.support.attackers import ATTACKS, PATIENT, prepare, repeated
from tests.support.daemon import Daemon, running
from tests.support.good_client import (
    Footprint,
    Latencies,
    back_to,
    footprint,
    good_client,
    open_files,
    watched,
)
from tests.support.machine import calibrated
from tests.support.witness import check_log

MB: Final = 1_000_000
LONGEST_TURN_SECONDS: Final = 0.15
"""Of the event loop, in processor time, where all of them have their share of it."""
MOST_MEMORY: Final = 400 * MB
"""More than before: what may wait (`limits.waiting_bytes`), three times, for what is made of it."""


LIMITS: Final = {**PATIENT, "STREAMD_RUNS__MAX_CONCURRENT_PER_USER": "5"}
"""Ten times as many wait, and are done when nobody attacks any more."""


@attrs.define
class Peaks:
    """The most that a daemon needed while it was watched."""

    memory: int = 0
    files: int = 0
    tasks: int = 0
    longest_turn_seconds: float = 0.0

    async def watch(self, daemon: Daemon) -> None:
        """Look at it until cancelled."""
        while True:
            now = await footprint(daemon)
            self.tasks = max(self.tasks, now.task_count)
            self.longest_turn_seconds = max(self.longest_turn_seconds, now.longest_turn_seconds)
            for _ in range(20):
                self.memory = max(self.memory, daemon.memory())
                self.files = max(self.files, open_files(daemon))
                await asyncio.sleep(0.05)


def told(alone: Latencies, beside: Latencies, before: Footprint, peaks: Peaks, after: Footprint) -> str:
    """A table of what was measured, in milliseconds and megabytes."""

    def footing(one: Footprint) -> str:
        return f"{one.memory / MB:.0f} MB, {one.files} files, {one.task_count} tasks, {one.cpu_seconds:.1f} s of CPU"

    ratio = {f"p{share * 100:.0f}": beside.ping(share) / alone.ping(share) for share in (0.5, 0.99, 1.0)}
    return "\n".join(
        (
            f"alone:   {alone.told()} ms",
            f"beside:  {beside.told()} ms, {len(beside.pings)} rounds",
            "pings:   " + ", ".join(f"{name} {times:.1f} times" for name, times in ratio.items()),
            f"edits:   p99 {beside.edit(0.99) / alone.edit(0.99):.1f} times",
            f"before:  {footing(before)}",
            f"peak:    {peaks.memory / MB:.0f} MB, {peaks.files} files, {peaks.tasks} tasks",
            f"turns:   of the loop, {peaks.longest_turn_seconds * 1000:.0f} ms of the processor at most",
            f"after:   {footing(after)}; memory {after.memory / before.memory:.2f} times",
        )
    )


@pytest.mark.alone
@pytest.mark.soak
async def test_beside_all_attackers_at_once_a_good_client_is_served_and_nothing_of_them_stays(
    tmp_path: Path, soak: Callable[[int, int], int]
) -> None:
    seconds = soak(8, 600)
    async with running(tmp_path) as daemon:
        await prepare(daemon, items=soak(5_000, 20_000))
        await daemon.stop()
    async with watched(tmp_path, **LIMITS) as daemon, good_client(daemon) as good:
        alone = await good.rounds(soak(50, 1_000))
        before = await footprint(daemon)
        peaks, rounds = Peaks(), {}

        async def attack() -> None:
            async with asyncio.TaskGroup() as attackers:
                going: dict[str, asyncio.Task[Any]] = {
                    name: attackers.create_task(repeated(one, daemon, seconds))
                    for name, one in ATTACKS.items()
                }
            rounds.update({name: one.result() for name, one in going.items()})

        watching = asyncio.create_task(peaks.watch(daemon))
        beside = await good.during(attack())
        watching.cancel()
        await asyncio.sleep(soak(2, 10))  # what comes is what is left after so long
        after = await footprint(daemon)
        print(f"\n{told(alone, beside, before, peaks, after)}\nrounds:  {rounds}")  # noqa: T201
        check_log(daemon)
        assert peaks.memory - before.memory < MOST_MEMORY
        # Nobody is shut out: an edit takes its turn with those of thirty workspaces, and the machine is that of all.
        beside.check(alone, times=1_000, at_least=5)
        assert peaks.longest_turn_seconds < LONGEST_TURN_SECONDS * calibrated()
        await back_to(daemon, before, memory_slack=96 * MB)
