"""Operating on items: the calls that the rules of the language found, asked for as tools."""

from streamd.core.item_tools import input_of
from streamd.core.prompt import Prompt, ToolResult, ToolUse
from streamd.core.tasks import Operate


def tool_uses(prompt: Prompt) -> tuple[ToolUse, ...]:
    """What is to be done now: every call the first time, nothing once there are results, or where the task is another one."""
    if not isinstance(prompt.task, Operate) or has_results(prompt):
        return ()
    named = (input_of(call) for call in prompt.task.understanding.calls)
    return tuple(
        ToolUse(f"offline_{number}", name, given) for number, (name, given) in enumerate(named, start=1)
    )


def has_results(prompt: Prompt) -> bool:
    """Whether the tools have been used already."""
    return any(isinstance(block, ToolResult) for message in prompt.messages for block in message.blocks)
