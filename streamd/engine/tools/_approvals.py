"""Approval of calls: a person is asked before a tool is called, may change its arguments, and is obeyed after every restart."""

import re
from collections.abc import Mapping
from typing import Final, cast

import attrs
import orjson
import structlog

from streamd.core.values import equal
from streamd.engine.live import LiveRun, ask, asked_before
from streamd.engine.tools._checked_call import CheckedCall
from streamd.facts import frozen
from streamd.ids import derived_id

log = structlog.get_logger(__name__)

_SHOWN_CHARACTERS: Final = 200
"""Of one argument in the question; its `value` has all of it."""
_SHOWN_ARGUMENTS: Final = 10
_BREAKS: Final = re.compile("[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Characters that JSON lets stand, and that break a line or turn its direction."""


async def asks(run: LiveRun, call: CheckedCall) -> bool:
    """Whether a person is asked about a call; once asked, always, whatever the tool's function says now."""
    needs = call.tool.needs_approval
    if needs is False:
        return False
    if await asked_before(run, _question(call)) is not None:
        return True
    if await run.replay.result(call.key) is not None:
        return False
    if not callable(needs):
        return needs
    try:
        return bool(needs(call.arguments))
    except Exception:
        log.exception("needs_approval_failed", run=run.record.run_id, tool=call.tool.name, call=call.key)
        return True


@frozen(eq=False)
class CallApproval:
    """A person's answer about a call."""

    call: CheckedCall | None
    """The call to execute; None: it was rejected."""
    note: str = ""
    """What the model is told of it."""


async def approval(run: LiveRun, agent: str, step: str, call: CheckedCall) -> CallApproval:
    """Return a person's answer about a call; without one the run ends here.

    Raises:
        RefusedError: with a message for the model: a person gave arguments that the tool does not take.

    """
    shown = _with_defaults(call)
    names = list(shown)[:_SHOWN_ARGUMENTS]
    answer = await ask(
        run, agent, step, _question(call),
        run.wording.ask_to_call(call.tool.name, {one: _text(shown[one]) for one in names}, len(shown) - len(names)),
        reason="tool_approval",
        schema=call.tool.input_schema,
        value={"tool": call.tool.name, "tool_call_id": derived_id("call", run.replay.scope, call.key), "arguments": shown},
    )  # fmt: skip
    asked = await asked_before(run, _question(call))
    by = (asked.answered_by if asked is not None else "") or "somebody"
    if answer.decision == "reject":
        if run.model.is_offline:
            return CallApproval(None, run.wording.answer_refused(by))
        why = f", saying {_text(answer.value)}" if isinstance(answer.value, str) and answer.value else ""
        return CallApproval(
            None,
            f"{by} was asked and rejected this call of {call.tool.name}{why}; it was not executed: go on without it, and say so",
        )
    if not isinstance(answer.value, Mapping) or equal(answer.value, shown):
        return CallApproval(call)
    given = cast("Mapping[str, object]", answer.value)
    changed = attrs.evolve(call, arguments=call.tool.read(given))
    note = f"{by} changed the arguments to {orjson.dumps(dict(given)).decode()}. The result: "
    return CallApproval(changed, "" if run.model.is_offline else note)


def _question(call: CheckedCall) -> str:
    return f"{call.key}:approval"


def _with_defaults(call: CheckedCall) -> dict[str, object]:
    """Return the input of a call with the defaults that its schema tells, in the order of the schema."""
    properties = cast("Mapping[str, Mapping[str, object]]", call.tool.input_schema.get("properties") or {})
    given = call.use.input
    known = {
        name: one.get("default") for name, one in properties.items() if name in given or "default" in one
    }
    return {**known, **given}


def _text(value: object) -> str:
    """Return a value as JSON on one line, cut where it is long."""
    text = _BREAKS.sub(lambda found: f"\\u{ord(found[0]):04x}", orjson.dumps(value).decode())
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
