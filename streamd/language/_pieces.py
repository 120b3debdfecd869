"""Refuses orders that say something else than they would do: `1 Pallet Jack` of nine, `increase to 30` of 40."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet

from streamd.core.item import ItemId
from streamd.core.tool_calls import ItemEdit
from streamd.core.values import Value
from streamd.language._imperatives import VERBS
from streamd.language._lexicon import Lexicon
from streamd.language._request_items import RequestItems
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase


def check_pieces(lexicon: Lexicon, items: RequestItems, phrase: NounPhrase, found: Sequence[ItemId]) -> None:
    """Raise where a noun phrase gives a number of pieces of an item that has a stock."""
    if phrase.count is None or not phrase.names or phrase.type or phrase.superlative:
        return
    stock = lexicon.field("stock")
    pieces = [one for one in found if stock.get(items.type_of(one)) in items[one]]
    if pieces:
        name = str(items[pieces[0]].get("name") or pieces[0])
        raise NotUnderstoodError(
            f"«{phrase.surface}» are pieces of {name}: say «reduce the stock of {name} by {phrase.count.value:g}», or name {name} "
            "without a number for the whole item. Nothing was changed.",
            tuple(pieces),
        )


def check_one_type(phrase: NounPhrase, kinds: AbstractSet[str]) -> None:
    """Refuse `everything bought from Volta` or `everything but Volta` where it can be of several types, such as orders."""
    if phrase.everything and not phrase.type and len(kinds) > 1:
        raise NotUnderstoodError(
            f"«{phrase.surface}» could be of several types: {', '.join(sorted(kinds))}. Say which. Nothing was changed."
        )


def check_exception(spared_nothing: str, surface: str) -> None:
    """Refuse an exception that leaves out nothing: it was meant to."""
    if spared_nothing:
        raise NotUnderstoodError(
            f"«{spared_nothing}» is none of «{surface}», so that the exception leaves out nothing. Nothing was changed."
        )


def check_direction(
    verb: str, edits: Sequence[ItemEdit], before: Mapping[ItemId, Mapping[str, Value]]
) -> None:
    """Refuse to `increase` to a number below the present one, or to `reduce` to one above it."""
    kinds = VERBS.get(verb, frozenset()) & {"raise", "lower"}
    for edit in edits if len(kinds) == 1 else ():
        for field, value in edit.set.items():
            now = before[edit.item_id].get(field)
            if not isinstance(now, int | float) or not isinstance(value, int | float):
                continue
            if (value < now and "raise" in kinds) or (value > now and "lower" in kinds):
                raise NotUnderstoodError(
                    f"«{verb}» does not go from {now:g} to {value:g}: say «set» if that is meant. Nothing was changed."
                )
