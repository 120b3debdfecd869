"""Aggregates over items that answer questions: totals, stock value, rankings, risks."""

from collections.abc import Sequence

import attrs

from streamd.core.item import ItemId
from streamd.core.lists.exact_numbers import exact_product, exact_sum
from streamd.core.tool_calls import Action
from streamd.language._lexicon import FieldWord
from streamd.language._quantities import shown
from streamd.language._question_parser import Question
from streamd.language._syntax_tree import AnyOf, NotUnderstoodError, NounPhrase, OneOf, conjunction_of
from streamd.language._working_set import WorkingSet


@attrs.frozen
class QuestionAnswer:
    """The answer to one question: its text, the items it is about, and the action it counts as."""

    reply: str
    action: Action
    matched: tuple[ItemId, ...] = ()


def about(working: WorkingSet, asked: Question) -> tuple[ItemId, ...]:
    """The items that a question names or describes; an empty tuple when it names none."""
    ids: list[ItemId] = []
    for one in asked.phrases:
        if not one.pronoun or working.last:
            try:
                ids += working.meant(one)
            except NotUnderstoodError:
                continue
    return tuple(dict.fromkeys(ids))


def selection(working: WorkingSet, asked: Question) -> tuple[list[ItemId], str]:
    """Select the items a question is about, and the text that describes them."""
    if not asked.phrases:
        if asked.unknown:
            raise NotUnderstoodError(f"There is no item «{' '.join(asked.unknown)}».")
        return [], ""
    named = [one for one in asked.phrases if one.names]
    described = [one for one in asked.phrases if not one.names]
    if named and described and described[0].type and not described[0].pronoun:
        suppliers = _supplied_by(working, described[0], named)
        if suppliers is not None:
            return suppliers, f"{described[0].surface} of {named[0].surface}"
    chosen = named or described
    ids: list[ItemId] = []
    for one in chosen:
        ids += working.meant(one)
    return list(dict.fromkeys(ids)), ", ".join(one.surface for one in chosen)


def _supplied_by(working: WorkingSet, kind: NounPhrase, named: Sequence[NounPhrase]) -> list[ItemId] | None:
    """`what items does Global Parts Inc supply`: items in one of whose fields that name stands."""
    names = [
        working.name_of(one)
        for phrase in named
        for one in working.meant(phrase)
        if working.type_of(one) != kind.type
    ]
    fields = [
        spec.name
        for declared in working.types
        for spec in declared.fields.values()
        if declared.name == kind.type and spec.refers_to
    ]
    if not names or not fields:
        return None
    values = AnyOf(tuple(OneOf({(kind.type, field): name}, name) for field in fields for name in names))
    return working.meant(attrs.evolve(kind, condition=conjunction_of(kind.condition, values)))


def aggregate(working: WorkingSet, asked: Question) -> QuestionAnswer:
    """Compute a total or an average, of a field or of stock times price."""
    ids, surface = selection(working, asked)
    if not asked.phrases:
        ids = list(working.fields)
    mean = bool(asked.words & {"average", "mean"})
    fields = [
        (field, words)
        for field, words in asked.fields
        if words.casefold() not in ("value", "total", "worth", "amount")
    ]
    if not fields and not asked.words & {"value", "worth"} and "stock" in asked.words:
        fields = [(working.lexicon.field("stock"), "stock")]
    if fields:
        field, label = fields[0]
        numbers = [_number(working, one, field) for one in ids]
    else:
        field, label = {}, "value"
        numbers = [worth(working, one) for one in ids]
    counted = [number for number in numbers if number is not None]
    if not counted:
        return QuestionAnswer(f"None of the items has a {label} to add up.", "sum", tuple(ids))
    result = exact_sum(counted) / len(counted) if mean else exact_sum(counted)
    left_out = len(
        [
            one
            for one, number in zip(ids, numbers, strict=True)
            if number is None and (not fields or working.type_of(one) in field)
        ]
    )
    note = f" ({left_out:,} without a {label} left out)" if left_out and fields else ""
    money = not fields or label.casefold() in ("cost", "price", "unit cost", "unit price")
    figure = f"{result:,.2f}" if money else shown(round(result, 4))
    of = surface or "all items"
    of = of[len(label) :].strip() if of.casefold().startswith(f"{label.casefold()} ") else f"of {of}"
    return QuestionAnswer(
        f"The {'average' if mean else 'total'} {label.casefold().removeprefix('total ') if not mean else label} {of} is {figure}{note}.",
        "sum",
        tuple(ids),
    )


def _number(working: WorkingSet, item_id: ItemId, field: FieldWord) -> float | None:
    value = working.fields[item_id].get(field.get(working.type_of(item_id), ""))
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def worth(working: WorkingSet, item_id: ItemId) -> float | None:
    """The value of an item: stock times price, or its amount for a type without stock."""
    price, stock = (
        _number(working, item_id, working.lexicon.field("cost")),
        _number(working, item_id, working.lexicon.field("stock")),
    )
    if price is not None and stock is not None:
        return exact_product(price, stock)
    return _number(working, item_id, working.lexicon.field("total amount"))


def risks(working: WorkingSet, asked: Question, supplier_type: str) -> QuestionAnswer:
    """List the suppliers with a high risk level or a low reliability."""
    reliability, level = working.lexicon.field("reliability"), working.lexicon.field("risk level")
    suppliers = [one for one in about(working, asked) if working.type_of(one) == supplier_type] or [
        *working.fields.of_type(supplier_type)
    ]
    parts = []
    for one in suppliers:
        score = _number(working, one, reliability)
        if str(working.fields[one].get(level.get(supplier_type, ""), "")).casefold() in ("high", "critical"):
            parts.append(f"{working.name_of(one)} has a high risk level")
        elif score is not None and score < 50:
            parts.append(f"{working.name_of(one)} has a reliability of only {score:g}")
    reply = (
        f"At risk: {'; '.join(parts[:20])}."
        if parts
        else "No supplier has a high risk level or a reliability below 50."
    )
    return QuestionAnswer(reply, "analyze", tuple(suppliers))


def ranking(working: WorkingSet, asked: Question, supplier_type: str) -> QuestionAnswer:
    """Rank suppliers by reliability, then by delivery time."""
    reliability, delivery = working.lexicon.field("reliability"), working.lexicon.field("delivery time")
    rated = [
        (-score, _number(working, one, delivery) or 0.0, one)
        for one in working.fields.of_type(supplier_type)
        if (score := _number(working, one, reliability)) is not None
    ]
    if not rated:
        return QuestionAnswer("No supplier has a reliability score to compare.", "analyze")
    worst = bool(asked.words & {"worst", "poorly", "badly", "least"})
    rated.sort(key=lambda row: row[:2], reverse=worst)
    first = rated[0]
    others = ", ".join(f"{working.name_of(one)} ({-score:g})" for score, _, one in rated[1:6])
    reply = f"{working.name_of(first[2])} performs {'worst' if worst else 'best'}, with a reliability of {-first[0]:g}"
    return QuestionAnswer(
        f"{reply}; then {others}." if others else f"{reply}.", "analyze", tuple(row[2] for row in rated)
    )


def analysis(working: WorkingSet, asked: Question) -> QuestionAnswer:
    """List the items that are out of stock or low; agents make the full analysis."""
    ids = about(working, asked)
    if not ids and (inventory := working.lexicon.default_type):
        ids = tuple(working.fields.of_type(inventory))
    low = [one for one in ids if _meets(working, one, "low_stock")]
    out = [one for one in low if _meets(working, one, "out_of_stock")]
    parts = [f"Out of stock: {working.listed(out)}."] if out else []
    parts += [f"Low on stock: {working.listed(low)}."] if low else []
    return QuestionAnswer(" ".join(parts), "analyze", ids)


def _meets(working: WorkingSet, item_id: ItemId, criterion: str) -> bool:
    declared = working.types.declared.get(working.type_of(item_id))
    return (
        declared is not None
        and criterion in declared.criteria
        and declared.criteria[criterion].holds(working.fields[item_id])
    )
