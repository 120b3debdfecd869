"""Handles messages that edit many items, with progress messages."""

from collections.abc import Callable
from typing import Final

from streamd import service
from streamd.edge.ws._client import Client
from streamd.wire import replies
from streamd.wire.messages.edit_messages import BulkMessage

_PROGRESS_MESSAGES: Final = 20
_PROGRESS_FROM: Final = 20
"""Fewest edits of a message for which progress is sent."""


async def bulk(client: Client, message: BulkMessage, size: int) -> None:
    """Submit the edits of a message of `size` bytes, send progress, and reply with a result for each."""
    actor, progress = client.actor.acting_as(message.user_id), progress_of(client, message.request_id)
    results = await service.edit_in_bulk(client.service, actor, message, size, progress)
    client.send(replies.ack(replies.results_in_bulk(results), request_id=message.request_id))


def progress_of(client: Client, request_id: object) -> Callable[[int, int], None]:
    """A callback that sends the progress of a message, about twenty times in all."""
    told = 0

    def send(step: int, total: int) -> None:
        nonlocal told
        if total >= _PROGRESS_FROM and step * _PROGRESS_MESSAGES // total > told:
            told = step * _PROGRESS_MESSAGES // total
            client.send(
                replies.progress(step=step, total_steps=total, timestamp=client.now(), request_id=request_id)
            )

    return send
