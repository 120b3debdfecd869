"""Edits many items for one message, with a result for each."""

from collections.abc import Sequence

from streamd.core.change import AddItem, Change, fingerprint
from streamd.engine.journal import Receipt, WriteResult
from streamd.errors import InvalidMessageError, RefusedError
from streamd.long_work import REQUESTS, SharedSlices
from streamd.service._item_import import Progress
from streamd.service.actor import Actor
from streamd.service.item_edits import edit_all, edit_each, new_item_id
from streamd.service.use_case import Service
from streamd.wire.messages.edit_messages import BulkMessage, NewItem
from streamd.wire.refusals import error_keys


def addition(service: Service, actor: Actor, item: NewItem, op_id: str | None, number: int = 0) -> AddItem:
    """Build the change that adds an item, under its own id or one that the service makes."""
    item_id = item.item_id
    if not item_id:
        item_id = new_item_id(service, actor, item.fields.get("type"), op_id, number)
    return AddItem(item_id, item.fields)


async def edit_in_bulk(
    service: Service, actor: Actor, message: BulkMessage, size: int, progress: Progress
) -> Sequence[dict[str, object]]:
    """Submit the edits of a message of `size` bytes; returns a result for each, in order, with its `index`.

    Raises the refusal of one of them where they are `atomic`, with its place.
    """
    slices = SharedSlices()
    changes: list[Change | InvalidMessageError] = []
    for number, item in enumerate(message.items):
        await slices.rest()
        changes.append(
            addition(service, actor, item, message.op_id, number) if isinstance(item, NewItem) else item
        )
    if message.atomic:
        possible = [change for change in changes if not isinstance(change, InvalidMessageError)]
        try:
            receipt = await edit_all(service, actor, possible, op_id=message.op_id)
        except RefusedError as error:
            raise _at_its_place(error) from None
        return [{"index": index, **result} for index, result in enumerate(receipt.results)]
    results: list[dict[str, object]] = []
    asked = await REQUESTS.compute(size, fingerprint, "each", *map(_asked, changes))
    async for result in edit_each(service, actor, enumerate(changes), op_id=message.op_id, asked=asked):
        results.append({"index": len(results), **_as_json(result)})
        progress(len(results), len(changes))
    return results


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
