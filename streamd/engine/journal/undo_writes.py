"""Undoes a run, or one change, by compensating changes that are decided and committed like all others."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from functools import partial

import orjson

from streamd.core.change import Change, ChangeItem, RemoveItem, fingerprint
from streamd.core.event import PERSON, Author
from streamd.core.item import Item, ItemId, Known, Seq
from streamd.core.position import StreamName
from streamd.core.run import RunId, RunRecord
from streamd.core.undo import Compensation, Left, Past, compensation, rebased
from streamd.engine.journal._batch_builder import first_result
from streamd.engine.journal.writer import Journal
from streamd.engine.journal.writes import Done, ItemWrite, Receipt, RunBodies
from streamd.errors import (
    BusyError,
    ConflictError,
    InvalidMessageError,
    NotFoundError,
    OpIdReusedError,
    ReferencedError,
    StreamdError,
    TooLargeError,
)
from streamd.facts import frozen
from streamd.long_work import ITEMS
from streamd.ports.store import UNFINISHED, PastEvent, Store, VisitEvents, past_change

_ATTEMPTS = 3
"""Limit of attempts when others edit the same items meanwhile."""
_KNOWN_AT_ONCE = 256
"""Items that are read at the same time, to see which of them were edited later."""


@frozen
class Telling:
    """The run that takes something back, and tells of it in the same commit."""

    stream: StreamName
    bodies: RunBodies


@frozen
class Reverted:
    """The changes that took something back."""

    receipt: Receipt
    changes: Sequence[Change]
    """As many as the receipt has results."""


async def revert_run(
    journal: Journal, store: Store, workspace: str, run_id: RunId, author: Author, op: tuple[str, str] | None
) -> Receipt:
    """Undo all changes of a run, or none of them.

    Raises:
        NotFoundError: there is no such run, or it changed nothing that can be undone.
        BusyError: the run has not ended.
        ConflictError: somebody edited the same fields later; the details name the edit and its author.

    """
    asked = fingerprint("undo run", run_id)
    await journal.flushed(workspace)
    if (first := await _first_answer(store, workspace, op, asked)) is not None:
        return first
    record = await store.run(workspace, run_id)
    if record is None:
        raise NotFoundError(f"there is no run {run_id} here; it may be too old to be kept", run_id=run_id)
    if record.status in UNFINISHED:
        raise BusyError(f"run {run_id} is going on; cancel it or wait for it, then undo it", run_id=run_id)
    read = partial(store.events_of_run, record)
    done = await _undo(journal, store, workspace, read, author, op, asked, f"run {run_id}")
    return done.receipt


async def revert_request(
    journal: Journal,
    store: Store,
    workspace: str,
    runs: Iterable[RunRecord],
    author: Author,
    op: tuple[str, str],
    what: str,
    telling: Telling,
) -> Reverted:
    """Undo all changes of the runs of one request, the oldest first, or none of them. Raises as `revert_run` does.

    `what` is what the request is called in errors.
    """
    records = list(runs)

    async def read(visit: VisitEvents) -> None:
        for record in records:
            await store.events_of_run(record, visit)

    asked = fingerprint("undo request", what)
    return await _undo(journal, store, workspace, read, author, op, asked, what, telling=telling)


async def revert_change(
    journal: Journal, store: Store, workspace: str, seq: Seq, author: Author, op: tuple[str, str] | None
) -> Receipt:
    """Undo the change of an item that has an event at this position, with all its events. Raises as `revert_run` does."""
    asked = fingerprint("undo change", seq)
    await journal.flushed(workspace)
    if (first := await _first_answer(store, workspace, op, asked)) is not None:
        return first
    events = await store.events_of_change(workspace, seq)

    async def read(visit: VisitEvents) -> None:
        await ITEMS.run(visit, events)

    done = await _undo(
        journal, store, workspace, read, author, op, asked, f"change {seq}", is_one_change=True
    )
    return done.receipt


async def _first_answer(
    store: Store, workspace: str, op: tuple[str, str] | None, asked: str
) -> Receipt | None:
    """The answer to an undo that is repeated. What it took back may be gone from the journal since."""
    if op is None:
        return None
    key = (workspace, *op)
    recorded = (await store.results([key])).get(key)
    if recorded is not None:
        with suppress(OpIdReusedError):  # which is told where there is something to undo
            return first_result(recorded, asked)
    return None


async def _undo(
    journal: Journal,
    store: Store,
    workspace: str,
    read: Callable[[VisitEvents], Awaitable[None]],
    author: Author,
    op: tuple[str, str] | None,
    asked: str,
    what: str,
    *,
    is_one_change: bool = False,
    telling: Telling | None = None,
) -> Reverted:
    past = Past()
    await read(partial(_add, past))
    changes = await ITEMS.run(compensation, past)
    if not changes:
        raise NotFoundError(
            f"{what} changed nothing that could be taken back; what is older than the journal keeps cannot be undone"
        )
    for _ in range(_ATTEMPTS):
        outcome = await journal.submit_for_result(
            _writing(workspace, changes, author, op, asked, telling, is_one_change=is_one_change)
        )
        if isinstance(outcome, Receipt):
            return Reverted(outcome, [one.change for one in changes])
        refusal, before = outcome, changes
        # Later edits that were undone themselves do not conflict: the fields have the same values again.
        known = await _edited_later(store, workspace, changes)
        left = Left(known.keys())
        await read(partial(_add, left))
        changes = await ITEMS.run(rebased, changes, left, known)
        if changes == before:
            break
    raise await _explained(store, workspace, refusal, frozenset(past.seqs), what)


def _add(to: Past | Left, events: Sequence[PastEvent]) -> None:
    to.add(map(past_change, events))


async def _edited_later(
    store: Store, workspace: str, changes: Sequence[Compensation]
) -> Mapping[ItemId, Known]:
    """Read the items that somebody edited after the changes that are to be taken back."""
    bases = {
        one.change.item_id: one.change.base
        for one in changes
        if isinstance(one.change, ChangeItem | RemoveItem) and one.change.base is not None
    }
    later: dict[ItemId, Known] = {}
    ids = list(bases)
    for start in range(0, len(ids), _KNOWN_AT_ONCE):
        known = await store.known((workspace, one) for one in ids[start : start + _KNOWN_AT_ONCE])
        later |= {
            item_id: item
            for (_, item_id), item in known.items()
            if isinstance(item, Item) and item.version > bases[item_id]
        }
    return later


def _writing(
    workspace: str,
    changes: Sequence[Compensation],
    author: Author,
    op: tuple[str, str] | None,
    asked: str,
    telling: Telling | None,
    *,
    is_one_change: bool,
) -> Callable[[Done], ItemWrite]:
    return lambda done: ItemWrite(
        workspace,
        tuple(one.change for one in changes),
        author,
        done,
        op,
        None if op is None else asked,
        is_one_change,
        [one.undoes for one in changes],
        shows_op=telling is None,
        run=None if telling is None else telling.stream,
        run_bodies=None if telling is None else telling.bodies,
    )


async def _explained(
    store: Store, workspace: str, error: StreamdError, undone: AbstractSet[Seq], what: str
) -> StreamdError:
    """Add the conflicting edit and its author to a conflict; that edit may be an undo of the same change."""
    if isinstance(error, InvalidMessageError | ReferencedError | TooLargeError):
        # The items as they were do not fit those that came later, or the declarations.
        error.message = f"{what} cannot be undone: {error.message}"
        return error
    seq = _conflicting_seq(error.details)
    if error.code not in ("conflict", "gone", "exists") or seq is None:
        return error
    later = await store.event(workspace, Seq(seq))
    if later is None:
        return error
    body = orjson.loads(later.body)
    is_undone = not undone.isdisjoint(body.get("undoes", ()))
    by = body["user_id"] if body["agent_id"] == PERSON else f"{body['agent_id']} for {body['user_id']}"
    return ConflictError(
        f"{what} is undone already, by {by} at {seq}; undo that to have it again"
        if is_undone
        else f"{by} edited item {later.item_id} later ({later.event_type} at {seq}); undo that first, or edit it by hand",
        **error.details,
        later={
            "seq": seq,
            "event_type": later.event_type,
            "item_id": later.item_id,
            "user_id": body["user_id"],
            "agent_id": body["agent_id"],
            "data": body["data"],
            "timestamp": body["timestamp"],
        },
    )


def _conflicting_seq(details: Mapping[str, object]) -> int | None:
    fields = details.get("fields")
    if isinstance(fields, Mapping):  # the item's version may be that of an edit which does not conflict
        versions = [entry.get("version", 0) for entry in fields.values() if isinstance(entry, Mapping)]
        return max((int(str(version)) for version in versions), default=None)
    version = details.get("version")
    return version if isinstance(version, int) else None
