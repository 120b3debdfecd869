"""The scope of a request: whether it calls for an analysis, and which items it is about."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import Item, ItemId
from streamd.core.tool_calls import Action, Understanding
from streamd.ports.agent import Run

_LISTING: Final[frozenset[Action]] = frozenset({"show", "count", "sum"})


def wants_analysis(run: Run) -> bool:
    """Check whether the request asks for the findings; otherwise they are background to a change or an answer."""
    understanding = run.understanding
    actions = set(understanding.intent.actions)
    if understanding.calls or understanding.undoes or understanding.refusal:
        return False
    if understanding.intent.asks_for_analysis or run.request.brings_data:
        return True
    if actions & _LISTING:
        # A request to check something wants more than a list of it.
        return "review" in run.language.topics_of(run.request.user_input)
    # A request that chooses this agent, but that the rules cannot parse, wants its findings.
    return bool(run.request.agent) and "remember" not in actions


def spoken(understanding: Understanding, *, analytic: bool) -> Understanding:
    """Return the understanding with a reply to emit: a description of possible questions is no reply beside an analysis."""
    if analytic and "help" in understanding.intent.actions:
        return attrs.evolve(understanding, reply="")
    return understanding


def focus_of(run: Run, items: Sequence[Item]) -> frozenset[ItemId] | None:
    """Return the items that meet the criterion of the request or the consulting agent; None without one."""
    named = run.request.context.get("focus")
    focus = named if isinstance(named, str) and named else run.understanding.focus
    if not focus:
        return None
    criteria = {
        item_type.name: item_type.criteria[focus] for item_type in run.types if focus in item_type.criteria
    }
    return frozenset(
        item.id for item in items if item.type in criteria and criteria[item.type].holds(item.fields)
    )


def ids_in(rows: Sequence[Mapping[str, object]]) -> list[ItemId]:
    """List the `item_id` of each row that has one."""
    return [ItemId(found) for row in rows if isinstance(found := row.get("item_id"), str)]
