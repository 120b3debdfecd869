"""Answers to questions, computed from the items. Nothing here changes anything."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.language.lexicon import FieldWord
from streamd.core.language.numbers import shown
from streamd.core.language.phrases import Among, Either, NotUnderstoodError, Phrase, meeting
from streamd.core.language.questions import Question
from streamd.core.language.wordlist import words
from streamd.core.language.workspace import Workspace
from streamd.core.tool_calls import Action

FORECAST_WORDS: Final = words(
    "forecast forecasts forecasting predict prediction predictions predicted projection projections "
    "trend trends seasonal seasonality outlook extrapolate anticipate demand demands anomaly anomalies "
    "seasons predicting"
)
_ANALYSIS_WORDS: Final = words(
    "analyze analyse analysis assess assessment evaluate evaluation performance perform performs "
    "performing abc turnover risk risks optimize optimise recommend recommendation recommendations "
    "health stockout stockouts audit review rank ranking compare comparison insights procurement "
    "procure tco reordering strategy mitigation analytics mitigate"
)
_HELP_WORDS: Final = ("what can you do", "how do i", "help", "who are you", "what are you", "how does this work", "what do you do",
                      "how can you help", "how can i", "what can i", "your capabilities", "how to", "commands", "what are your",
                      "what else can", "how do you", "what can i ask", "what you can do", "how should i")  # fmt: skip


@attrs.frozen
class Answer:
    """Words, the items they are about, and what kind of question it was."""

    reply: str
    action: Action
    matched: tuple[ItemId, ...] = ()


def answer(space: Workspace, asked: Question) -> Answer:
    """The answer to a question."""
    text = f" {' '.join(asked.text.casefold().split())} "
    if any(f" {words} " in text.replace("?", " ") for words in _HELP_WORDS) and "how many" not in text:
        return Answer(help_text(space), "help")
    if asked.words & FORECAST_WORDS and not _is_field_value(asked):
        return Answer("", "forecast", _about(space, asked))
    try:
        return _measured(space, asked, text)
    except NotUnderstoodError as error:
        return Answer(
            error.message.replace(" so nothing was changed", "").replace(" Nothing was changed.", ""),
            "show",
            error.candidates,
        )


def _is_field_value(asked: Question) -> bool:
    return (
        bool(asked.words & {"average"})
        and bool(asked.fields)
        and not asked.words & {"forecast", "predict", "trend"}
    )


def help_text(space: Workspace) -> str:
    """What can be asked for, with the item types there are."""
    types = ", ".join(declared.title or declared.name for declared in space.types)
    return (
        "I can add, change, remove, list and count items, and I can analyse stock and suppliers and forecast demand. "
        f"Item types: {types}. For example: «Add 5 inventory items», «Remove all low stock items», "
        "«Set the stock of Product B to 80», «Show the suppliers with reliability below 50»."
    )


def _about(space: Workspace, asked: Question) -> tuple[ItemId, ...]:
    """The items named or described; nothing in particular when none is."""
    ids: list[ItemId] = []
    for one in asked.phrases:
        if not one.pronoun or space.last:
            try:
                ids += space.meant(one)
            except NotUnderstoodError:
                continue
    return tuple(dict.fromkeys(ids))


def _selection(space: Workspace, asked: Question) -> tuple[list[ItemId], str]:
    """The items asked about: what names and descriptions have in common when they describe one thing."""
    if not asked.phrases:
        if asked.unknown:
            raise NotUnderstoodError(f"There is no item «{' '.join(asked.unknown)}».")
        return [], ""
    named = [one for one in asked.phrases if one.names]
    described = [one for one in asked.phrases if not one.names]
    if named and described and described[0].type and not described[0].pronoun:
        suppliers = _supplied_by(space, described[0], named)
        if suppliers is not None:
            return suppliers, f"{described[0].said} of {named[0].said}"
    chosen = named or described
    ids: list[ItemId] = []
    for one in chosen:
        ids += space.meant(one)
    return list(dict.fromkeys(ids)), ", ".join(one.said for one in chosen)


def _supplied_by(space: Workspace, kind: Phrase, named: Sequence[Phrase]) -> list[ItemId] | None:
    """`what items does Global Parts Inc supply`: items in one of whose fields that name stands."""
    names = [
        space.name_of(one)
        for phrase in named
        for one in space.meant(phrase)
        if space.type_of(one) != kind.type
    ]
    fields = [
        spec.name
        for declared in space.types
        for spec in declared.fields.values()
        if declared.name == kind.type and spec.refers_to
    ]
    if not names or not fields:
        return None
    values = Either(tuple(Among({(kind.type, field): name}, name) for field in fields for name in names))
    return space.meant(attrs.evolve(kind, condition=meeting(kind.condition, values)))


def _measured(space: Workspace, asked: Question, text: str) -> Answer:
    words = asked.words
    supplier_type = next((one.name for one in space.types if one.name == "supplier"), "supplier")
    about_suppliers = any(one.type == supplier_type for one in asked.phrases) or words & {
        "supplier",
        "suppliers",
        "vendor",
        "vendors",
    }
    if words & {"risk", "risks", "risky"} and about_suppliers:
        return _risks(space, asked, supplier_type)
    extreme = next((one for one in asked.phrases if one.extreme), None)
    if about_suppliers and (
        words & {"perform", "performs", "performing", "performance"}
        or (extreme is None and words & {"best", "worst"})
    ):
        return _ranking(space, asked, supplier_type)
    if words & _ANALYSIS_WORDS or "run out" in text or "running out" in text:
        return _analysis(space, asked)
    if (
        "who supplies" in text
        or "who supply" in text
        or "who delivers" in text
        or "who provides" in text
        or "supplied by whom" in text
    ):
        return _field_values(space, asked, space.lexicon.field("supplier"), "supplier")
    if " where " in text or "where's" in text:
        return _field_values(space, asked, space.lexicon.field("location"), "location")
    if words & {"total", "sum", "average", "mean", "combined", "overall", "worth", "altogether"} or (
        "value" in words and not asked.fields
    ):
        return _aggregate(space, asked)
    if "how many" in text or words & {"count", "number", "tally"}:
        return _count(space, asked, text)
    if "how much" in text or asked.fields:
        field = asked.fields[0] if asked.fields else _much(space, words)
        if asked.fields and field[1].casefold() == "value":
            return _aggregate(space, asked)
        return _field_values(space, asked, *field)
    return _shown(space, asked, text)


def _much(space: Workspace, words: frozenset[str]) -> tuple[FieldWord, str]:
    if words & {"cost", "costs", "price", "expensive", "charge"}:
        return space.lexicon.field("cost"), "price"
    return space.lexicon.field("stock"), "stock"


def _shown(space: Workspace, asked: Question, text: str) -> Answer:
    if not asked.phrases and not asked.unknown:
        return Answer(
            "That was a question or nothing I know, so nothing was changed. " + help_text(space), "none"
        )
    ids, said = _selection(space, asked)
    question = text.strip().startswith(("is ", "are ", "do we", "do i", "does ", "has ", "have ", "did "))
    named = [one for one in asked.phrases if one.names]
    if question and named and any(one.condition for one in named):
        return Answer(f"Yes: {space.listed(ids)}." if ids else f"No: «{said}» is not so.", "show", tuple(ids))
    if not ids:
        return Answer(f"{'No: nothing' if question else 'Nothing'} matches «{said}».", "show")
    lead = f"{len(ids):,} item{'s' if len(ids) > 1 else ''} for «{said}»" if said else f"{len(ids):,} items"
    if named and len(ids) <= 3:
        return Answer(" ".join(_described(space, one) for one in ids), "show", tuple(ids))
    return Answer(f"{'Yes, ' if question else ''}{lead}: {space.listed(ids)}.", "show", tuple(ids))


def _described(space: Workspace, item_id: ItemId) -> str:
    fields = space.fields[item_id]
    parts = [
        f"{field.replace('_', ' ')} {shown(value) if isinstance(value, int | float) and not isinstance(value, bool) else value}"
        for field, value in fields.items()
        if field not in ("type", "name")
    ]
    return f"{space.name_of(item_id)} ({space.type_of(item_id)}): {', '.join(parts) or 'no further fields'}."


def _count(space: Workspace, asked: Question, text: str) -> Answer:
    named = [one for one in asked.phrases if one.names]
    stock = space.lexicon.field("stock")
    if named and (" units" in text or " left" in text or not any(not one.names for one in asked.phrases)):
        field = asked.fields[0] if asked.fields else (stock, "stock")
        return _field_values(space, asked, *field)
    if " units" in text or " pieces " in text:
        return _aggregate(
            space, attrs.evolve(asked, fields=((stock, "stock"),), words=asked.words | {"total"})
        )
    ids, said = _selection(space, asked)
    if not asked.phrases:
        ids, said = list(space.fields), "all items"
    names = f": {space.listed(ids)}" if ids else ""
    return Answer(f"{len(ids):,} for «{said}»{names}.", "count", tuple(ids))


def _aggregate(space: Workspace, asked: Question) -> Answer:
    ids, said = _selection(space, asked)
    if not asked.phrases:
        ids = list(space.fields)
    mean = bool(asked.words & {"average", "mean"})
    fields = [
        (field, words)
        for field, words in asked.fields
        if words.casefold() not in ("value", "total", "worth", "amount")
    ]
    if not fields and not asked.words & {"value", "worth"} and "stock" in asked.words:
        fields = [(space.lexicon.field("stock"), "stock")]
    if fields:
        field, label = fields[0]
        numbers = [_number(space, one, field) for one in ids]
    else:
        field, label = {}, "value"
        numbers = [_worth(space, one) for one in ids]
    counted = [number for number in numbers if number is not None]
    if not counted:
        return Answer(f"None of the items has a {label} to add up.", "sum", tuple(ids))
    result = sum(counted) / len(counted) if mean else sum(counted)
    left_out = len(
        [
            one
            for one, number in zip(ids, numbers, strict=True)
            if number is None and (not fields or space.type_of(one) in field)
        ]
    )
    note = f" ({left_out:,} without a {label} left out)" if left_out and fields else ""
    money = not fields or label.casefold() in ("cost", "price", "unit cost", "unit price")
    figure = f"{result:,.2f}" if money else shown(round(result, 4))
    return Answer(
        f"The {'average' if mean else 'total'} {label} of {said or 'all items'} is {figure}{note}.",
        "sum",
        tuple(ids),
    )


def _number(space: Workspace, item_id: ItemId, field: FieldWord) -> float | None:
    value = space.fields[item_id].get(field.get(space.type_of(item_id), ""))
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _worth(space: Workspace, item_id: ItemId) -> float | None:
    """Stock times price; for a type without stock, its amount."""
    price, stock = (
        _number(space, item_id, space.lexicon.field("cost")),
        _number(space, item_id, space.lexicon.field("stock")),
    )
    if price is not None and stock is not None:
        return price * stock
    return _number(space, item_id, space.lexicon.field("total amount"))


def _field_values(space: Workspace, asked: Question, field: FieldWord, label: str) -> Answer:
    ids, said = _selection(space, asked)
    if not ids:
        return Answer(f"Nothing matches «{said or asked.text.strip()}».", "show")
    parts = []
    for item_id in ids[:20]:
        value = space.fields[item_id].get(field.get(space.type_of(item_id), ""))
        if value is not None:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            parts.append(f"{space.name_of(item_id)}: {label} {shown(float(str(value))) if number else value}")
        elif len(ids) == 1:
            parts.append(f"{space.name_of(item_id)} has no {label}")
    more = f" and {len(ids) - 20:,} more" if len(ids) > 20 else ""
    return Answer(f"{'; '.join(parts) or f'None of them has a {label}'}{more}.", "show", tuple(ids))


def _risks(space: Workspace, asked: Question, supplier_type: str) -> Answer:
    reliability, level = space.lexicon.field("reliability"), space.lexicon.field("risk level")
    suppliers = [one for one in _about(space, asked) if space.type_of(one) == supplier_type] or [
        one for one in space.fields if space.type_of(one) == supplier_type
    ]
    parts = []
    for one in suppliers:
        score = _number(space, one, reliability)
        if str(space.fields[one].get(level.get(supplier_type, ""), "")).casefold() in ("high", "critical"):
            parts.append(f"{space.name_of(one)} has a high risk level")
        elif score is not None and score < 50:
            parts.append(f"{space.name_of(one)} has a reliability of only {score:g}")
    reply = (
        f"At risk: {'; '.join(parts[:20])}."
        if parts
        else "No supplier has a high risk level or a reliability below 50."
    )
    return Answer(reply, "analyze", tuple(suppliers))


def _ranking(space: Workspace, asked: Question, supplier_type: str) -> Answer:
    reliability, delivery = space.lexicon.field("reliability"), space.lexicon.field("delivery time")
    rated = [
        (-score, _number(space, one, delivery) or 0.0, one)
        for one in space.fields
        if space.type_of(one) == supplier_type and (score := _number(space, one, reliability)) is not None
    ]
    if not rated:
        return Answer("No supplier has a reliability score to compare.", "analyze")
    worst = bool(asked.words & {"worst", "poorly", "badly", "least"})
    rated.sort(key=lambda row: row[:2], reverse=worst)
    first = rated[0]
    others = ", ".join(f"{space.name_of(one)} ({-score:g})" for score, _, one in rated[1:6])
    reply = f"{space.name_of(first[2])} performs {'worst' if worst else 'best'}, with a reliability of {-first[0]:g}"
    return Answer(
        f"{reply}; then {others}." if others else f"{reply}.", "analyze", tuple(row[2] for row in rated)
    )


def _analysis(space: Workspace, asked: Question) -> Answer:
    ids = _about(space, asked)
    if not ids and (inventory := space.lexicon.default_type):
        ids = tuple(one for one in space.fields if space.type_of(one) == inventory)
    low = [one for one in ids if _meets(space, one, "low_stock")]
    out = [one for one in low if _meets(space, one, "out_of_stock")]
    parts = [f"Out of stock: {space.listed(out)}."] if out else []
    parts += [f"Low on stock: {space.listed(low)}."] if low else []
    return Answer(" ".join(parts), "analyze", ids)


def _meets(space: Workspace, item_id: ItemId, criterion: str) -> bool:
    declared = space.types.declared.get(space.type_of(item_id))
    return (
        declared is not None
        and criterion in declared.criteria
        and declared.criteria[criterion].holds(space.fields[item_id])
    )
