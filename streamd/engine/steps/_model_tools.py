"""The item tools of every agent's model: to read items, and to change them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol, cast

import orjson

from streamd.core.change import AddItem, ChangeItem, RemoveItem
from streamd.core.item import ItemId, Seq
from streamd.core.item_tools import GET, LIST, UNDO, closed_object, item_tools, parse_tool_call
from streamd.core.item_type import ItemTypes
from streamd.core.prompt import ToolSpec
from streamd.core.tool_calls import ChangeItems, RemoveItems, ToolCall
from streamd.engine.journal import Reverted, Telling, revert_request
from streamd.engine.live import RunServices
from streamd.engine.record import last_changing_request
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.engine.steps._items_as_first_read import read_anew
from streamd.engine.steps._reading_tools import READING_TOOLS, searched, told_items
from streamd.errors import ForbiddenError, NotFoundError, RefusedError, UnavailableError
from streamd.long_work import CALLS, ITEMS, json_size
from streamd.ports.agent import Run
from streamd.ports.tool import IdempotencyKey, Tool
from streamd.ports.tool_context import ToolContext

_CHANGED: Final = "changed_meanwhile"
_MOST_WORDS: Final = 120
"""Characters of a request's text by which it is called."""
UNDOING: Final = ToolSpec(
    UNDO,
    "Take back, as a whole, what the last earlier request that changed items did: in this thread, or outside of one of "
    "the user's. Only where the user asks for that. It is refused where somebody has edited the same since.",
    closed_object(()),
)


class ItemVisit(Run, Protocol):
    """A visit of a node, as the item tools use it."""

    @property
    def item_tools(self) -> ItemToolExecutor:
        """Records the visit's changes one by one; reads are repeated on replay."""


@lru_cache(maxsize=8)  # one set for all runs: a run that waits for its model holds no copy
def tools_for_items(types: ItemTypes) -> tuple[Tool, ...]:
    """Build all item tools; they are called with the visit of a node."""
    return (
        *(_changing(spec) for spec in item_tools(types)),
        Tool(UNDOING.name, UNDOING.description, UNDOING.input_schema, _undo, "write", checks_input=True),
        *(_reading(spec) for spec in READING_TOOLS),
    )


def tools_beside(services: RunServices, agent: str, own: Sequence[Tool]) -> tuple[Tool, ...]:
    """Return an agent's own tools, and those that come and go, as far as they have no name of the others."""
    taken = {tool.name for tool in (*tools_for_items(services.types), *own)}
    return (*own, *(tool for tool in services.more_tools.tools_for(agent) if tool.name not in taken))


def _reading(spec: ToolSpec) -> Tool:
    async def read(run: ToolContext, arguments: Mapping[str, object], key: IdempotencyKey) -> str:
        if spec.name not in (LIST, GET):
            return await searched(run, spec.name, arguments)
        live = cast("ItemVisit", run).item_tools.run
        reading = await read_anew(live, key)
        told, item_ids = await ITEMS.run(told_items, spec.name, arguments, reading.items, run.types)
        live.state.changes.see(item_ids, reading.top)
        return told

    return Tool(spec.name, spec.description, spec.input_schema, read, "read", checks_input=True)


def _changing(spec: ToolSpec) -> Tool:
    async def change(run: ToolContext, arguments: Mapping[str, object], _: IdempotencyKey) -> str:
        executor = cast("ItemVisit", run).item_tools
        await executor.run.base()  # changes rest on the present items, also without a read before
        call = await _parsed(executor, spec.name, arguments)
        done = await _carried_out(run, executor, call)
        refused = done.get("refused")
        now = executor.run.state.changes.conflicts
        if refused and len(done) == 1 and not executor.run.model.is_offline:
            told = f"; {_CHANGED}: {orjson.dumps(now).decode()}" if now else ""
            raise RefusedError(f"{'; '.join(refused)}{told}")
        return orjson.dumps({**done, _CHANGED: now} if now else done).decode()

    return Tool(spec.name, spec.description, spec.input_schema, change, "write", checks_input=True)


async def _undo(run: Run, _: Mapping[str, object], key: IdempotencyKey) -> str:
    """Take the last request back; offline the reason of a refusal is the answer, as no model can pass it on."""
    executor = cast("ItemVisit", run).item_tools
    try:
        return orjson.dumps(await _undo_last(executor, key)).decode()
    except (ForbiddenError, UnavailableError):
        raise
    except RefusedError as refusal:
        if not executor.run.model.is_offline:
            raise
        run.outcome.refused.append(run.language.wording.not_taken_back(refusal.message))
        return refusal.message


async def _parsed(executor: ItemToolExecutor, name: str, arguments: Mapping[str, object]) -> ToolCall:
    """Parse a call; where a language model makes it, with what it calls fields and types as they are declared."""
    types, size = executor.run.services.types, json_size(arguments)
    call = await CALLS.compute(size, parse_tool_call, name, arguments, types)
    if executor.run.model.is_offline or isinstance(call, RemoveItems):
        return call
    ids = [edit.item_id for edit in call.edits] if isinstance(call, ChangeItems) else []
    items = await executor.run.services.shared_items.of(executor.run.record.workspace, ids)
    kinds = {item.id: item.type for item in items}
    return await CALLS.compute(size, parse_tool_call, name, arguments, types, kinds)


async def _carried_out(run: Run, executor: ItemToolExecutor, call: ToolCall) -> dict[str, Sequence[str]]:
    """Return one call's changes by kind: the run's own outcome counts an item and a reason only once."""
    outcome, versions = run.outcome, executor.run.state.changes.versions
    added, removed, reported = len(outcome.added), len(outcome.removed), outcome.refused
    edited = [edit.item_id for edit in call.edits] if isinstance(call, ChangeItems) else []
    before = {item_id: versions.get(item_id) for item_id in edited}
    outcome.refused = []
    executor.run.state.changes.conflicts.clear()
    try:
        await executor.carry_out(call)
        await executor.run.slices.rest()
    finally:
        refused = outcome.refused
        outcome.refused = [*dict.fromkeys((*reported, *refused))]
    changed = [item_id for item_id in before if versions.get(item_id) != before[item_id]]
    unchanged = [] if refused else [item_id for item_id in before if versions.get(item_id) == before[item_id]]
    done: dict[str, Sequence[str]] = {
        "added": outcome.added[added:], "removed": outcome.removed[removed:], "changed": changed,
        "unchanged": unchanged, "refused": refused,
    }  # fmt: skip
    return {kind: changes for kind, changes in done.items() if changes}


async def _undo_last(executor: ItemToolExecutor, key: str) -> Mapping[str, object]:
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
    chosen = await run.output.once(f"{key}:undone", lambda: last_changing_request(services.store, run.record))
    if not isinstance(chosen, list):
        raise NotFoundError(
            "there is nothing to undo: no earlier request in this thread changed any items"
            if run.record.request.thread_id
            else "there is nothing to undo: no earlier request of yours changed any items"
        )
    found = [await services.store.run(workspace, run_id) for run_id in chosen]
    runs = [record for record in found if record is not None]
    asked = " ".join(runs[-1].request.user_input.split()) if runs else ""
    asked = asked if len(asked) <= _MOST_WORDS else f"{asked[:_MOST_WORDS]}…"
    await run.base()
    touched: dict[ItemId, None] = {}
    for record in runs:
        await services.store.events_of_run(
            record, lambda events: touched.update(dict.fromkeys(event.item_id for event in events))
        )
    present = await services.shared_items.of(workspace, touched)
    run.state.changes.touched_names.update({item.id: item.name for item in present})
    await services.journal.room(workspace)
    done = await revert_request(
        services.journal, services.store, workspace, runs, executor.author, (run.replay.scope, key),
        f"the request «{asked}»", Telling(run.output.stream.name, executor.run_bodies),
    )  # fmt: skip
    run.state.changes.outcome.undone.append(asked)
    return {"undone": asked, **_counted(executor, done)}


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
