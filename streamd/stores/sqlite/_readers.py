"""Reading connections: short reads share a few, long ones have one each, and all of them take turns, slice by slice."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from typing import Concatenate, Final, Generic, ParamSpec, TypeAlias, TypeVar

import attrs

from streamd.core.principal import Flow
from streamd.errors import StoreError
from streamd.facts import define
from streamd.fair_turns import FairTurns
from streamd.ports.store import current_flow
from streamd.stores.sqlite.connection import Connection

P = ParamSpec("P")
T = TypeVar("T")

ReadSteps: TypeAlias = Generator[None, None, T]
"""A long read. It yields wherever others may have their turn, and returns its result."""

KEPT_LONG: Final = 1
"""Long reads of runs, returning clients and the daemon that find a connection whatever the others read."""

_SLICE_SECONDS: Final = 0.01


class Readers:
    """Runs functions on reading connections, those of one flow after those of another."""

    def __init__(self, connections: Sequence[Connection], long: Sequence[Connection]) -> None:
        self._all = (*connections, *long)
        self._idle = list(connections)
        self._idle_long = list(long)
        self._turns = FairTurns(len(connections))
        others = max(1, len(long) - KEPT_LONG)
        self._long_turns = FairTurns(
            len(long),
            limits={_FlowClass.OTHERS: others},
            per_group=max(2, others - 1),
            per_user=len(connections),
            per_part=1,
        )

    async def forget_cached(self) -> None:
        """Give the pages that the connections have cached back to the system."""
        for reader in self._all:
            await reader.forget_cached()

    async def run(
        self, work: Callable[Concatenate[sqlite3.Connection, P], T], *arguments: P.args, **options: P.kwargs
    ) -> T:
        """Run a short function in a reader's thread; see `Connection.run`. It is dropped where nobody waits for it."""
        flow = current_flow()
        async with self._turns.turn(_FlowClass.of(flow), *flow.keys):
            reader = self._idle.pop()
            try:
                return await reader.run(work, *arguments, **options)
            finally:
                self._idle.append(reader)

    async def run_long(
        self,
        work: Callable[Concatenate[sqlite3.Connection, P], ReadSteps[T]],
        *arguments: P.args,
        **options: P.kwargs,
    ) -> T:
        """Run a long function in slices, one of each flow at the same time. It stops where nobody waits for it."""
        flow = current_flow()
        async with self._long_turns.turn(_FlowClass.of(flow), *flow.keys):
            reader = self._idle_long.pop()
            read = _LongRead(lambda connection: work(connection, *arguments, **options))
            try:
                while not read.is_done:
                    async with self._turns.turn(_FlowClass.of(flow, is_long=True), *flow.keys):
                        await reader.run(read.advance)
                return read.result()
            finally:
                # First of all, as whoever waits below may be cancelled once more. What the next one asks comes after the end of this.
                self._idle_long.append(reader)
                if not read.is_done:
                    with suppress(StoreError):  # it is closed with the store
                        await asyncio.shield(reader.run(read.close))


class _FlowClass:
    """Classes of flows. Each has the same share of the readers' time while all of them want some."""

    KEPT: Final = "kept"
    OTHERS: Final = "others"
    LONG: Final = "long"
    """Slices of long reads that have begun: they hold on to what they read, so they may not take for ever."""

    @staticmethod
    def of(flow: Flow, *, is_long: bool = False) -> str:
        return _FlowClass.KEPT if flow.is_kept else _FlowClass.LONG if is_long else _FlowClass.OTHERS


@define(eq=False)
class _LongRead(Generic[T]):
    """A long read that is going on. All but `result` is called in its connection's thread."""

    begin: Callable[[sqlite3.Connection], ReadSteps[T]]
    is_done: bool = False
    _steps: ReadSteps[T] | None = None
    _results: list[T] = attrs.field(factory=list)

    def advance(self, connection: sqlite3.Connection) -> None:
        """Read on for the length of a slice."""
        if self._steps is None:
            self._steps = self.begin(connection)
        until = time.monotonic() + _SLICE_SECONDS
        try:
            next(self._steps)
            while time.monotonic() < until:
                next(self._steps)
        except StopIteration as end:
            self._results.append(end.value)
            self.is_done = True

    def close(self, _connection: sqlite3.Connection) -> None:
        """Stop, and end its transaction."""
        if self._steps is not None:
            self._steps.close()

    def result(self) -> T:
        """Take the value that the read has returned."""
        return self._results.pop()
