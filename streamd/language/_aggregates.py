"""Aggregates over items that answer questions: totals, stock value, rankings, risks."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

import attrs

from streamd.core.item import ItemId
from streamd.core.lists.exact_numbers import exact_product, exact_sum
from streamd.language._grouped_figures import all_grouped, grouped
from streamd.language._lexicon import FieldWord
from streamd.language._predicates import AllOf, AnyOf, MeetsCriterion, OneOf, Predicate, conjunction_of
from streamd.language._quantities import shown
from streamd.language._question import Question
from streamd.language._question_answer import QuestionAnswer
from streamd.language._question_words import JOINING
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase
from streamd.language._working_set import WorkingSet


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
    """Select the items a question is about, and the text that describes them. Raises where its parts do not go together."""
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
    chosen = _together(asked)
    ids: list[ItemId] = []
    for one in chosen:
        ids += working.meant(one)
    kinds = {working.type_of(one) for one in ids}
    for one in asked.phrases:
        if kinds and one not in chosen and one.type and not one.generic and one.type not in kinds:
            raise _unrelated(chosen[0], one)
    return list(dict.fromkeys(ids)), ", ".join(one.surface for one in chosen)


def _together(asked: Question) -> list[NounPhrase]:
    """The phrases whose items are asked about: those joined by `and`, or the one that says more than that it is about items."""
    is_joined = all(at and asked.tokens[at - 1].norm in JOINING for at in asked.starts[1:])
    if is_joined:
        return list(asked.phrases)
    telling = [one for one in asked.phrases if not one.bare_of_conditions or one.pronoun] or [
        *asked.phrases[:1]
    ]
    others = [one for one in asked.phrases if one.bare_of_conditions and one.type != telling[0].type]
    if len(telling) == 1 and telling[0].type and others:
        telling = [others[0], *telling]
    if len(telling) > 1:
        raise _unrelated(telling[1], telling[0])
    return telling


def _unrelated(one: NounPhrase, other: NounPhrase) -> NotUnderstoodError:
    return NotUnderstoodError(
        f"I do not see how «{one.surface}» goes with «{other.surface}»: ask for one after the other."
    )


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
    """Compute a total or an average, of a field or of stock times price, of all items or of each group."""
    ids, surface = selection(working, asked)
    if not asked.phrases:
        ids = all_grouped(working, asked) if asked.groups else list(working.fields)
    mean = bool(asked.words & {"average", "mean"})
    fields = [
        (field, words)
        for field, words in asked.fields
        if words.casefold() not in ("value", "total", "worth", "amount")
    ]
    if len(fields) > 1:
        raise NotUnderstoodError(f"Ask for one figure at a time: «{fields[0][1]}» or «{fields[1][1]}».")
    if not fields and not asked.words & {"value", "worth"} and "stock" in asked.words:
        fields = [(working.lexicon.field("stock"), "stock")]
    if (
        not fields
        and not asked.words & {"value", "worth"}
        and any(not one.bare_of_conditions for one in asked.phrases)
    ):
        raise NotUnderstoodError("Which figure do you mean: the stock, the value, the price? Name it.")
    field, label = fields[0] if fields else ({}, "value")

    summed = {working.type_of(one) for one in ids if not fields and worth(working, one) is not None}
    if len(summed) > 1:
        raise NotUnderstoodError(
            f"I did not understand «{surface or 'everything'}»: values of {' and '.join(sorted(summed))} do not add up; ask for one of them."
        )

    def figures(some: Sequence[ItemId]) -> list[float]:
        found = [_number(working, one, field) if fields else worth(working, one) for one in some]
        return [number for number in found if number is not None]

    def figure(some: Sequence[ItemId]) -> str:
        numbers = figures(some)
        if not numbers:
            return "none"
        result = exact_sum(numbers) / len(numbers) if mean else exact_sum(numbers)
        is_money = not fields or label.casefold() in ("cost", "price", "unit cost", "unit price")
        return _money(Decimal(str(result))) if is_money else shown(round(result, 4))

    what = f"{'average' if mean else 'total'} {label if mean else label.casefold().removeprefix('total ')}"
    if asked.groups:
        return grouped(working, asked, ids, f"The {what}", "sum", figure)
    able = [one for one in ids if not fields or working.type_of(one) in field]
    if not figures(ids):
        return QuestionAnswer(f"None of the items has a {label} to add up.", "sum", tuple(ids))
    left_out = len(able) - len(figures(able))
    note = f" ({left_out:,} without a {label} left out)" if left_out and fields else ""
    of = surface if surface and surface.casefold() != label.casefold() else "all items"
    of = (
        of[len(label) :].strip()
        if of.casefold().startswith(f"{label.casefold()} ")
        else f"of {of.removeprefix('of ')}"
    )
    return QuestionAnswer(f"The {what} {of} is {figure(ids)}{note}.", "sum", tuple(ids))


def _money(amount: Decimal) -> str:
    """In cents; in four digits where cents are too coarse, as for the mean of cheap parts."""
    cents = amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
    if abs(cents - amount) <= abs(amount) / 200:
        return f"{cents:,}"
    digits = amount.quantize(Decimal(1).scaleb(amount.adjusted() - 3), ROUND_HALF_UP).normalize()
    return f"{digits:,f}"


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
    suppliers, every = _suppliers(working, asked, supplier_type), len(working.fields.of_type(supplier_type))
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
        else f"{'None of them' if len(suppliers) < every else 'No supplier'} has a high risk level or a reliability below 50."
    )
    return QuestionAnswer(reply, "analyze", tuple(suppliers))


def _suppliers(working: WorkingSet, asked: Question, supplier_type: str) -> list[ItemId]:
    """The suppliers that a question is about: those named, else those that meet its conditions."""
    named = [one for phrase in asked.phrases for name in phrase.names for one in name.ids]
    conditions = [met for one in asked.phrases if (met := _without_risk(one.condition)) is not None]
    known = working.fields.of_type(supplier_type)
    chosen = [
        one for one in named if one in working.fields and working.type_of(one) == supplier_type
    ] or known
    return [one for one in chosen if all(working.meets(one, condition) for condition in conditions)]


def _without_risk(condition: Predicate | None) -> Predicate | None:
    """A condition without its part about risks, which the answer is about."""
    match condition:
        case AllOf(of=parts):
            return conjunction_of(*(_without_risk(part) for part in parts))
        case MeetsCriterion(surface=surface) if "risk" in surface.casefold():
            return None
        case _:
            return condition


def ranking(working: WorkingSet, asked: Question, supplier_type: str) -> QuestionAnswer:
    """Rank suppliers by reliability, then by delivery time."""
    reliability, delivery = working.lexicon.field("reliability"), working.lexicon.field("delivery time")
    rated = [
        (-score, _number(working, one, delivery) or 0.0, one)
        for one in _suppliers(working, asked, supplier_type)
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
    named = tuple(attrs.evolve(one, condition=None) if one.names else one for one in asked.phrases)
    ids = about(working, attrs.evolve(asked, phrases=named))
    narrow = [one for one in named if one.names or isinstance(one.condition, AllOf)]
    if not ids and narrow:
        return QuestionAnswer(f"Nothing matches «{narrow[0].surface}».", "show")
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
