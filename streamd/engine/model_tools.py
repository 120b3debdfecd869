"""The tools that a model has in a run: to change items, and to look at things before."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs
import orjson

from streamd.core.item_tools import call_of, item_tools
from streamd.core.item_type import ItemTypes
from streamd.core.prompt import Tool
from streamd.engine.reading_tools import READING_NAMES, READING_TOOLS, read_with
from streamd.engine.toolbox import Toolbox

if TYPE_CHECKING:
    from streamd.ports.agent import Run


def tools_for(types: ItemTypes) -> tuple[Tool, ...]:
    """All of them, described for a model."""
    return (*item_tools(types), *READING_TOOLS)


async def use_tool(run: "Run", toolbox: Toolbox, name: str, given: Mapping[str, object]) -> str:
    """What came of using a tool, as JSON. Raises RefusedError with words for the model."""
    if name in READING_NAMES:
        return await read_with(run, name, given)
    await run.items()  # what it changes rests on what there is now, also if it has not looked
    before = {kind: len(ids) for kind, ids in attrs.asdict(run.outcome).items()}
    await toolbox.carry_out(call_of(name, given, run.types))
    done = {kind: ids[before[kind] :] for kind, ids in attrs.asdict(run.outcome).items()}
    return orjson.dumps({kind: ids for kind, ids in done.items() if ids}).decode()
