"""Pending tools: calls that are left to whoever brought the tool. The run ends with them open, and resumes with the results."""

from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from streamd.core.prompt import ToolResult, ToolUse
from streamd.engine.live import LiveRun
from streamd.engine.steps._human_input import ask

_RESULT: Final[Mapping[str, object]] = {
    "type": "object",
    "properties": {"output": {}, "error": {"type": "string"}},
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
"""Of one call: what came of it, as text or JSON, or why nothing did."""


async def results_of(
    run: LiveRun, agent: str, step: str, key: str, calls: Sequence[ToolUse]
) -> Mapping[str, ToolResult]:
    """What somebody answered that came of these calls, by the calls' ids. Otherwise the run ends here.

    Args:
        run: whose calls they are.
        agent: which agent of it.
        step: the step that is resumed with the results.
        key: the name of all of them together: one turn's open calls are one interrupt.
        calls: in the order in which the model asked for them.

    """
    ids = list(dict.fromkeys(call.tool_use_id for call in calls))
    answer = await ask(
        run, agent, step, key, run.wording.ask_for_results([call.name for call in calls]),
        reason="tool_call",
        schema={
            "type": "object",
            "properties": {
                "results": {
                    "type": "object",
                    "properties": dict.fromkeys(ids, _RESULT),
                    "required": ids,
                    "additionalProperties": False,
                }
            },
            "required": ["results"],
        },
        value={
            "calls": [
                {"tool_call_id": call.tool_use_id, "name": call.name, "input": call.input} for call in calls
            ]
        },
    )  # fmt: skip
    results = answer.value.get("results") if isinstance(answer.value, Mapping) else None
    given = results if isinstance(results, Mapping) else {}
    return {one: _result(one, given.get(one)) for one in ids}


def _result(tool_use_id: str, given: object) -> ToolResult:
    if not isinstance(given, Mapping):
        return ToolResult(tool_use_id, "nobody said what came of it", is_error=True)
    if "error" in given:
        return ToolResult(tool_use_id, str(given["error"]), is_error=True)
    output = given.get("output")
    return ToolResult(tool_use_id, output if isinstance(output, str) else orjson.dumps(output).decode())
