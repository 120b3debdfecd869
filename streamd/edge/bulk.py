"""Bulk: many edits in one message, all of them or item by item."""

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Final

import orjson

from streamd.core.change import Change
from streamd.edge.new_items import addition
from streamd.engine.writes import ItemWrite, Outcome, Receipt
from streamd.errors import InvalidMessageError
from streamd.wire import messages, replies
from streamd.wire.refusals import error_keys

if TYPE_CHECKING:
    from streamd.edge.session import Session

IN_FLIGHT: Final = 64
_PROGRESS_STEPS: Final = 20
_PROGRESS_FROM: Final = 20


async def bulk(session: "Session", message: messages.Bulk) -> None:
    """Do them, telling the progress, and answer with a result for each."""
    if message.atomic:
        await _all_or_nothing(session, message)
        return
    results: list[dict[str, object]] = []
    waiting: deque[asyncio.Future[Outcome]] = deque()

    async def settle() -> None:
        results.append({"index": len(results), **told(await waiting.popleft())})
        report(session, len(results), len(message.items), message.request_id)

    for index, item in enumerate(message.items):
        if len(waiting) >= IN_FLIGHT:
            await settle()
        if isinstance(item, InvalidMessageError):
            refused: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
            refused.set_result(item)
            waiting.append(refused)
            continue
        op_id = None if message.op_id is None else f"{message.op_id}/{index}"
        waiting.append(await submitted(session, (_change(session, item),), message.user_id, op_id))
    while waiting:
        await settle()
    done = sum("error" not in result for result in results)
    session.send(
        replies.ack(
            orjson.dumps({"done": done, "refused": len(results) - done, "results": results}),
            request_id=message.request_id,
        )
    )


async def _all_or_nothing(session: "Session", message: messages.Bulk) -> None:
    changes = tuple(
        _change(session, item) for item in message.items if not isinstance(item, InvalidMessageError)
    )
    outcome = await (await submitted(session, changes, message.user_id, message.op_id))
    if not isinstance(outcome, Receipt):
        raise outcome
    results = [{"index": index, **result} for index, result in enumerate(outcome.results)]
    session.send(
        replies.ack(
            orjson.dumps({"done": len(results), "refused": 0, "results": results}),
            request_id=message.request_id,
        )
    )


async def submitted(
    session: "Session", changes: tuple[Change, ...], user_id: str | None, op_id: str | None
) -> "asyncio.Future[Outcome]":
    """Hand edits of this session to the journal, waiting for room; the promise of their outcome."""
    await session.engine.journal.room()
    author = session.author(user_id)
    return session.engine.journal.promise(
        lambda done: ItemWrite(session.workspace, changes, author, done, session.op(author, op_id))
    )


def told(outcome: Outcome) -> dict[str, object]:
    """What became of one edit, as it stands in a list of results."""
    return dict(outcome.results[0]) if isinstance(outcome, Receipt) else {"error": error_keys(outcome)}


def report(session: "Session", step: int, total: int, request_id: messages.RequestId) -> None:
    """Tell the progress of bulk work, about twenty times in all."""
    if total >= _PROGRESS_FROM and step % max(1, total // _PROGRESS_STEPS) == 0:
        session.send(
            replies.progress(step=step, total_steps=total, timestamp=session.now(), request_id=request_id)
        )


def _change(session: "Session", item: messages.NewItem | Change) -> Change:
    return addition(session, item) if isinstance(item, messages.NewItem) else item
