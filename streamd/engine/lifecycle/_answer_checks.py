"""Checks of answers, before they use up their questions."""

from collections.abc import Mapping

from streamd.core.json.json_schemas import check_value_by, validator_of
from streamd.core.thread import Interrupt, InterruptAnswer
from streamd.engine.lifecycle._state_values import check_values
from streamd.errors import InvalidMessageError
from streamd.ports.agent import Agent

_NAMED_AT_MOST = 10


def check_answer(interrupt: Interrupt, answer: InterruptAnswer, agent: Agent | None) -> None:
    """Refuse an answer with which its run could not go on as it says.

    Args:
        interrupt: the question.
        answer: the answer to it.
        agent: the agent whose graph it is; None where it is not installed any more.

    Raises:
        InvalidMessageError: with the path of what is wrong.

    """
    if answer.decision == "reject":
        return
    if answer.decision == "edit" and answer.value is None:
        raise InvalidMessageError("to edit, say what it should be in value", path="value")
    if interrupt.reason == "tool_call" and answer.value is None:
        raise InvalidMessageError(
            'to answer calls of tools, say in value what came of each: {"results": {"<tool_call_id>": {"output": …}}}',
            path="value",
        )
    # To approve without a value is to approve what the question proposes; one that proposes nothing asks for it.
    is_asked_for = interrupt.reason == "input_required" or interrupt.value is None
    if interrupt.response_schema is not None and (answer.value is not None or is_asked_for):
        check_value_by(validator_of(interrupt.response_schema, "the question"), answer.value, "value")
    if interrupt.reason == "breakpoint" and isinstance(answer.value, Mapping):
        check_values(agent, answer.value, "value")
    _check_offered(interrupt, answer)


def _check_offered(interrupt: Interrupt, answer: InterruptAnswer) -> None:
    """Refuse items that the question does not name."""
    proposed, given = interrupt.value, answer.value
    if not isinstance(proposed, Mapping) or not isinstance(given, Mapping):
        return
    offered, chosen = proposed.get("items"), given.get("item_ids")
    if proposed.get("tool") != "remove_items" or not isinstance(offered, Mapping) or not chosen:
        return
    unknown = {one: index for index, one in enumerate(chosen) if one not in offered}
    if unknown:
        named = ", ".join(map(str, list(unknown)[:_NAMED_AT_MOST]))
        raise InvalidMessageError(
            f"the question is not about {named}; its value lists the items that may be chosen",
            path=f"value.item_ids[{min(unknown.values())}]",
        )
