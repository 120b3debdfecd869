"""Clients: who is at the other end of a connection, as every part of a session sees it."""

import attrs

from streamd.core.event import Author
from streamd.core.position import StreamName, workspace_stream
from streamd.core.principal import Principal, Right
from streamd.edge.subscription import Subscription
from streamd.engine.delivery.outbox import Outbox
from streamd.engine.engine import Engine
from streamd.errors import ForbiddenError


@attrs.define(eq=False)
class Client:
    """Who it is, where they are, what they hear, and how to tell them something."""

    engine: Engine
    outbox: Outbox
    principal: Principal
    connection_id: str
    workspace: str
    user_id: str
    subscription: Subscription = attrs.field(factory=Subscription)
    wants_position: bool = False
    """Whether it said hello or set a filter, and so gets `position` messages."""
    edits_in_flight: int = 0
    """Its own edits that are not answered yet."""
    _author: Author | None = None

    @property
    def stream(self) -> StreamName:
        """The stream of its workspace's events."""
        return workspace_stream(self.workspace)

    def author(self, claimed: str | None = None) -> Author:
        """Who its edits are by."""
        user_id = self.user_id if claimed is None else self.principal.acting_as(claimed)
        if self._author is None or self._author.user_id != user_id:
            self._author = Author(user_id)
        return self._author

    def op(self, author: Author, op_id: str | None) -> tuple[str, str] | None:
        """The key under which a repeatable edit's result is kept."""
        return None if op_id is None else (f"{self.workspace}/{author.user_id}", op_id)

    def check(self, right: Right, workspace: str | None = None) -> None:
        """Refuse what the principal may not do."""
        where = self.workspace if workspace is None else workspace
        if not self.principal.may(right, where):
            raise ForbiddenError(f"you may not {right} in workspace {where}")

    def send(self, payload: bytes) -> None:
        """Send one message to this client."""
        if not self.outbox.closed:
            self.outbox.reply(payload)

    def now(self) -> str:
        """The time of day, as it stands in messages."""
        return self.engine.clock.text(self.engine.clock.now_ms())

    async def edits_are_in(self) -> None:
        """Wait until this session's own edits are committed, so that it reads what it wrote."""
        if self.edits_in_flight:
            await self.engine.journal.flushed()
