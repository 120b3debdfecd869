"""Actors: who asks for a use case, in which workspace, and whose name goes on what is done."""

import attrs

from streamd.core.event import Author
from streamd.core.position import StreamName, workspace_stream
from streamd.core.principal import Principal, Right
from streamd.errors import ForbiddenError


@attrs.frozen
class Actor:
    """A principal at work in one workspace."""

    principal: Principal
    workspace: str
    author: Author
    """Whose name goes on what is done."""

    @classmethod
    def of(cls, principal: Principal, workspace: str, claimed: str | None = None) -> "Actor":
        """The principal in a workspace, under the claimed name where the principal may claim one."""
        return cls(principal, workspace, Author(principal.acting_as(claimed)))

    @property
    def user_id(self) -> str:
        """The name that goes on what is done."""
        return self.author.user_id

    @property
    def events(self) -> StreamName:
        """The stream of the workspace's item events."""
        return workspace_stream(self.workspace)

    def acting_as(self, claimed: str | None) -> "Actor":
        """The same actor under the name that a message claims; unchanged where it claims none or may not."""
        if claimed is None or claimed == self.author.user_id or self.principal.authenticated:
            return self
        return attrs.evolve(self, author=Author(claimed))

    def within(self, workspace: str) -> "Actor":
        """The same actor in another workspace."""
        return attrs.evolve(self, workspace=workspace)

    def op_key(self, op_id: str | None) -> tuple[str, str] | None:
        """The key under which the result of a repeatable edit is recorded: (scope, op_id)."""
        return None if op_id is None else (f"{self.workspace}/{self.author.user_id}", op_id)

    def check(self, right: Right) -> None:
        """Refuse what the principal may not do here. Raises ForbiddenError."""
        if not self.principal.may(right, self.workspace):
            raise ForbiddenError(f"you may not {right} in workspace {self.workspace}")
