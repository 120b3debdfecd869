"""Work for which the event loop has no time: computations in threads, one for each kind, and slices of what stays in the loop.

All threads that compute are here. Only one of them can hold the interpreter, and each further one that wants it makes the
loop wait longer: measured while forecasts are computed, 20 ms at most with one thread, 300 ms with three. So each kind has
one, in which it is done piece by piece, in the order in which it was asked for; and kinds are apart where one would
otherwise wait for seconds behind another:

- `REQUESTS`: what a message brings. All messages of a client wait for it, so nothing may stand before it that takes long.
- `CALLS`: what models and agents want to do. Runs wait for it, and are many.
- The journal's own (`engine/journal/writer.py`): decisions on long writes, for which all other writes wait.
- `ANALYSES`: what agents compute over all items, for seconds.
- `ITEMS`: all else that goes through many items or long texts. It has two threads, so that one long list holds up nobody.

SQLite's connections have threads of their own (`stores/sqlite/connection.py`). What only waits, for a disk or a library, is for
`asyncio.to_thread`: it hardly wants the interpreter.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from time import monotonic
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import orjson

P = ParamSpec("P")
T = TypeVar("T")

LONG_BYTES: Final = 16_384
"""Up to this size, as JSON, a computation is quicker than handing it to a thread."""
LONG_ITEMS: Final = 300
"""Up to this many items one is."""
SLICE_SECONDS: Final = 0.01
"""After so long, work that goes on in the event loop gives everybody else a turn."""
SHARED_SECONDS: Final = 0.004
"""So long a slice is that all share who do long work for one client each."""


def json_size(value: object) -> int:
    """Size of a value as JSON: finding it costs next to nothing beside anything else that is done with the value."""
    return len(orjson.dumps(value))


class LongWork:
    """The thread, or the few, for one kind of long work."""

    def __init__(self, kind: str, *, threads: int = 1, most_at_once: int = LONG_BYTES) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=kind)
        self._most_at_once = most_at_once

    async def compute(self, size: int, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute over so much: at once when it is little, in the thread when others would have to wait."""
        if size <= self._most_at_once:
            return compute(*args, **kwargs)
        return await self.run(compute, *args, **kwargs)

    def run(self, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> "asyncio.Future[T]":
        """Compute in the thread, with the context variables of the caller."""
        return asyncio.wrap_future(self._begin(compute, *args, **kwargs))

    async def run_to_end(self, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Compute in the thread. A cancelled caller waits for what has begun: it may hold something that the work depends on."""
        work = self._begin(compute, *args, **kwargs)
        working = asyncio.wrap_future(work)
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            if not work.cancel():
                await asyncio.wait([working])
            raise

    def _begin(self, compute: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return self._threads.submit(partial(copy_context().run, compute, *args, **kwargs))


class FunctionThreads:
    """Threads for functions that may block for long, or for ever: a process that ends does not wait for them."""

    def __init__(self, kind: str, most: int) -> None:
        self._kind, self._most, self._started = kind, most, 0
        self._due: SimpleQueue[tuple[Future[Any], Callable[[], Any]]] = SimpleQueue()
        self._idle = Semaphore(0)

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function in a thread, with the context variables of the caller; in the order in which it was asked.

        A cancelled caller does not wait. The function is not called any more, or its result is dropped.
        """
        work: Future[T] = Future()
        self._due.put((work, partial(copy_context().run, function, *args, **kwargs)))
        if not self._idle.acquire(blocking=False) and self._started < self._most:
            self._started += 1
            Thread(target=self._work, name=f"{self._kind}_{self._started}", daemon=True).start()
        return await asyncio.wrap_future(work)

    def _work(self) -> None:
        while True:
            try:
                work, call = self._due.get_nowait()
            except Empty:
                self._idle.release()
                work, call = self._due.get()
            if work.set_running_or_notify_cancel():
                try:
                    work.set_result(call())
                except StopIteration as error:  # no future takes it
                    work.set_exception(RuntimeError(f"the function raised {error!r}"))
                except BaseException as error:  # noqa: BLE001 - the caller's
                    work.set_exception(error)
            del work, call


class Closing:
    """The thread that closes files which may be large: the kernel needs 7 ms to free 100 MB."""

    def __init__(self) -> None:
        self._due: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Have the thread run. Called before a file is opened."""
        if self._thread is None or not self._thread.is_alive():  # it does not survive a fork
            self._due = SimpleQueue()
            self._thread = Thread(target=_call_each, args=(self._due,), name="closing", daemon=True)
            self._thread.start()

    def close(self, close: Callable[[], object]) -> None:
        """Call the `close` of a file in the thread. May be called by a finalizer, at any moment: it takes no lock."""
        self._due.put(close)


def _call_each(due: "SimpleQueue[Callable[[], object]]") -> None:
    while True:
        with suppress(OSError):
            due.get()()


class Slices:
    """Parts what has to go on in the event loop, and what all others wait for: it goes on in the very next turn."""

    def __init__(self) -> None:
        self._since = monotonic()

    @property
    def are_over(self) -> bool:
        """Whether this turn has been long. An await costs more than to ask."""
        return monotonic() - self._since >= SLICE_SECONDS

    async def rest(self) -> None:
        """Give others a turn if this one has been long. Called between any two steps."""
        if self.are_over:
            await asyncio.sleep(0)
            self._since = monotonic()


class SharedSlices:
    """Parts work of one of many in the event loop: all of them together have one slice of each turn.

    Whoever has used it waits in one queue, and so does whoever begins while others wait. Those who begin are woken in turns
    with those who go on: what is short does not wait for all that is long.
    """

    def __init__(self) -> None:
        self._turns = _SLICE_TURNS.setdefault(asyncio.get_running_loop(), _SliceTurns())
        self.has_begun = False

    async def rest(self) -> None:
        """Wait for a turn unless this one is ours, and not over. Called before the first step, and between any two."""
        turns = self._turns
        if turns.owner is not self or turns.is_over:
            await turns.wait(self)
            self.has_begun = True


class _SliceTurns:
    """Gives the slice of each turn of an event loop to one after the other."""

    def __init__(self) -> None:
        self._since = 0.0
        self._waiting: tuple[deque[_Waiting], deque[_Waiting]] = (deque(), deque())
        """Those who begin, and those who go on."""
        self._whose_turn = 0
        self._is_scheduled = False
        self.owner: SharedSlices | None = None

    @property
    def is_over(self) -> bool:
        """Whether the slice of this turn is used up."""
        return monotonic() - self._since >= SHARED_SECONDS

    async def wait(self, slices: SharedSlices) -> None:
        """Return when the slice is theirs: at once where nobody has this turn's."""
        if not self._is_scheduled:
            self._give(slices)
        else:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting[slices.has_begun].append((slices, waiter))
            await waiter
        self._since = monotonic()

    def _give(self, slices: SharedSlices) -> None:
        self.owner, self._is_scheduled = slices, True
        asyncio.get_running_loop().call_soon(self._next)

    def _next(self) -> None:
        """End the slice of the turn before, and begin that of the next one."""
        self.owner, self._is_scheduled = None, False
        self._whose_turn = 1 - self._whose_turn
        while waiting := self._waiting[self._whose_turn] or self._waiting[1 - self._whose_turn]:
            slices, waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)  # before the end of its slice is scheduled
                self._give(slices)
                return


_Waiting: TypeAlias = tuple[SharedSlices, "asyncio.Future[None]"]

_SLICE_TURNS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, _SliceTurns]] = WeakKeyDictionary()


REQUESTS: Final = LongWork("requests")
"""Reads messages and what they ask for."""
CALLS: Final = LongWork("calls")
"""Reads what models and agents want to do with items, and records it."""
ANALYSES: Final = LongWork("analyses", most_at_once=LONG_ITEMS)
"""Analyses and forecasts. Its sizes are numbers of items. Runs that compute at the same time take turns, part by part."""
ITEMS: Final = LongWork("items", threads=2)
"""Lists, snapshots, files, the past, and sentences about many items."""
FUNCTIONS: Final = FunctionThreads("functions", 8)
"""Functions of agents (`Run.off_loop`), which mostly wait: for a disk, a service or a library without asyncio."""
CLOSING: Final = Closing()
"""Closes files without a name."""
