"""What was understood of a request, as it is kept: a run that is gone on with does what was decided, and decides nothing anew."""

from collections.abc import Mapping
from typing import Any

import attrs

from streamd.core.item_tools import input_of
from streamd.core.tool_calls import Intent, Need, Preference, Problem, Understanding
from streamd.engine.record.recorded_calls import loaded_call


def dumped_understanding(understanding: Understanding) -> dict[str, object]:
    """As JSON; what is at its default is left out."""
    read = attrs.asdict(
        understanding,
        filter=lambda attribute, value: attribute.name != "calls" and value != attribute.default,
    )
    return {**read, "calls": [input_of(call) for call in understanding.calls]}


def loaded_understanding(read: Mapping[str, Any]) -> Understanding:
    """From what `dumped_understanding` made."""
    intent = dict(read["intent"])
    preference = read.get("preference")
    return Understanding(
        intent=Intent(
            intent["primary_intent"],
            intent["confidence"],
            tuple(intent.get("actions", ())),
            tuple(intent.get("item_types", ())),
        ),
        calls=tuple(loaded_call(tool, given) for tool, given in read["calls"]),
        reply=read.get("reply", ""),
        refusal=read.get("refusal", ""),
        candidates=tuple(read.get("candidates", ())),
        matched=tuple(read.get("matched", ())),
        problems=tuple(Problem(**problem) for problem in read.get("problems", ())),
        preference=None if preference is None else _preference(preference),
        plan=tuple(read.get("plan", ())),
        focus=read.get("focus", ""),
        needs=tuple(Need(**need) for need in read.get("needs", ())),
        periods=read.get("periods"),
        period_days=read.get("period_days"),
    )


def _preference(read: Mapping[str, Any]) -> Preference:
    value = read["value"]
    return Preference(
        read["key"],
        tuple(value) if isinstance(value, list) else value,
        read["text"],
        withdrawn=read.get("withdrawn", False),
    )
