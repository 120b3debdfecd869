"""Tools of the offline model: it calls what its task says, item tools by what the language understood, and tells of it."""

from typing import Final

from streamd.core.item_tools import input_of
from streamd.core.prompt import Prompt, ToolResult, ToolUse
from streamd.core.tasks import CallTools, Operate
from streamd.writing import with_full_stop

_IN_ONE_PARAGRAPH: Final = 3
"""More sentences than this stand on a line each, as nobody reads on through them."""


def tool_uses(prompt: Prompt) -> tuple[ToolUse, ...]:
    """What is to be done now: every call the first time, nothing once there are results, or where the task is another one."""
    match prompt.task:
        case Operate(understanding=understanding):
            named = tuple(map(input_of, understanding.calls))
        case CallTools(calls=calls):
            named = tuple((name, dict(given)) for name, given in calls)
        case _:
            return ()
    if has_results(prompt):
        return ()
    return tuple(
        ToolUse(f"offline_{number}", name, given) for number, (name, given) in enumerate(named, start=1)
    )


def has_results(prompt: Prompt) -> bool:
    """Whether the tools have been used already."""
    return any(isinstance(block, ToolResult) for message in prompt.messages for block in message.blocks)


def results_told(prompt: Prompt, task: CallTools) -> str:
    """What came of the tools, or what was to be said of it; nothing before they are done."""
    if not has_results(prompt):
        return ""
    return task.reply or "\n".join(
        block.content for block in prompt.messages[-1].blocks if isinstance(block, ToolResult)
    )


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
