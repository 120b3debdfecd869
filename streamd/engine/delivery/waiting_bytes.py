"""Waiting bytes: one account of what waits in memory for clients, by user and in all."""

from weakref import WeakValueDictionary

import attrs


@attrs.define(eq=False)
class WaitingBytes:
    """The account of the process: messages in work, and replies that are not read."""

    limit: int
    limit_per_user: int
    held: int = 0
    holders: int = 0
    """Users who hold something."""
    _users: WeakValueDictionary[str, "UserBytes"] = attrs.field(factory=WeakValueDictionary)

    def of(self, user: str) -> "UserBytes":
        """The account of a user, which all its connections share."""
        found = self._users.get(user)
        if found is None:
            found = self._users[user] = UserBytes(self)
        return found


@attrs.define(eq=False)
class UserBytes:
    """The account of one user."""

    all: WaitingBytes
    held: int = 0

    def add(self, size: int) -> None:
        """Account for what waits from now on."""
        self.all.holders += not self.held
        self.held += size
        self.all.held += size

    def remove(self, size: int) -> None:
        """Account for what waits no more."""
        self.held -= size
        self.all.held -= size
        self.all.holders -= not self.held

    @property
    def is_over(self) -> bool:
        """Whether the user holds too much: more than one may, or, while all hold too much, more than its share of that."""
        if self.held >= self.all.limit_per_user:
            return True
        return self.all.held >= self.all.limit and self.held >= self.all.limit // self.all.holders
