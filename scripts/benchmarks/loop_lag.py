"""How long an event loop is held up, measured from within it: what a timer of five milliseconds comes too late by."""

import asyncio
import json
import os
from pathlib import Path
from typing import Self

FILE = "LOOP_LAG_FILE"
"""Environment variable with the path of the file that the measurements go to; without it nothing is measured."""

_EVERY_SECONDS = 0.005
_KEPT_EVERY = 100
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


class LoopLag:
    """Measures for as long as it is open. Where the kernel tells, time in which the thread waited for a core is not counted.

    A line with the newest lags in milliseconds is added to the file about twice a second, as the server is killed in the
    end. Adding it counts for nothing: the timer is set afterwards.
    """

    def __init__(self) -> None:
        self._file = os.environ.get(FILE)
        self._task: asyncio.Task[None] | None = None
        self._lags_ms: list[float] = []

    async def __aenter__(self) -> Self:
        if self._file:
            self._task = asyncio.create_task(self._measure(Path(self._file)), name="loop-lag")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _measure(self, file: Path) -> None:
        loop = asyncio.get_running_loop()
        while True:
            begun, waited = loop.time(), waited_seconds()
            await asyncio.sleep(_EVERY_SECONDS)
            late = loop.time() - begun - _EVERY_SECONDS
            self._lags_ms.append(max(0.0, late - (waited_seconds() - waited)) * 1000)
            if not len(self._lags_ms) % _KEPT_EVERY:
                with file.open("a") as lines:
                    lines.write(json.dumps(self._lags_ms) + "\n")
                self._lags_ms.clear()


def waited_seconds() -> float:
    """How long this thread could have run and had no core; 0 where the kernel does not tell."""
    try:
        return int(_SCHEDSTAT.read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


def read_lags(file: Path, after_bytes: int = 0) -> list[float]:
    """What was measured, in milliseconds; without what stood in the file when it had so many bytes."""
    if not file.exists():
        return []
    return [lag for line in file.read_bytes()[after_bytes:].splitlines() for lag in json.loads(line)]
