"""`streamd`, watched from within: each turn of its event loop is timed, and SIGUSR1 has it tell what goes on.

    python -m tests.support.watched_serve serve

It writes `watched {…}` to stderr for each SIGUSR1: its tasks by coroutine, and the longest turn since the last time. With
`WATCHED_CYCLES` set it keeps what the garbage collector finds, and writes `cycles {…}` for each SIGUSR2: how many objects of
each class nobody but the collector freed since the last time.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import time
from collections import Counter
from typing import Any, Final

from streamd import event_selector
from streamd.cli import main

MARK: Final = "watched "
CYCLES_MARK: Final = "cycles "


class TimedSelector(event_selector.EventSelector):
    """Times what happens between two waits: everything that was ready in one turn of the loop.

    In seconds of the thread's own processor time, so that a busy machine makes no turn longer.
    """

    longest: float = 0.0
    turns: int = 0
    _since: float | None = None

    def select(self, timeout: float | None = None) -> Any:
        """Wait as the loop does."""
        if self._since is not None:
            TimedSelector.longest = max(TimedSelector.longest, time.thread_time() - self._since)
            TimedSelector.turns += 1
        try:
            return super().select(timeout)
        finally:
            self._since = time.thread_time()


def tell(*_: object) -> None:
    """Write what goes on, and count anew."""
    try:
        tasks = asyncio.all_tasks()
    except RuntimeError:  # it starts or ends
        tasks = set()
    told = {
        "tasks": Counter(getattr(task.get_coro(), "__qualname__", "?") for task in tasks),
        "longest_turn_seconds": TimedSelector.longest,
        "turns": TimedSelector.turns,
    }
    TimedSelector.longest, TimedSelector.turns = 0.0, 0
    sys.stderr.write(f"{MARK}{json.dumps(told)}\n")
    sys.stderr.flush()


def tell_cycles(*_: object) -> None:
    """Write what only the collector freed, and count anew."""
    gc.collect()
    found = Counter(f"{type(one).__module__}.{type(one).__qualname__}" for one in gc.garbage)
    gc.garbage.clear()
    gc.set_debug(0)
    gc.collect()  # else they would be found again
    gc.set_debug(gc.DEBUG_SAVEALL)
    sys.stderr.write(f"{CYCLES_MARK}{json.dumps(found)}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    if os.environ.get("WATCHED_CYCLES"):
        gc.set_debug(gc.DEBUG_SAVEALL)
        signal.signal(signal.SIGUSR2, tell_cycles)
    event_selector.EventSelector = TimedSelector  # type: ignore[misc]
    signal.signal(signal.SIGUSR1, tell)
    sys.exit(main())
