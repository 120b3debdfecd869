"""Pending tools: calls that the tool's client executes. The run ends with them open, and resumes with the results."""

from collections.abc import Mapping
from typing import Final

import orjson

from streamd.core.prompt import ToolResult, ToolUse
from streamd.engine.live import LiveRun, ask

_RESULT: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {"output": {}, "error": {"type": "string"}},
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
"""The schema of one call's result: its output as text or JSON, or an error."""


async def results_of(
    run: LiveRun, agent: str, step: str, key: str, calls: Mapping[str, ToolUse]
) -> Mapping[str, ToolResult]:
    """Return the clients' results of these calls by their `tool_call_id`; without results the run ends here.

    Args:
        run: the run that calls.
        agent: the agent that calls.
        step: the step that is resumed with the results.
        key: the name of the interrupt: one turn's open calls are one interrupt.
        calls: by their `tool_call_id`, in the order in which the model asked for them.

    """
    answer = await ask(
        run, agent, step, key, run.wording.ask_for_results([call.name for call in calls.values()]),
        reason="tool_call",
        schema={
            "type": "object",
            "properties": {
                "results": {
                    "type": "object",
                    "properties": dict.fromkeys(calls, _RESULT),
                    "required": list(calls),
                    "additionalProperties": False,
                }
            },
            "required": ["results"],
        },
        value={
            "calls": [
                {"tool_call_id": call_id, "name": call.name, "input": call.input}
                for call_id, call in calls.items()
            ]
        },
    )  # fmt: skip
    results = answer.value.get("results") if isinstance(answer.value, Mapping) else None
    answered = results if isinstance(results, Mapping) else {}
    return {call_id: _result(call.tool_use_id, answered.get(call_id)) for call_id, call in calls.items()}


def _result(tool_use_id: str, answered: object) -> ToolResult:
    if not isinstance(answered, Mapping):
        return ToolResult(tool_use_id, "nobody said what came of it", is_error=True)
    if "error" in answered:
        return ToolResult(tool_use_id, str(answered["error"]), is_error=True)
    output = answered.get("output")
    return ToolResult(tool_use_id, output if isinstance(output, str) else orjson.dumps(output).decode())
