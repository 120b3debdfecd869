"""Inboxes: the messages of one client that wait for its session, bounded in number and bytes."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

from streamd.engine.delivery import UserBytes
from streamd.long_work import LONG_BYTES
from streamd.loop_turns import NEGLIGIBLE_SECONDS, TURN_SECONDS, Keys, Turns

_COUNTED_SECONDS: Final = 0.05
"""Most that a turn of a session counts for: it may have waited, too."""
_LOW_WATER_SHARE: Final = 4


class ConnectionClosedError(Exception):
    """The connection has ended, and everything that came before is read."""


class Inbox:
    """Takes messages from a socket until it is full, and gives them to the session, in turns by what they cost."""

    __slots__ = (
        "_cost_seconds", "_has_ended", "_is_queued", "_loop", "_max_bytes", "_max_messages", "_messages", "_read_on",
        "_resumed_at", "_turns", "_waiter", "_waiting_bytes", "account", "is_full", "keys",
    )  # fmt: skip

    def __init__(
        self, turns: Turns, read_on: Callable[[], None], *, max_messages: int, max_bytes: int
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._turns = turns
        self._read_on = read_on
        """Called when it was full, and has room again."""
        self._max_messages = max_messages
        self._max_bytes = max_bytes
        self._messages: deque[str | bytes] = deque()
        self._waiting_bytes = 0
        self.account: UserBytes | None = None
        """What waits of the user and for it."""
        self.keys: Keys = ("", "", id(self))
        """With whom the session shares its turns."""
        self.is_full = False
        """Whether nothing more should be put in."""
        self._has_ended = False
        self._waiter: asyncio.Future[None] | None = None
        """What the session waits for: a message, or its turn."""
        self._is_queued = False
        """Whether the session waits for its turn."""
        self._resumed_at = self._loop.time()
        """Loop time at which the session's turn began."""
        self._cost_seconds = 0.0
        """What the session's last turn took."""

    @property
    def is_empty(self) -> bool:
        """Whether no message waits."""
        return not self._messages

    def put(self, message: str | bytes) -> None:
        """Add a message."""
        self._messages.append(message)
        self._count(len(message))
        self.is_full = (
            len(self._messages) > self._max_messages
            or self._waiting_bytes > self._max_bytes
            or (
                len(message) > LONG_BYTES
                and self.account is not None
                and not self.account.may_arrive(len(message))
            )
        )
        self._wake()

    def end(self) -> None:
        """Nothing more will be put in."""
        self._has_ended = True
        self._wake()

    def drop(self) -> None:
        """Drop all messages: nobody waits for what becomes of them."""
        self._messages.clear()
        self._count(-self._waiting_bytes)
        self.is_full = False

    def abandon(self) -> None:
        """Drop all messages and end at once: its client is gone, and its turn, for which many may wait, would come to nothing."""
        self.drop()
        self._has_ended = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def next(self) -> str | bytes:
        """Return the next message; let others have their turn first when the session's is over.

        Raises ConnectionClosedError.
        """
        messages = self._messages
        seconds = self._loop.time() - self._resumed_at
        if not messages or seconds >= TURN_SECONDS:
            self._cost_seconds = min(seconds, _COUNTED_SECONDS)
            self._turns.count(self._cost_seconds)
            if messages:
                self._queue()
                await self._wait()
            while not messages:
                if self._has_ended:
                    raise ConnectionClosedError
                await self._wait()
            self._resumed_at = self._loop.time()
        message = messages.popleft()
        self._count(-len(message))
        if self.is_full and len(messages) <= self._max_messages // _LOW_WATER_SHARE:
            self.is_full = False
            self._read_on()
        return message

    def _count(self, size: int) -> None:
        self._waiting_bytes += size
        if self.account is not None:
            self.account.arrive(size)

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        """Let the session go on: at once, or in its turn where it took long, and others did."""
        if self._waiter is None or self._is_queued:
            return
        if self._cost_seconds >= NEGLIGIBLE_SECONDS and self._turns.are_over:
            self._queue()
        elif not self._waiter.done():
            self._waiter.set_result(None)

    def _queue(self) -> None:
        self._is_queued = True
        self._turns.wait(self._resume, self.keys)

    def _resume(self) -> None:
        self._is_queued = False
        self._turns.count(self._cost_seconds)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
