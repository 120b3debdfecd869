"""The item tools of every agent's model: to read items, and to change them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final, Protocol, cast

import orjson

from streamd.core.item_tools import GET, LIST, item_tools, parse_tool_call
from streamd.core.item_type import ItemTypes
from streamd.core.prompt import ToolSpec
from streamd.core.tool_calls import ChangeItems, RemoveItems, ToolCall
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.engine.steps._items_as_first_read import read_anew
from streamd.engine.steps._reading_tools import READING_TOOLS, searched, told_items
from streamd.errors import RefusedError
from streamd.long_work import CALLS, ITEMS, json_size
from streamd.ports.agent import Run
from streamd.ports.tool import IdempotencyKey, Tool
from streamd.ports.tool_context import ToolContext

_CHANGED: Final = "changed_meanwhile"


class ItemVisit(Run, Protocol):
    """A visit of a node, as the item tools use it."""

    @property
    def item_tools(self) -> ItemToolExecutor:
        """Records the visit's changes one by one; reads are repeated on replay."""


@lru_cache(maxsize=8)  # one set for all runs: a run that waits for its model holds no copy
def tools_for_items(types: ItemTypes) -> tuple[Tool, ...]:
    """Build all item tools; they are called with the visit of a node."""
    return (*(_changing(spec) for spec in item_tools(types)), *(_reading(spec) for spec in READING_TOOLS))


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
