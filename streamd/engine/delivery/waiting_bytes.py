"""Waiting bytes: one account of what waits in memory, of clients and for them, by user and in all."""

from collections.abc import Hashable
from typing import Final
from weakref import WeakValueDictionary

import attrs

from streamd.facts import define
from streamd.fair_turns import FairTurns

_LONG_JOBS: Final = 3
"""Done at the same time: one is read while one is decided on and one is written."""


@define(eq=False)
class WaitingBytes:
    """The account of the process: messages that arrive or are in work, and replies that are not read."""

    limit: int
    limit_per_user: int
    held: int = 0
    holders: int = 0
    """Users who hold something."""
    long_jobs: FairTurns = attrs.field(factory=lambda: FairTurns(_LONG_JOBS))
    """The turns of long messages that change something: what is made of one takes many times its size."""
    _users: WeakValueDictionary[Hashable, "UserBytes"] = attrs.field(factory=WeakValueDictionary)

    def of(self, user: Hashable) -> "UserBytes":
        """The account of a user, which all its connections share, or of whatever else holds something."""
        found = self._users.get(user)
        if found is None:
            found = self._users[user] = UserBytes(self)
        return found


@define(eq=False)
class UserBytes:
    """The account of one user."""

    all: WaitingBytes
    held: int = 0
    """What is in work, and unread replies."""
    waiting: int = 0
    """That, and messages, and parts of them, that nobody has begun to work on."""

    def add(self, size: int) -> None:
        """Account for what waits from now on."""
        self.held += size
        self.arrive(size)

    def remove(self, size: int) -> None:
        """Account for what waits no more."""
        self.held -= size
        self.arrive(-size)

    def arrive(self, size: int) -> None:
        """Account for so much more that arrives, or less where it is worked on."""
        every = self.all
        if not self.waiting:
            every.holders += 1
        self.waiting += size
        every.held += size
        if not self.waiting:
            every.holders -= 1

    def admits(self, size: int) -> bool:
        """Whether so much more of the user may wait. While too much of all does: up to the user's share of that."""
        held = self.held + size
        if held > self.all.limit_per_user:
            return not self.held
        return self.all.held + size <= self.all.limit or held <= self.all.limit // (self.all.holders + 1)

    def may_arrive(self, one: int) -> bool:
        """Whether what arrives may go on to, of which so much is one message: that may where it is all there is."""
        size = self.waiting
        if size > self.all.limit_per_user:
            return size == one
        return self.all.held <= max(self.all.limit, one) or size <= self.all.limit // (self.all.holders + 1)

    @property
    def is_over(self) -> bool:
        """Whether the user holds too much already."""
        every = self.all
        return self.held > every.limit_per_user or (
            every.held > every.limit and self.held > every.limit // (every.holders + 1)
        )
