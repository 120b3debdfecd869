"""Actors: the caller of a use case, with its workspace and the author of its changes."""

from collections.abc import Hashable

import attrs

from streamd.core.event import Author
from streamd.core.position import StreamName, workspace_stream
from streamd.core.principal import Asker, Flow, Principal, Right
from streamd.errors import ForbiddenError
from streamd.facts import frozen


@frozen
class Actor:
    """A principal acting in one workspace."""

    principal: Principal
    workspace: str
    author: Author
    """Recorded as the author of changes and the user of runs."""
    flow: Flow
    """That of the connection it acts through."""

    @classmethod
    def of(
        cls, principal: Principal, workspace: str, claimed: str | None = None, connection: Hashable = None
    ) -> "Actor":
        """Build the actor of a principal in a workspace, under the claimed user id if the principal may claim one."""
        author = Author(principal.acting_as(claimed))
        return cls(
            principal, workspace, author, Flow(Asker.of(principal, workspace, author.user_id), connection)
        )

    @property
    def user_id(self) -> str:
        """User id that is recorded with changes and runs."""
        return self.author.user_id

    @property
    def events(self) -> StreamName:
        """The stream of the workspace's item events."""
        return workspace_stream(self.workspace)

    def acting_as(self, claimed: str | None) -> "Actor":
        """The actor under the user id that a message claims; the same actor where it claims none or may not.

        Its flow stays: what comes through one connection stays in order.
        """
        if claimed is None or claimed == self.author.user_id or self.principal.authenticated:
            return self
        return attrs.evolve(self, author=Author(claimed))

    def within(self, workspace: str) -> "Actor":
        """The actor in a workspace, with the flow of who it is there."""
        flow = attrs.evolve(self.flow, asker=Asker.of(self.principal, workspace, self.author.user_id))
        return attrs.evolve(self, workspace=workspace, flow=flow)

    def op_key(self, op_id: str | None) -> tuple[str, str] | None:
        """Idempotency key of an edit, under which its result is recorded: (scope, op_id); None without an `op_id`.

        No scope of a run begins with an `@`, and no name of a workspace holds one or a slash.
        """
        return None if op_id is None else (f"@{self.workspace}/{self.author.user_id}", op_id)

    def check(self, right: Right) -> None:
        """Raise ForbiddenError when the principal lacks the right, or `read` beside it, in this workspace."""
        if not self.principal.may(right, self.workspace):
            missing = right if self.principal.may("read", self.workspace) else "read"
            raise ForbiddenError(f"you may not {missing} in workspace {self.workspace}")
