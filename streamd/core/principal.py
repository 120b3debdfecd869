"""Principals: who is asking, and what they may do. Every decision is asked with one, even while everyone is anonymous."""

from typing import Final, Literal, get_args

import attrs

Right = Literal["read", "edit", "request", "respond", "admin"]
"""To read items, runs, threads and memories; to edit items; to have agents work and to change threads; to answer what
agents ask people; to see and clear what agents remember of everybody."""
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

ANONYMOUS: Final = "anonymous"


@attrs.frozen
class Principal:
    """Somebody, as far as the daemon knows."""

    user_id: str = ANONYMOUS
    authenticated: bool = False
    """Whether a token proved it. If not, a message may say on whose behalf it comes; if so, it may not."""
    workspaces: frozenset[str] | None = None
    """Workspaces they may enter; None: every one."""
    rights: frozenset[Right] = frozenset(RIGHTS)

    def may(self, right: Right, workspace: str) -> bool:
        """Whether they have this right in that workspace."""
        return right in self.rights and (self.workspaces is None or workspace in self.workspaces)

    def acting_as(self, claimed: str | None) -> str:
        """Whose name goes on what they do. A claim counts only while nobody is authenticated."""
        return self.user_id if self.authenticated or not claimed else claimed


ANONYMOUS_PRINCIPAL: Final = Principal()
"""Everybody while nobody has to prove who they are: may do everything, everywhere."""
