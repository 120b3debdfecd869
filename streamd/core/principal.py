"""Principals: identities with their rights. Every use case has one, even while everyone is anonymous.

| right | opens |
| --- | --- |
| `read` | items, their history and events, progress; one's own runs, threads, questions, memories and preferences |
| `edit` | changes of items, imports, events that change no item, undo; whatever one's runs do to items |
| `request` | starting runs, cancelling one's own, changing one's own threads, setting preferences, clearing one's own memories |
| `respond` | answering one's own questions; `as_node`, which passes over nodes that somebody was to approve |
| `admin` | what is somebody else's own: reading it, and with the other rights changing, answering and clearing it |

Every right needs `read` beside it, as every answer tells something. A right opens nothing but its row: to clear the memories of
others takes `request` and `admin`, to update a thread with `as_node` takes `request` and `respond`.

Where there is not enough for all at once, principals take turns: as askers, with a flow for each connection and each run.
"""

from collections.abc import Hashable
from typing import Final, Literal, get_args

import attrs

from streamd.facts import frozen

Right = Literal["read", "edit", "request", "respond", "admin"]
"""What each opens is in the table above."""
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

ANONYMOUS: Final = "anonymous"


@frozen
class Principal:
    """An identity with its rights. No field has a default, so that a record that lacks one opens nothing."""

    user_id: str
    authenticated: bool
    """Whether the user id is proved by a token. Only without a proof may a message claim another user id."""
    workspaces: frozenset[str] | None
    """Accessible workspaces; None: all."""
    rights: frozenset[Right]

    def may(self, right: Right, workspace: str) -> bool:
        """Whether the principal has this right, and `read` beside it, in that workspace."""
        return (
            right in self.rights
            and "read" in self.rights
            and (self.workspaces is None or workspace in self.workspaces)
        )

    def limited_by(self, other: "Principal") -> "Principal":
        """The same identity with the rights and workspaces that both have."""
        if self.workspaces is None or other.workspaces is None:
            workspaces = self.workspaces if other.workspaces is None else other.workspaces
        else:
            workspaces = self.workspaces & other.workspaces
        return attrs.evolve(self, workspaces=workspaces, rights=self.rights & other.rights)

    def acting_as(self, claimed: str | None) -> str:
        """User id of changes and runs: the claimed one, unless the principal is authenticated."""
        return self.user_id if self.authenticated or not claimed else claimed


ANONYMOUS_PRINCIPAL: Final = Principal(
    ANONYMOUS, authenticated=False, workspaces=None, rights=frozenset(RIGHTS)
)
"""The principal of everyone without authentication: all rights in all workspaces."""

NOBODY: Final = Principal("", authenticated=False, workspaces=frozenset(), rights=frozenset())
"""The principal of what nobody can answer for: no rights anywhere."""


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
    """A sequence that stays in order: of a connection, or of a run. Askers take turns, and so do the flows of one asker."""

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
        """Name of the account whose memory it takes. A connection that proves no user id has its own: many people may be one asker."""
        if self.asker.is_proved or self.is_kept:
            return f"{self.asker.group} {self.asker.user}"
        return f"connection {self.part}"


DAEMON: Final = Flow(Asker("", ""), is_kept=True)
"""The flow of what the daemon itself does."""
