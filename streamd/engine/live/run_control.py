"""Controls the task of a run: how it is started, stopped and ended."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Final, TypeVar

import attrs

from streamd.core.thread import Interrupt
from streamd.errors import StreamdError
from streamd.facts import define
from streamd.ports.store import OpResult

T = TypeVar("T")


class RunSignal(BaseException):
    """Signals something to the run as a whole. Not an Exception: no agent catches it by mistake."""


ENDS_ALL: Final = (RunSignal, asyncio.CancelledError, GeneratorExit, KeyboardInterrupt, BaseExceptionGroup)
"""Unless it is an Exception, what comes out of an agent's code and is no failure of it; groups may have a signal in them."""


class InterruptRaisedError(RunSignal):
    """A run ends because it waits for a person. Not an Exception: no agent catches it by mistake."""

    def __init__(self, interrupt: Interrupt, results: Sequence[OpResult] = ()) -> None:
        super().__init__(interrupt.interrupt_id)
        self.interrupt = interrupt
        self.results = tuple(results)
        """Results that the step needs when it is resumed."""


class StopAfterTurnError(RunSignal):
    """A run ends at the end of a turn, as somebody asked. Not an Exception, for the same reason."""


@define(eq=False)
class RunControl:
    """The task of a run that has not ended, and the requests to stop it."""

    task: asyncio.Task[None] | None = None
    ended: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when the run's last response can be received."""
    asks: bool = False
    """Whether it has ended with a question to a person."""
    has_started: bool = False
    """Whether the task can be cancelled: one that is cancelled before its first step never commits its end."""
    is_executing: bool = False
    """Whether the run has been admitted, and does not wait in the queue."""
    cancelled_by: str | None = None
    """The user who cancelled the run."""
    stop_after_turn: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set when the run is to end after the model turn that is going on."""
    is_stopping: bool = False
    """Whether the task is being cancelled at once."""
    is_suspending: bool = False
    """Whether the task is cancelled because the daemon stops: the run goes on at the next start."""
    is_ending: bool = False
    """Whether the run's end is decided."""
    failed_step: str = ""
    """The step of the node that failed last, for the log."""
    failure: StreamdError | None = None
    """Why the run cannot go on, whatever its agent does."""

    def check_stop(self) -> None:
        """Raise StopAfterTurnError if the run was asked to stop after the model turn that has just ended."""
        if self.stop_after_turn.is_set():
            raise StopAfterTurnError

    async def unless_stopped(self, waiting: Coroutine[object, object, T]) -> T:
        """Wait between two attempts at a turn. Raises StopAfterTurnError as soon as the run is asked to stop after it."""
        waited = asyncio.create_task(waiting, name="wait for the model")
        stopped = asyncio.create_task(self.stop_after_turn.wait(), name="stop after the turn")
        try:
            await asyncio.wait({waited, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not waited.done():
                raise StopAfterTurnError
            return waited.result()
        finally:
            waited.cancel()
            stopped.cancel()

    def cancel(self) -> None:
        """Cancel the task if it has started; each call counts, because an agent may have swallowed the one before."""
        if self.has_started and self.task is not None:
            self.task.cancel()

    def fail(self, error: StreamdError) -> None:
        """Cancel the task because its output cannot be committed, or it had to give way. Only the first error counts."""
        if self.failure is None and self.task is not None:
            self.failure = error
            self.cancel()
