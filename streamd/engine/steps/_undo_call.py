"""Takes back what the last earlier request that changed items did, of the run's thread or of its user."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from streamd.core.change import AddItem, ChangeItem, RemoveItem
from streamd.core.item import ItemId, Seq
from streamd.core.item_tools import UNDO, closed_object
from streamd.core.prompt import ToolSpec
from streamd.core.run import RunFilter, RunRecord
from streamd.engine.journal import Reverted, Telling, revert_request
from streamd.engine.record import chain_of
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.errors import BusyError, ForbiddenError, NotFoundError
from streamd.ports.store import UNFINISHED

UNDOING: Final = ToolSpec(
    UNDO,
    "Take back, as a whole, what the last earlier request that changed items did: in this thread, or outside of one of "
    "the user's. Only where the user asks for that. It is refused where somebody has edited the same since.",
    closed_object(()),
)
_MOST_RUNS: Final = 50
"""Earlier runs among which the last one that changed something is looked for."""
_MOST_WORDS: Final = 120
"""Characters of a request's text by which it is called."""


async def undo_last(executor: ItemToolExecutor, key: str) -> Mapping[str, object]:
    """Undo an earlier request as a whole; its changes are added to the run's outcome. Returns what was done.

    Which request that is, is recorded before anything changes: a restart takes the same one back.

    Raises:
        ForbiddenError: the agent may change nothing here, or the run's principal may not edit items.
        NotFoundError: no earlier request changed anything.
        BusyError: the request is going on.
        ConflictError: it was undone already, or somebody edited the same since; the details say who.

    """
    run = executor.run
    if not executor.may_change:
        raise ForbiddenError(f"{executor.agent.name} only helps here: say what should be done instead")
    run.check("edit")
    services, workspace = run.services, run.record.workspace
    await services.journal.flushed(workspace)
    chosen = await run.output.once(f"{key}:undone", lambda: _last_request(executor))
    if not isinstance(chosen, list):
        whose = "in this thread" if run.record.request.thread_id else "of yours"
        raise NotFoundError(f"there is nothing to undo: no earlier request {whose} changed any items")
    found = [await services.store.run(workspace, run_id) for run_id in chosen]
    runs = [record for record in found if record is not None]
    asked = " ".join(runs[-1].request.user_input.split()) if runs else ""
    asked = asked if len(asked) <= _MOST_WORDS else f"{asked[:_MOST_WORDS]}…"
    await run.base()
    events = [event for record in runs for event in await services.store.events_of_run(record)]
    present = await services.shared_items.of(workspace, dict.fromkeys(event.item_id for event in events))
    run.state.changes.touched_names.update({item.id: item.name for item in present})
    await services.journal.room(workspace)
    done = await revert_request(
        services.journal, services.store, workspace, runs, executor.author, (run.replay.scope, key),
        f"the request «{asked}»", Telling(run.output.stream.name, executor.run_bodies),
    )  # fmt: skip
    run.state.changes.outcome.undone.append(asked)
    return {"undone": asked, **_counted(executor, done)}


async def _last_request(executor: ItemToolExecutor) -> Sequence[str] | None:
    """Return the runs of the last request that changed items and did not only undo another one, the oldest first."""
    run = executor.run
    store, request = run.services.store, run.record.request
    wanted = (
        RunFilter(thread_id=request.thread_id) if request.thread_id else RunFilter(user_id=request.user_id)
    )
    own = await chain_of(store, run.record)
    for record in await store.runs(run.record.workspace, wanted, _MOST_RUNS, own[0]):
        if await _changed_items(executor, record):
            if record.status in UNFINISHED:
                raise BusyError(f"run {record.run_id} is going on; cancel it or wait for it, then undo it")
            return await chain_of(store, record)
    return None


async def _changed_items(executor: ItemToolExecutor, record: RunRecord) -> bool:
    events = await executor.run.services.store.events_of_run(record)
    return any(not orjson.loads(event.body).get("undoes") for event in events)


def _counted(executor: ItemToolExecutor, done: Reverted) -> Mapping[str, Sequence[ItemId]]:
    """Count what changed, as changes of the run."""
    work = executor.run.state.changes
    kinds: dict[str, list[ItemId]] = {}
    for change, result in zip(done.changes, done.receipt.results, strict=True):
        match change:
            case AddItem(item_id=item_id, fields=fields):
                work.touched_names[item_id] = str(fields.get("name", item_id))
                work.count("added", item_id)
                kinds.setdefault("added", []).append(item_id)
            case RemoveItem(item_id=item_id):
                work.count("removed", item_id)
                kinds.setdefault("removed", []).append(item_id)
            case ChangeItem(item_id=item_id):
                work.count("changed", item_id)
                work.versions[item_id] = Seq(int(str(result["seq"])))
                kinds.setdefault("changed", []).append(item_id)
            case _:
                pass
    return kinds
