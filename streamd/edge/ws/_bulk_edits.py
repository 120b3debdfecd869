"""Handles messages that edit many items, with progress messages."""

from collections.abc import Callable
from typing import Final

import orjson

from streamd import service
from streamd.core.change import AddItem, Change, fingerprint
from streamd.edge.ws._client import Client
from streamd.engine.journal import Receipt, WriteResult
from streamd.errors import InvalidMessageError, RefusedError
from streamd.long_work import REQUESTS, SharedSlices
from streamd.wire import replies
from streamd.wire.messages.edit_messages import BulkMessage, NewItem
from streamd.wire.refusals import error_keys

_PROGRESS_MESSAGES: Final = 20
_PROGRESS_FROM: Final = 20
"""Fewest edits of a message for which progress is sent."""


def addition(
    client: Client, item: NewItem, user_id: str | None, op_id: str | None, number: int = 0
) -> AddItem:
    """Build the change that adds an item, under its own id or one that the service makes."""
    item_id = item.item_id
    if not item_id:
        actor = client.actor.acting_as(user_id)
        item_id = service.new_item_id(client.service, actor, item.fields.get("type"), op_id, number)
    return AddItem(item_id, item.fields)


async def bulk(client: Client, message: BulkMessage, size: int) -> None:
    """Submit the edits of a message of `size` bytes, send progress, and reply with a result for each."""
    actor = client.actor.acting_as(message.user_id)
    slices = SharedSlices()
    changes: list[Change | InvalidMessageError] = []
    for number, item in enumerate(message.items):
        await slices.rest()
        changes.append(
            addition(client, item, message.user_id, message.op_id, number)
            if isinstance(item, NewItem)
            else item
        )
    results: list[dict[str, object]] = []
    if message.atomic:
        possible = [change for change in changes if not isinstance(change, InvalidMessageError)]
        try:
            receipt = await service.edit_all(client.service, actor, possible, op_id=message.op_id)
        except RefusedError as error:
            raise _at_its_place(error) from None
        results = [{"index": index, **result} for index, result in enumerate(receipt.results)]
    else:
        progress = progress_of(client, message.request_id)
        asked = await REQUESTS.compute(size, fingerprint, "each", *map(_asked, changes))
        edits = service.edit_each(client.service, actor, enumerate(changes), op_id=message.op_id, asked=asked)
        async for result in edits:
            results.append({"index": len(results), **_as_json(result)})
            progress(len(results), len(changes))
    done = sum("error" not in result for result in results)
    outcome = {"done": done, "refused": len(results) - done, "results": results}
    client.send(replies.ack(orjson.dumps(outcome), request_id=message.request_id))


def _at_its_place(error: RefusedError) -> RefusedError:
    """The refusal of a whole message, with the place of the item that it is for."""
    if error.change is not None:
        error.message = f"items[{error.change}]: {error.message}"
        error.details = {"index": error.change, **error.details}
    return error


def _asked(change: Change | InvalidMessageError) -> object:
    return change.message if isinstance(change, InvalidMessageError) else change


def _as_json(result: WriteResult) -> dict[str, object]:
    """The result of one edit as JSON, for the list of results."""
    return dict(result.results[0]) if isinstance(result, Receipt) else {"error": error_keys(result)}


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
