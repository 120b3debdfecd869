"""The tools that a model has in a run: to change items, and to look at things before."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import orjson

from streamd.core.item_tools import call_of, item_tools
from streamd.core.item_type import ItemTypes
from streamd.core.prompt import Tool
from streamd.core.tool_calls import ChangeItems, ToolCall
from streamd.engine.steps.item_tool_executor import ItemToolExecutor
from streamd.engine.steps.reading_tools import READING_NAMES, READING_TOOLS, read_with
from streamd.errors import RefusedError

if TYPE_CHECKING:
    from streamd.ports.agent import Run


def tools_for(types: ItemTypes) -> tuple[Tool, ...]:
    """All of them, described for a model."""
    return (*item_tools(types), *READING_TOOLS)


async def use_tool(run: "Run", toolbox: ItemToolExecutor, name: str, given: Mapping[str, object]) -> str:
    """What came of using a tool, as JSON. Raises RefusedError with words for the model."""
    if name in READING_NAMES:
        return await read_with(run, name, given)
    await run.items()  # what it changes rests on what there is now, also if it has not looked
    done = await _carried_out(run, toolbox, call_of(name, given, run.types))
    refused = done.get("refused")
    if refused and len(done) == 1 and not toolbox.run.model.is_offline:
        raise RefusedError("; ".join(refused))
    return orjson.dumps(done).decode()


async def _carried_out(run: "Run", toolbox: ItemToolExecutor, call: ToolCall) -> dict[str, Sequence[str]]:
    """What one call did, by kind: the run's own sums count an item and tell a reason only once."""
    outcome, versions = run.outcome, toolbox.run.state.changes.versions
    added, removed, told = len(outcome.added), len(outcome.removed), outcome.refused
    edited = [edit.item_id for edit in call.edits] if isinstance(call, ChangeItems) else []
    before = {item_id: versions.get(item_id) for item_id in edited}
    outcome.refused = []
    try:
        await toolbox.carry_out(call)
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
