"""Answers about single items, lists and numbers of items."""

import re
from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.lists.exact_numbers import exact_sum
from streamd.language._aggregates import aggregate, selection
from streamd.language._answer_wording import counted, described, judged_list, verdict
from streamd.language._grouped_figures import all_grouped, grouped
from streamd.language._lexicon import FieldWord
from streamd.language._predicates import HeadedBy
from streamd.language._quantities import shown
from streamd.language._question import Question
from streamd.language._question_answer import QuestionAnswer
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase
from streamd.language._type_criteria import noun_of
from streamd.language._working_set import SHOWN, WorkingSet

_HAVING: Final = re.compile(r"\b(?:have|has|got|left|stock|carry)\b", re.IGNORECASE)
"""Words that ask for pieces, and not only whether there is such an item."""


def list_items(working: WorkingSet, asked: Question) -> QuestionAnswer:
    """List the items, describe named ones, or say yes or no."""
    if not asked.phrases and not asked.unknown:
        return QuestionAnswer("", "ask")
    question = asked.is_whether
    judged_one = next((one for one in asked.phrases if one.superlative and one.condition), None)
    if question and judged_one is not None:  # the lowest of the low ones, or whether the lowest is low?
        raise NotUnderstoodError(f"I did not understand «{judged_one.surface}»: ask which one it is first.")
    ids, surface = selection(working, asked)
    named = [one for one in asked.phrases if one.names]
    if any(one.count and one.count.value > 1 for one in named):
        return _enough(working, named)
    if question and named and any(one.condition for one in named):
        return _confirmed(working, asked, named)
    if not ids:
        return QuestionAnswer(f"{'No, nothing' if question else 'Nothing'} matches «{surface}».", "show")
    plain = all(one.bare_of_conditions for one in asked.phrases)
    lead = counted(working, ids) + ("" if plain else " matches" if len(ids) == 1 else " match")
    judged = judged_list(working, ids, asked.phrases[0]) if len(asked.phrases) == 1 else ""
    if named and len(ids) <= 3:
        return QuestionAnswer(" ".join(described(working, one) for one in ids), "show", tuple(ids))
    stock = working.lexicon.field("stock")
    pieces = _pieces(working, asked, ids, stock) if question and _HAVING.search(asked.text) else ""
    is_gone = pieces.endswith(" of 0 in all")
    yes = f"{'No' if is_gone else 'Yes'}, " if question else ""
    return QuestionAnswer(f"{yes}{lead}: {judged or working.listed(ids)}{pieces}.", "show", tuple(ids))


def _enough(working: WorkingSet, named: Sequence[NounPhrase]) -> QuestionAnswer:
    """Answer whether there are so many of named items: `do we have 50 hard hats?`."""
    stock = working.lexicon.field("stock")
    worded: list[str] = []
    ids: list[ItemId] = []
    for one in named:
        wanted = one.count.value if one.count else 1
        for item_id in working.meant(attrs.evolve(one, count=None)):
            there = working.fields[item_id].get(stock.get(working.type_of(item_id), ""))
            known = there if isinstance(there, int | float) else 0
            worded.append(
                f"{'Yes' if known >= wanted else 'No'}, {working.name_of(item_id)}: stock {shown(known)}"
            )
            ids.append(item_id)
    surface = ", ".join(one.surface for one in named)
    return QuestionAnswer(f"{'; '.join(worded) or f'No, nothing matches «{surface}»'}.", "show", tuple(ids))


def _confirmed(working: WorkingSet, asked: Question, named: Sequence[NounPhrase]) -> QuestionAnswer:
    """Answer a yes-or-no question about named items, with the fields that decide it."""
    worded: list[str] = []
    ids: list[ItemId] = []
    so = True
    for one in named:
        condition = one.condition or named[-1].condition
        for item_id in working.meant(attrs.evolve(one, condition=None)):
            holds = condition is None or working.meets(item_id, condition)
            so = so and holds
            ids.append(item_id)
            if condition is not None:
                worded.append(verdict(working, item_id, condition, holds=holds))
    lead = f"{'Yes' if so else 'No'}, "
    if any(asked.tokens[at - 1].norm == "or" for at in asked.starts[1:]):  # the facts say which one
        lead = ""
    return QuestionAnswer(f"{lead}{'; '.join(worded)}.", "show", tuple(ids))


def _whereabouts(working: WorkingSet, item_id: ItemId) -> str:
    """Word the status and route of a shipment: `SHIP-001: in transit, from New York NY to Los Angeles CA`."""
    kind, fields = working.type_of(item_id), working.fields[item_id]
    status, origin, goal = (
        fields.get(working.lexicon.field(word).get(kind, "")) for word in ("status", "origin", "destination")
    )
    parts = [str(status)] if status else []
    parts += [f"from {origin} to {goal}"] if origin and goal else []
    return f"{working.name_of(item_id)}: {', '.join(parts)}" if parts else ""


def count_items(working: WorkingSet, asked: Question, text: str) -> QuestionAnswer:
    """Tell the number of items, or that of the pieces of named ones."""
    named = [one for one in asked.phrases if one.names]
    stock = working.lexicon.field("stock")
    if named and (" units" in text or " left" in text or not any(not one.names for one in asked.phrases)):
        return tell_fields(working, asked, asked.fields or [(stock, "stock")])
    if " units" in text or " pieces " in text:
        return aggregate(
            working, attrs.evolve(asked, fields=((stock, "stock"),), words=asked.words | {"total"})
        )
    ids, surface = selection(working, asked)
    if asked.groups:
        ids = ids if asked.phrases else all_grouped(working, asked)
        lead = f"Numbers of {working.nouns(ids)}" if len(ids) > 1 else "Numbers of items"
        return grouped(working, asked, ids, lead, "count", lambda some: f"{len(some):,}")
    if not asked.phrases:
        ids, surface = list(working.fields), "all items"
    if not ids:
        return QuestionAnswer(_named_only(working, asked) or f"0 items match «{surface}».", "count")
    worded = (
        _count_surface(surface, len(ids)) or f"{counted(working, ids)} match{'es' if len(ids) == 1 else ''}"
    )
    pieces = _pieces(working, asked, ids, stock)
    return QuestionAnswer(f"{worded}: {working.listed(ids)}{pieces}.", "count", tuple(ids))


def _named_only(working: WorkingSet, asked: Question) -> str:
    """Word how many there are of a type that has no items but is named in others: suppliers of a stock list. Else empty."""
    kinds = {one.type for one in asked.phrases if one.bare_of_conditions}
    kind = kinds.pop() if len(kinds) == 1 == len(asked.phrases) else ""
    if not kind or working.fields.of_type(kind):
        return ""
    named = dict.fromkeys(
        str(value)
        for declared in working.types
        for field, spec in declared.fields.items()
        if spec.refers_to == kind
        for item_id in working.fields.of_type(declared.name)
        if (value := working.fields[item_id].get(field))
    )
    listed = [*named][:SHOWN]
    more = f" and {len(named) - SHOWN:,} more" if len(named) > SHOWN else ""
    noun = noun_of(working.types, {kind}, 2)
    return (
        f"There are no {noun} of their own here; other items name {len(named):,}: {', '.join(listed)}{more}."
        if named
        else ""
    )


def _pieces(working: WorkingSet, asked: Question, ids: Sequence[ItemId], stock: FieldWord) -> str:
    """Word how many pieces there are, after a noun such as `gloves`, which can mean either."""
    if not any(isinstance(one.condition, HeadedBy) for one in asked.phrases):
        return ""
    numbers = [working.fields[one].get(stock.get(working.type_of(one), "")) for one in ids]
    known = [one for one in numbers if isinstance(one, int | float) and not isinstance(one, bool)]
    return f", with a stock of {shown(exact_sum(known))} in all" if known else ""


def _count_surface(surface: str, count: int) -> str:
    """Put a number before the question's own words where that reads well: `2 items are in Warehouse A`."""
    first, _, rest = surface.partition(" ")
    reads = (
        first.islower()
        and first.endswith("s")
        and rest.split(" ")[0] in ("are", "in", "from", "at", "with", "below", "above")
    )
    return f"{count:,} {surface}" if count != 1 and reads else ""


def tell_fields(
    working: WorkingSet, asked: Question, fields: Sequence[tuple[FieldWord, str]]
) -> QuestionAnswer:
    """Tell the values that items have in fields."""
    ids, surface = selection(working, asked)
    if not ids:
        # A field of no item: `what are our payment terms?`
        return (
            QuestionAnswer(f"Nothing matches «{surface}».", "show") if surface else QuestionAnswer("", "ask")
        )
    kinds = {working.type_of(one) for one in ids} & working.types.declared.keys()
    if kinds and fields[0][1] != "location" and not any(kinds & field.keys() for field, _ in fields):
        raise NotUnderstoodError(
            f"I did not understand «{fields[0][1]}»: {working.nouns(ids)} have no such field."
        )
    parts = []
    for item_id in ids[:20]:
        worded = [one for field, label in fields if (one := _worded_value(working, item_id, field, label))]
        if worded:
            parts.append(f"{working.name_of(item_id)}: {', '.join(worded)}")
        elif len(ids) == 1:
            label = fields[0][1]
            known = _whereabouts(working, item_id) if label == "location" else ""
            parts.append(known or f"{working.name_of(item_id)} has no {label}")
    more = f" and {len(ids) - 20:,} more" if len(ids) > 20 else ""
    none = f"None of them has a {' or '.join(label for _, label in fields)}"
    return QuestionAnswer(f"{'; '.join(parts) or none}{more}.", "show", tuple(ids))


def _worded_value(working: WorkingSet, item_id: ItemId, field: FieldWord, label: str) -> str:
    value = working.fields[item_id].get(field.get(working.type_of(item_id), ""))
    if value is None:
        return ""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{label} {shown(float(str(value))) if number else value}"
