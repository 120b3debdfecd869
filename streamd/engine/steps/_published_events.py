"""Events that agents publish, by the rules of the message `publish`, each once however often its node is replayed."""

from collections.abc import Mapping
from typing import Final

import orjson

from streamd.core.change import Publish
from streamd.core.event import Author
from streamd.core.item import ItemId
from streamd.engine.journal import ItemWrite, Receipt
from streamd.engine.live import LiveRun
from streamd.engine.record import check_encodable
from streamd.errors import ForbiddenError, TooLargeError
from streamd.wire.codec import parse
from streamd.wire.messages.edit_messages import PublishMessage

_MOST_BYTES: Final = 262_144
"""Size of an event as JSON; it goes to everyone in the workspace."""


def publication(event_type: str, data: Mapping[str, object] | None, item_id: ItemId | None) -> Publish:
    """Read what an agent publishes as a client's message. Raises InvalidMessageError; TooLargeError for much data."""
    given = {"type": "publish", "event_type": event_type, "data": {} if data is None else data}
    if item_id is not None:
        given["item_id"] = item_id
    size = check_encodable("data", given)
    if size > _MOST_BYTES:
        raise TooLargeError(f"an event may have {_MOST_BYTES:,} bytes, and this one would have {size:,}")
    read = parse(orjson.dumps(given))
    assert isinstance(read, PublishMessage)
    return read.change


async def publish(run: LiveRun, may_change: bool, author: Author, key: str, change: Publish) -> None:
    """Commit an event under the step's key. Raises RefusedError."""
    if not may_change:
        raise ForbiddenError(f"{author.agent_id} only helps here, and publishes nothing")
    run.check("edit")
    journal = run.services.journal
    await journal.room(run.record.workspace)
    result = await journal.submit_for_result(
        lambda done: ItemWrite(
            workspace=run.record.workspace,
            changes=(change,),
            author=author,
            done=done,
            op=(run.replay.scope, key),
            shows_op=False,
        )
    )
    if not isinstance(result, Receipt):
        raise result
