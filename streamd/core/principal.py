"""Principals: identities with their rights. Every use case has one, even while everyone is anonymous."""

from typing import Final, Literal, get_args

import attrs

Right = Literal["read", "edit", "request", "respond", "admin"]
"""To read items, runs, threads and memories; to edit items; to start runs and to change threads; to answer interrupts; to
read and clear the memories of all users."""
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
        """Whether the principal has this right in that workspace."""
        return right in self.rights and (self.workspaces is None or workspace in self.workspaces)

    def acting_as(self, claimed: str | None) -> str:
        """User id of changes and runs: the claimed one, unless the principal is authenticated."""
        return self.user_id if self.authenticated or not claimed else claimed


ANONYMOUS_PRINCIPAL: Final = Principal(
    ANONYMOUS, authenticated=False, workspaces=None, rights=frozenset(RIGHTS)
)
"""The principal of everyone without authentication: all rights in all workspaces."""
