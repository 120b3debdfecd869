"""Principals: identities with their rights. Every use case has one, even while everyone is anonymous.

| right | opens |
| --- | --- |
| `read` | items, their history and events, runs, threads, questions, progress; one's own memories and preferences |
| `edit` | changes of items, imports, events that change no item, undo; whatever one's runs do to items |
| `request` | starting and cancelling runs, changing threads, setting preferences, clearing one's own memories |
| `respond` | answering questions; `as_node`, which passes over nodes that somebody was to approve |
| `admin` | reading and clearing the memories of all users |

Every right needs `read` beside it, as every answer tells something. A right opens nothing but its row: to clear the memories of
others takes `request` and `admin`, to update a thread with `as_node` takes `request` and `respond`.
"""

from typing import Final, Literal, get_args

import attrs

Right = Literal["read", "edit", "request", "respond", "admin"]
"""What each opens is in the table above."""
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

ANONYMOUS: Final = "anonymous"


@attrs.frozen
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
