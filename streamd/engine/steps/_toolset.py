"""Toolsets: the tools that a model has in one piece of work, and those that it has not because its agent only helps."""

from collections.abc import Mapping, Sequence

import attrs

from streamd.core.prompt import ToolResult, ToolSpec, ToolUse
from streamd.engine.steps._own_tools import OwnToolCalls
from streamd.engine.steps._pending_tools import results_of
from streamd.errors import ForbiddenError, InvalidMessageError
from streamd.ports.agent import Run
from streamd.ports.tool import IdempotencyKey, Tool


@attrs.frozen(eq=False)
class Toolset:
    """The tools of one `act`: those for items, and others, which its agent has or was given.

    Where the agent only helps, those that change something are withheld: its model is not told of them, and a call of one
    is refused all the same.
    """

    visit: Run
    """The run as the node sees it."""
    agent: str
    calls: OwnToolCalls
    for_items: Sequence[Tool]
    others: Sequence[Tool]
    may_change: bool

    @property
    def specs(self) -> tuple[ToolSpec, ...]:
        """What the model is told of them, always in the same order."""
        return tuple(
            tool.spec for tool in (*self.for_items, *self.others) if self.may_change or tool.effect == "read"
        )

    async def call(self, key: str, use: ToolUse) -> str | None:
        """Call a tool for the model.

        Args:
            key: the call's own name.
            use: what the model asks for.

        Returns:
            what came of it, as text; None when the call is left pending.

        Raises:
            RefusedError: with words for the model.

        """
        tool = next((tool for tool in (*self.for_items, *self.others) if tool.name == use.name), None)
        names = ", ".join(spec.name for spec in self.specs)
        if tool is None:
            raise InvalidMessageError(f"there is no tool {use.name}; there are {names}", path="name")
        if not self.may_change and tool.effect == "write":
            raise ForbiddenError(
                f"{use.name} is not allowed here, as you only help: say what should be done; there are {names}"
            )
        tool.check(use.input)
        if tool.function is None:
            return None
        if tool in self.for_items:
            return str(await tool.function(self.visit, use.input, IdempotencyKey(key)))
        return await self.calls.call(tool, tool.function, use.input, key)

    async def results(self, key: str, uses: Sequence[ToolUse]) -> Mapping[str, ToolResult]:
        """Ask for what came of pending calls; by their ids. The run ends until somebody says so."""
        return await results_of(self.calls.run, self.agent, self.calls.step, key, uses)
