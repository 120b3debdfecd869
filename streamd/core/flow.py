"""Flows: for whom something is read, written or run. Where there is not enough for all at once, flows take turns."""

from collections.abc import Hashable
from typing import Final

import attrs

from streamd.core.principal import Principal


@attrs.frozen(cache_hash=True)
class Asker:
    """The origin of what is asked, at two levels: a group takes turns with other groups, a user with others of the group.

    A user id that a token proves is a group of its own. Whoever only claims one belongs to the group of the workspace: there,
    many user ids may be one person.
    """

    group: str
    user: str
    is_proved: bool = False
    """Whether a token says who it is."""

    @classmethod
    def of(cls, principal: Principal, workspace: str, user_id: str) -> "Asker":
        """The asker that a principal is in a workspace, under a user id that it claims where it proves none."""
        if principal.authenticated:
            return cls(f"user {principal.user_id}", principal.user_id, is_proved=True)
        return cls(f"workspace {workspace}", user_id)


@attrs.frozen(cache_hash=True)
class Flow:
    """What belongs together and stays in order. Askers take turns, and so do the flows of one asker."""

    asker: Asker
    part: Hashable = None
    """A connection or a run of the asker."""
    is_kept: bool = False
    """Whether it shares what is kept for runs, for clients that return and for the daemon itself."""

    @property
    def keys(self) -> tuple[str, str, Hashable]:
        """Group, user and part: those with a key in common share as one."""
        return self.asker.group, self.asker.user, self.part

    @property
    def account(self) -> str:
        """Whose memory it takes. A connection that proves no user id has its own: many people may be one asker."""
        if self.asker.is_proved or self.is_kept:
            return f"{self.asker.group} {self.asker.user}"
        return f"connection {self.part}"


DAEMON: Final = Flow(Asker("", ""), is_kept=True)
"""The flow of what the daemon itself does."""
