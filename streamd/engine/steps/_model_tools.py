"""The tools for items that every agent's model has: to look at things, and to change items."""

from collections.abc import Mapping, Sequence

import orjson

from streamd.core.item_tools import item_tools, parse_tool_call
from streamd.core.item_type import ItemTypes
from streamd.core.prompt import ToolSpec
from streamd.core.tool_calls import ChangeItems, ToolCall
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.engine.steps._reading_tools import READING_TOOLS, read_with
from streamd.errors import RefusedError
from streamd.ports.agent import Run
from streamd.ports.tool import IdempotencyKey, Tool


def tools_for_items(types: ItemTypes, executor: ItemToolExecutor) -> tuple[Tool, ...]:
    """All of them. What they do is recorded by the executor, change by change; what they read is read again on replay."""
    return (
        *(_changing(spec, executor) for spec in item_tools(types)),
        *(_reading(spec) for spec in READING_TOOLS),
    )


def _reading(spec: ToolSpec) -> Tool:
    async def read(run: Run, given: Mapping[str, object], _: IdempotencyKey) -> str:
        return await read_with(run, spec.name, given)

    return Tool(spec.name, spec.description, spec.input_schema, read, "read", checks_input=True)


def _changing(spec: ToolSpec, executor: ItemToolExecutor) -> Tool:
    async def change(run: Run, given: Mapping[str, object], _: IdempotencyKey) -> str:
        await run.items()  # what it changes rests on what there is now, also if it has not looked
        done = await _carried_out(run, executor, parse_tool_call(spec.name, given, run.types))
        refused = done.get("refused")
        if refused and len(done) == 1 and not executor.run.model.is_offline:
            raise RefusedError("; ".join(refused))
        return orjson.dumps(done).decode()

    return Tool(spec.name, spec.description, spec.input_schema, change, "write", checks_input=True)


async def _carried_out(run: Run, executor: ItemToolExecutor, call: ToolCall) -> dict[str, Sequence[str]]:
    """What one call did, by kind: the run's own sums count an item and tell a reason only once."""
    outcome, versions = run.outcome, executor.run.state.changes.versions
    added, removed, told = len(outcome.added), len(outcome.removed), outcome.refused
    edited = [edit.item_id for edit in call.edits] if isinstance(call, ChangeItems) else []
    before = {item_id: versions.get(item_id) for item_id in edited}
    outcome.refused = []
    try:
        await executor.carry_out(call)
    finally:
        refused = outcome.refused
        outcome.refused = [*told, *(why for why in refused if why not in told)]
    changed = [item_id for item_id in before if versions.get(item_id) != before[item_id]]
    unchanged = [] if refused else [item_id for item_id in before if item_id not in changed]
    done: dict[str, Sequence[str]] = {
        "added": outcome.added[added:], "removed": outcome.removed[removed:], "changed": changed,
        "unchanged": unchanged, "refused": refused,
    }  # fmt: skip
    return {kind: found for kind, found in done.items() if found}
