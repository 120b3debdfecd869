"""Bulk: many edits in one message, all of them or item by item."""

import asyncio
from collections import deque
from typing import Final

import orjson

from streamd.core.change import Change
from streamd.edge.client import Client
from streamd.edge.new_items import addition
from streamd.engine.journal.writes import ItemWrite, Outcome, Receipt
from streamd.errors import InvalidMessageError
from streamd.wire import replies
from streamd.wire.edit_messages import BulkMessage, NewItem
from streamd.wire.refusals import error_keys
from streamd.wire.request_id import RequestId

IN_FLIGHT: Final = 64
_PROGRESS_STEPS: Final = 20
_PROGRESS_FROM: Final = 20


async def bulk(client: Client, message: BulkMessage) -> None:
    """Do them, telling the progress, and answer with a result for each."""
    if message.atomic:
        await _all_or_nothing(client, message)
        return
    results: list[dict[str, object]] = []
    waiting: deque[asyncio.Future[Outcome]] = deque()

    async def settle() -> None:
        results.append({"index": len(results), **told(await waiting.popleft())})
        report(client, len(results), len(message.items), message.request_id)

    for index, item in enumerate(message.items):
        if len(waiting) >= IN_FLIGHT:
            await settle()
        if isinstance(item, InvalidMessageError):
            refused: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            refused.set_result(item)
            waiting.append(refused)
            continue
        op_id = None if message.op_id is None else f"{message.op_id}/{index}"
        waiting.append(await submitted(client, (_change(client, item),), message.user_id, op_id))
    while waiting:
        await settle()
    done = sum("error" not in result for result in results)
    client.send(
        replies.ack(
            orjson.dumps({"done": done, "refused": len(results) - done, "results": results}),
            request_id=message.request_id,
        )
    )


async def _all_or_nothing(client: Client, message: BulkMessage) -> None:
    changes = tuple(
        _change(client, item) for item in message.items if not isinstance(item, InvalidMessageError)
    )
    outcome = await (await submitted(client, changes, message.user_id, message.op_id))
    if not isinstance(outcome, Receipt):
        raise outcome
    results = [{"index": index, **result} for index, result in enumerate(outcome.results)]
    client.send(
        replies.ack(
            orjson.dumps({"done": len(results), "refused": 0, "results": results}),
            request_id=message.request_id,
        )
    )


async def submitted(
    client: Client, changes: tuple[Change, ...], user_id: str | None, op_id: str | None
) -> "asyncio.Future[Outcome]":
    """Hand edits of this session to the journal, waiting for room; the promise of their outcome."""
    await client.engine.journal.room()
    author = client.author(user_id)
    return client.engine.journal.promise(
        lambda done: ItemWrite(client.workspace, changes, author, done, client.op(author, op_id))
    )


def told(outcome: Outcome) -> dict[str, object]:
    """What became of one edit, as it stands in a list of results."""
    return dict(outcome.results[0]) if isinstance(outcome, Receipt) else {"error": error_keys(outcome)}


def report(client: Client, step: int, total: int, request_id: RequestId) -> None:
    """Tell the progress of bulk work, about twenty times in all."""
    if total >= _PROGRESS_FROM and step % max(1, total // _PROGRESS_STEPS) == 0:
        client.send(
            replies.progress(step=step, total_steps=total, timestamp=client.now(), request_id=request_id)
        )


def _change(client: Client, item: NewItem | Change) -> Change:
    return addition(client, item) if isinstance(item, NewItem) else item
