"""The item tools of every agent's model: to read items, and to change them."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Protocol, cast

import orjson

from streamd.core.item_tools import item_tools, parse_tool_call
from streamd.core.item_type import ItemTypes
from streamd.core.prompt import ToolSpec
from streamd.core.tool_calls import ChangeItems, ToolCall
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.engine.steps._reading_tools import READING_TOOLS, read_with
from streamd.errors import RefusedError
from streamd.long_work import CALLS, json_size
from streamd.ports.agent import Run
from streamd.ports.tool import IdempotencyKey, Tool


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
    async def read(run: Run, arguments: Mapping[str, object], _: IdempotencyKey) -> str:
        return await read_with(run, spec.name, arguments)

    return Tool(spec.name, spec.description, spec.input_schema, read, "read", checks_input=True)


def _changing(spec: ToolSpec) -> Tool:
    async def change(run: Run, arguments: Mapping[str, object], _: IdempotencyKey) -> str:
        executor = cast("ItemVisit", run).item_tools
        await executor.run.base()  # changes rest on the present items, also without a read before
        call = await CALLS.compute(json_size(arguments), parse_tool_call, spec.name, arguments, run.types)
        done = await _carried_out(run, executor, call)
        refused = done.get("refused")
        if refused and len(done) == 1 and not executor.run.model.is_offline:
            raise RefusedError("; ".join(refused))
        return orjson.dumps(done).decode()

    return Tool(spec.name, spec.description, spec.input_schema, change, "write", checks_input=True)


async def _carried_out(run: Run, executor: ItemToolExecutor, call: ToolCall) -> dict[str, Sequence[str]]:
    """Return one call's changes by kind: the run's own outcome counts an item and a reason only once."""
    outcome, versions = run.outcome, executor.run.state.changes.versions
    added, removed, reported = len(outcome.added), len(outcome.removed), outcome.refused
    edited = [edit.item_id for edit in call.edits] if isinstance(call, ChangeItems) else []
    before = {item_id: versions.get(item_id) for item_id in edited}
    outcome.refused = []
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
