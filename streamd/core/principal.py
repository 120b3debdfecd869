"""Principals: who is asking, and what they may do. Every decision is asked with one, even while everyone is anonymous."""

from typing import Final, Literal

import attrs

Right = Literal["read", "write", "request"]

ANONYMOUS: Final = "anonymous"


@attrs.frozen
class Principal:
    """Somebody, as far as the daemon knows."""

    user_id: str = ANONYMOUS
    authenticated: bool = False
    """Whether a token proved it. If not, a message may say on whose behalf it comes; if so, it may not."""
    workspaces: frozenset[str] | None = None
    """Workspaces they may enter; None: every one."""
    rights: frozenset[Right] = frozenset({"read", "write", "request"})

    def may(self, right: Right, workspace: str) -> bool:
        """Whether they have this right in that workspace."""
        return right in self.rights and (self.workspaces is None or workspace in self.workspaces)

    def acting_as(self, claimed: str | None) -> str:
        """Whose name goes on what they do. A claim counts only while nobody is authenticated."""
        return self.user_id if self.authenticated or not claimed else claimed
