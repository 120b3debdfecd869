"""Refuses conditions with a criterion that the items' type does not declare, such as `low projects`."""

from collections.abc import Collection, Iterator
from collections.abc import Set as AbstractSet

from streamd.core.item_type import ItemTypes
from streamd.language._predicates import AllOf, AnyOf, MeetsCriterion, Not, Predicate
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.text.letter_case import capitalised
from streamd.text.plurals import plural_of


def criteria_in(condition: Predicate | None) -> Iterator[MeetsCriterion]:
    """Iterate over the criteria in a condition, in any depth."""
    match condition:
        case AllOf(of=parts) | AnyOf(of=parts):
            for part in parts:
                yield from criteria_in(part)
        case Not(of=inner):
            yield from criteria_in(inner)
        case MeetsCriterion():
            yield condition
        case _:
            pass


def check_criteria(types: ItemTypes, kinds: Collection[str], condition: Predicate) -> None:
    """Raise NotUnderstoodError for a criterion that none of these types has: that no item meets it would say otherwise."""
    lacking = next((one for one in criteria_in(condition) if one.criteria.keys().isdisjoint(kinds)), None)
    if lacking is None or not kinds:
        return
    declared = types.get(min(kinds))
    known = ", ".join(declared.criteria).replace("_", " ")
    raise NotUnderstoodError(
        f"{capitalised(plural_of(declared.title or declared.name))} have no «{lacking.surface}»"
        f"; {f'they can be {known}' if known else 'compare one of their fields'}, so nothing was changed."
    )


def noun_of(types: ItemTypes, kinds: AbstractSet[str], number: int) -> str:
    """The noun for so many items of these types: `suppliers`, `inventory item`, or `items` of several types."""
    declared = types.declared.get(min(kinds)) if len(kinds) == 1 else None
    noun = (declared.title or declared.name) if declared else min(kinds) if len(kinds) == 1 else "item"
    return noun if number == 1 else plural_of(noun)
