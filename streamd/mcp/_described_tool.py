"""Tools as servers describe them, and as the engine knows them."""

import hashlib
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, TypeAlias

import structlog

from streamd.core.prompts.abridging import abridged
from streamd.facts import frozen
from streamd.ports.tool import Effect, IdempotencyKey, Tool, ToolArguments
from streamd.ports.tool_context import ToolContext

log = structlog.get_logger(__name__)

_MOST_NAME: Final = 64
_HASH: Final = 8
_MOST_DESCRIPTION: Final = 8_000
"""Characters of a description: it is part of every prompt."""

TellProgress: TypeAlias = Callable[[str, float | None], Awaitable[None]]
"""Tells how far a call is: text, and a fraction where it is known."""
CallTool: TypeAlias = Callable[[str, Mapping[str, object], IdempotencyKey, TellProgress], Awaitable[str]]
"""From the server's name of a tool, an input, the call's key and its progress to the result."""


@frozen
class DescribedTool:
    """A tool in a server's list; JSON values only, so that the list can be kept."""

    name: str
    """As the server names it."""
    description: str
    input_schema: Mapping[str, object]
    reads_only: bool


def tools_of_server(server: str, described: tuple[DescribedTool, ...], call: CallTool) -> Mapping[str, Tool]:
    """Make the engine's tools, by the server's names; a tool that no model could call is left out, and the log says so."""
    tools: dict[str, Tool] = {}
    taken: set[str] = set()
    for one in described:
        name = model_name(server, one.name, taken)
        try:
            tools[one.name] = _tool(name, one, call)
        except ValueError as error:
            log.warning("mcp_tool_left_out", server=server, tool=one.name, why=str(error))
        else:
            taken.add(name)
    return tools


def model_name(server: str, tool: str, taken: set[str]) -> str:
    """Name a tool for models: `SERVER_tool`, of 64 letters, digits, `_` and `-` at most, as all vendors take it."""
    name = f"{server}_{re.sub(r'[^A-Za-z0-9_-]', '_', tool)}"
    if len(name) <= _MOST_NAME and name not in taken:
        return name
    mark = hashlib.sha256(tool.encode()).hexdigest()[:_HASH]
    return f"{name[: _MOST_NAME - _HASH - 1]}_{mark}"


def _tool(name: str, one: DescribedTool, call: CallTool) -> Tool:
    async def function(context: ToolContext, arguments: ToolArguments, key: IdempotencyKey) -> str:
        return await call(one.name, arguments, key, context.progress)

    description = abridged(one.description.strip() or one.name, _MOST_DESCRIPTION)
    effect: Effect = "read" if one.reads_only else "write"
    schema = {"properties": {}, **one.input_schema}
    try:
        return Tool(name, description, schema, function, effect)
    except ValueError:
        # A schema that cannot be checked here is checked by the server.
        return Tool(name, description, schema, function, effect, checks_input=True)
