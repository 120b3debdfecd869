"""Words answers about items: descriptions, counts, verdicts on conditions, and reasons for removals."""

from collections.abc import Mapping
from typing import Final

from streamd.core.item import ItemId
from streamd.language._compared_fields import compared_fields
from streamd.language._predicates import AllOf, AnyOf, MeetsCriterion, Not, Predicate
from streamd.language._quantities import shown
from streamd.language._syntax_tree import NounPhrase
from streamd.language._working_set import WorkingSet

_STATES: Final[Mapping[str, str]] = {"low_stock": "low on stock"}
_FEW: Final = 5
_LEADING: Final = ("that are ", "which are ", "that is ", "which is ", "that have ", "which have ", "that has ", "who are ", "whose ",
                   "with a ", "with an ", "with the ", "with ", "having ", "from ", "that ", "which ", "who ", "where ", "the ")  # fmt: skip


def counted(working: WorkingSet, ids: list[ItemId]) -> str:
    """Count items with the noun of their type: `2 items`, `1 supplier`."""
    nouns = working.nouns(ids) if ids else "items"
    return f"{len(ids):,} {nouns.replace('inventory item', 'item')}"


def described(working: WorkingSet, item_id: ItemId) -> str:
    """Describe an item with all its fields: `Product A (inventory): current stock 150, …`."""
    fields = working.fields[item_id]
    parts = [
        f"{field.replace('_', ' ')} {shown(value) if isinstance(value, int | float) and not isinstance(value, bool) else value}"
        for field, value in fields.items()
        if field not in ("type", "name")
    ]
    return (
        f"{working.name_of(item_id)} ({working.type_of(item_id)}): {', '.join(parts) or 'no further fields'}."
    )


def verdict(working: WorkingSet, item_id: ItemId, condition: Predicate, *, holds: bool) -> str:
    """Word whether a condition holds for an item, with the fields it looks at: `No, Product C is out of stock (current stock 0)`."""
    name = working.name_of(item_id)
    facts = _facts(working, item_id, condition)
    meets = _single_criterion(condition)
    if meets is None:
        return f"{name}: {facts}" if facts else name
    criterion = meets.criteria.get(working.type_of(item_id), "")
    is_negated = isinstance(condition, Not)
    state = _STATES.get(criterion, criterion.replace("_", " "))
    worded = f"{name} is {state}" if holds != is_negated else f"{name} is not {state}"
    if criterion == "in_stock" and holds == is_negated:
        worded = f"{name} is out of stock"
    return f"{worded} ({facts})" if facts else worded


def judged_list(working: WorkingSet, ids: list[ItemId], phrase: NounPhrase) -> str:
    """List a few items with the fields that a criterion compares: `Product B (current stock 25, reorder point 40)`."""
    condition = phrase.condition
    if phrase.names or not isinstance(condition, MeetsCriterion) or len(ids) > _FEW:
        return ""
    worded = [(working.name_of(one), _facts(working, one, condition)) for one in ids]
    return ", ".join(f"{name} ({facts})" if facts else name for name, facts in worded)


def _single_criterion(condition: Predicate) -> MeetsCriterion | None:
    if isinstance(condition, Not):
        return _single_criterion(condition.of)
    return condition if isinstance(condition, MeetsCriterion) else None


def _facts(working: WorkingSet, item_id: ItemId, condition: Predicate) -> str:
    worded = []
    for field in dict.fromkeys(compared_fields(working.types, working.type_of(item_id), condition)):
        value = working.fields[item_id].get(field)
        if isinstance(value, int | float) and not isinstance(value, bool):
            worded.append(f"{field.replace('_', ' ')} {shown(value)}")
        elif value not in (None, ""):
            worded.append(f"{field.replace('_', ' ')} {value}")
        else:
            worded.append(f"no {field.replace('_', ' ')}")
    return ", ".join(worded)


def reason_of(target: NounPhrase) -> str:
    """Word the reason of a removal: `stock less than 100, in Warehouse B`."""
    if target.names or target.pronoun:
        return "requested by name"
    if target.condition:
        return _plainly(target.condition)
    return (target.superlative.surface if target.superlative else "") or target.surface or "requested"


def _plainly(condition: Predicate) -> str:
    if isinstance(condition, AllOf):
        return ", ".join(dict.fromkeys(_plainly(part) for part in condition.of))
    if isinstance(condition, AnyOf):
        return " or ".join(dict.fromkeys(_plainly(part) for part in condition.of))
    surface = condition.surface.strip()
    for leading in _LEADING:
        if surface.casefold().startswith(leading) and not (
            leading == "from " and " supplier " not in f" {surface} "
        ):
            return surface[len(leading) :]
    return surface
