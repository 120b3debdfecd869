"""Checked calls: a model's call of a tool whose input the tool takes."""

from streamd.core.prompt import ToolUse
from streamd.facts import frozen
from streamd.ports.tool import Tool, ToolArguments


@frozen(eq=False)
class CheckedCall:
    """One call of a tool."""

    key: str
    """The call's own name in the run: `work#1:t0:c1`."""
    use: ToolUse
    tool: Tool
    arguments: ToolArguments
    """The input as the tool reads it."""
    is_of_items: bool
    """Whether the tool is one of those for items, which the engine itself has."""

    @property
    def runs_alone(self) -> bool:
        """Whether no other call of its turn runs at the same time."""
        return self.tool.runs_alone or (self.is_of_items and self.tool.effect == "write")
