"""Tool calls of the offline model: those of the task, and the texts before and after them."""

from typing import Final

from streamd.core.item_tools import UNDO, tool_input
from streamd.core.prompt import Prompt, ToolResult, ToolUse
from streamd.core.tasks import CallTools, Operate
from streamd.text.full_stops import with_full_stop

_IN_ONE_PARAGRAPH: Final = 3
"""More sentences than this are listed on a line each."""


def tool_uses(prompt: Prompt) -> tuple[ToolUse, ...]:
    """The tool calls of this turn: all of the task's, none once there are results."""
    match prompt.task:
        case Operate(understanding=understanding):
            named = tuple(map(tool_input, understanding.calls))
            named += ((UNDO, {}),) if understanding.undoes else ()
        case CallTools(calls=calls):
            named = tuple((name, dict(arguments)) for name, arguments in calls)
        case _:
            return ()
    if has_results(prompt):
        return ()
    return tuple(
        ToolUse(f"offline_{number}", name, arguments)
        for number, (name, arguments) in enumerate(named, start=1)
    )


def has_results(prompt: Prompt) -> bool:
    """Whether the prompt contains results of tool calls."""
    return any(isinstance(block, ToolResult) for message in prompt.messages for block in message.blocks)


def results_text(prompt: Prompt, task: CallTools) -> str:
    """The text after the tool calls: what came to nothing, else the task's reply or their results; empty before them."""
    if not has_results(prompt):
        return ""
    results = [block for block in prompt.messages[-1].blocks if isinstance(block, ToolResult)]
    errors = [one.content for one in results if one.is_error]
    return "\n".join(errors) or task.reply or "\n".join(one.content for one in results)


def operation_text(prompt: Prompt, task: Operate) -> str:
    """The text of this turn: the findings before the tool calls, the reply after them.

    Without calls the reply comes first: it is the answer, and the findings add details.
    """
    understanding = task.understanding
    if has_results(prompt):
        return understanding.refusal or understanding.reply
    findings = _in_sentences(task.findings)
    if understanding.calls:
        return findings
    return understanding.refusal or "\n\n".join(filter(None, (understanding.reply, findings)))


def _in_sentences(findings: tuple[str, ...]) -> str:
    sentences = [with_full_stop(finding) for finding in findings if finding.strip()]
    is_list = len(sentences) > _IN_ONE_PARAGRAPH or any(one.startswith("- ") for one in sentences)
    return ("\n" if is_list else " ").join(sentences)
