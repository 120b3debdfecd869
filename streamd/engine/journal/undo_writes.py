"""Undoes a run, or one change, by compensating changes that are decided and committed like all others."""

from collections.abc import Callable, Mapping, Sequence

import orjson

from streamd.core.change import Change
from streamd.core.event import Author
from streamd.core.item import Seq
from streamd.core.run import RunId
from streamd.core.undo import PastChange, compensation, rebased
from streamd.engine.journal.writer import Journal
from streamd.engine.journal.writes import Done, ItemWrite, Receipt
from streamd.errors import BusyError, ConflictError, NotFoundError, StreamdError
from streamd.ports.store import UNFINISHED, PastEvent, Store

_ATTEMPTS = 3
"""Limit of attempts when others edit the same items meanwhile."""


async def revert_run(
    journal: Journal, store: Store, workspace: str, run_id: RunId, author: Author, op: tuple[str, str] | None
) -> Receipt:
    """Undo all changes of a run, or none of them.

    Raises:
        NotFoundError: there is no such run, or it changed nothing that can be undone.
        BusyError: the run has not ended.
        ConflictError: somebody edited the same fields later; the details name the edit and its author.

    """
    await journal.flushed()
    record = await store.run(workspace, run_id)
    if record is None:
        raise NotFoundError(f"there is no run {run_id} here; it may be too old to be kept", run_id=run_id)
    if record.status in UNFINISHED:
        raise BusyError(f"run {run_id} is going on; cancel it or wait for it, then undo it", run_id=run_id)
    return await _undo(
        journal, store, workspace, await store.events_of_run(record), author, op, f"run {run_id}"
    )


async def revert_change(
    journal: Journal, store: Store, workspace: str, seq: Seq, author: Author, op: tuple[str, str] | None
) -> Receipt:
    """Undo one change of an item. Raises as `revert_run` does."""
    await journal.flushed()
    event = await store.event(workspace, seq)
    return await _undo(
        journal, store, workspace, () if event is None else (event,), author, op, f"change {seq}"
    )


async def _undo(
    journal: Journal,
    store: Store,
    workspace: str,
    events: Sequence[PastEvent],
    author: Author,
    op: tuple[str, str] | None,
    what: str,
) -> Receipt:
    past = [past_change(event) for event in events]
    changes = tuple(compensation(past))
    if not changes:
        raise NotFoundError(
            f"{what} changed nothing that could be taken back; what is older than the journal keeps cannot be undone"
        )
    for _ in range(_ATTEMPTS):
        outcome = await journal.submit_for_result(_writing(workspace, changes, author, op))
        if isinstance(outcome, Receipt):
            return outcome
        refusal, before = outcome, changes
        # Later edits that were undone themselves do not conflict: the fields have the same values again.
        ids = [change.item_id for change in changes if change.item_id is not None]
        known = await store.known((workspace, item_id) for item_id in ids)
        changes = tuple(rebased(changes, past, {item_id: item for (_, item_id), item in known.items()}))
        if changes == before:
            break
    raise await _explained(store, workspace, refusal)


def _writing(
    workspace: str, changes: tuple[Change, ...], author: Author, op: tuple[str, str] | None
) -> Callable[[Done], ItemWrite]:
    return lambda done: ItemWrite(workspace, changes, author, done, op)


def past_change(event: PastEvent) -> PastChange:
    """Parse an event of the journal for undo."""
    data = orjson.loads(event.body)["data"]
    before = None if event.before is None else orjson.loads(event.before)
    return PastChange(event.seq, event.event_type, event.item_id, data, before)


async def _explained(store: Store, workspace: str, error: StreamdError) -> StreamdError:
    """Add the conflicting edit and its author to a conflict."""
    seq = _conflicting_seq(error.details)
    if error.code not in ("conflict", "gone", "exists") or seq is None:
        return error
    later = await store.event(workspace, Seq(seq))
    if later is None:
        return error
    body = orjson.loads(later.body)
    by = body["user_id"] if body["agent_id"] == "user" else f"{body['agent_id']} for {body['user_id']}"
    return ConflictError(
        f"{by} edited item {later.item_id} later ({later.event_type} at {seq}); undo that first, or edit it by hand",
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
