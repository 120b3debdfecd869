"""Operating on items: what was found out is told, the calls that the rules of the language found are asked for as tools."""

from typing import Final

from streamd.core.item_tools import input_of
from streamd.core.prompt import Prompt, ToolResult, ToolUse
from streamd.core.tasks import Operate
from streamd.writing import with_full_stop

_IN_ONE_PARAGRAPH: Final = 3
"""More sentences than this stand on a line each, as nobody reads on through them."""


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


def words_of(prompt: Prompt, task: Operate) -> str:
    """What is said in this turn: findings before anything is done, the reply afterwards.

    Where nothing is to be done the reply comes first: it is the answer, and the findings say more.
    """
    understanding = task.understanding
    if has_results(prompt):
        return understanding.refusal or understanding.reply
    found = _told(task.findings)
    if understanding.calls:
        return found
    return understanding.refusal or "\n\n".join(filter(None, (understanding.reply, found)))


def _told(findings: tuple[str, ...]) -> str:
    sentences = [with_full_stop(finding) for finding in findings if finding.strip()]
    is_list = len(sentences) > _IN_ONE_PARAGRAPH or any(one.startswith("- ") for one in sentences)
    return ("\n" if is_list else " ").join(sentences)
