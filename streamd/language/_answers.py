"""Answers questions from the items, without changing any."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.language._aggregates import QuestionAnswer, about, aggregate, analysis, ranking, risks, selection
from streamd.language._answer_wording import counted, described, judged_list, verdict
from streamd.language._lexicon import FieldWord
from streamd.language._out_of_scope import is_out_of_scope
from streamd.language._quantities import shown
from streamd.language._question_parser import REORDERING, Question
from streamd.language._sorting import ordered
from streamd.language._syntax_tree import NotUnderstoodError, NounPhrase
from streamd.language._tokens import key_of
from streamd.language._working_set import WorkingSet
from streamd.text.wordlist import words

FORECAST_WORDS: Final = words(
    "forecast forecasts forecasting predict prediction predictions predicted projection projections "
    "trend trends seasonal seasonality outlook extrapolate anticipate demand demands anomaly anomalies "
    "seasons predicting scenario scenarios outliers"
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


def answer(working: WorkingSet, asked: Question) -> QuestionAnswer:
    """Answer a question."""
    text = f" {' '.join(asked.text.casefold().split())} "
    if is_out_of_scope(working, asked):
        named = attrs.evolve(asked, phrases=tuple(one for one in asked.phrases if one.names))
        return QuestionAnswer("", "ask", about(working, named))
    if any(f" {words} " in text.replace("?", " ") for words in _HELP_WORDS) and "how many" not in text:
        return QuestionAnswer(help_text(working), "help")
    if asked.words & FORECAST_WORDS and not _is_field_value(asked):
        return QuestionAnswer("", "forecast", about(working, asked))
    if asked.ignored:
        return QuestionAnswer(
            f"I did not understand «{asked.ignored[0]}», so I cannot say which ones you mean.", "show"
        )
    try:
        _check_references(working, asked)
        return _measured(working, asked, text)
    except NotUnderstoodError as error:
        return QuestionAnswer(
            error.message.replace(", so nothing was changed", "").replace(" Nothing was changed.", ""),
            "show",
            error.candidates,
        )


def _check_references(working: WorkingSet, asked: Question) -> None:
    """Refuse a pronoun without an antecedent in this request; earlier requests are not known here."""
    if working.last or asked.unknown or any(one.names for one in asked.phrases):
        return
    asks = asked.text.casefold().split()[:2]
    if (len(asked.phrases) == 1 and asked.phrases[0].pronoun) or (
        asks[1:] == ["it"] and asks[0] in ("is", "was", "does", "has")
    ):
        surface = next((one.surface for one in asked.phrases if one.pronoun), "it")
        raise NotUnderstoodError(f"I do not know what «{surface}» refers to; name the item.")


def _is_field_value(asked: Question) -> bool:
    return (
        bool(asked.words & {"average"})
        and bool(asked.fields)
        and not asked.words & {"forecast", "predict", "trend"}
    )


def help_text(working: WorkingSet) -> str:
    """Describe the requests that are understood, with the declared item types."""
    types = ", ".join(declared.title or declared.name for declared in working.types)
    return (
        "I can add, change, remove, list and count items, and I can analyse stock and suppliers and forecast demand. "
        f"Item types: {types}. For example: «Add 5 inventory items», «Remove all low stock items», "
        "«Set the stock of Product B to 80», «Show the suppliers with reliability below 50»."
    )


def _measured(working: WorkingSet, asked: Question, text: str) -> QuestionAnswer:
    words = asked.words
    supplier_type = next((one.name for one in working.types if one.name == "supplier"), "supplier")
    about_suppliers = any(one.type == supplier_type for one in asked.phrases) or words & {
        "supplier",
        "suppliers",
        "vendor",
        "vendors",
    }
    if words & {"risk", "risks", "risky"} and about_suppliers:
        return risks(working, asked, supplier_type)
    extreme = next((one for one in asked.phrases if one.superlative), None)
    if about_suppliers and (
        words & {"perform", "performs", "performing", "performance"}
        or (extreme is None and words & {"best", "worst"})
    ):
        return ranking(working, asked, supplier_type)
    if (in_order := ordered(working, asked)) is not None:
        return in_order
    if words & REORDERING and not any("reorder" in surface.casefold() for _, surface in asked.fields):
        return analysis(working, asked)
    if words & _ANALYSIS_WORDS or "run out" in text or "running out" in text:
        return analysis(working, asked)
    if (
        "who supplies" in text
        or "who supply" in text
        or "who delivers" in text
        or "who provides" in text
        or "supplied by whom" in text
    ):
        return _field_values(working, asked, working.lexicon.field("supplier"), "supplier")
    for adjective, word in (
        ("how reliable", "reliability"),
        ("how expensive", "cost"),
        ("how fast", "delivery time"),
    ):
        if adjective in text:
            return _field_values(working, asked, working.lexicon.field(word), word)
    if " where " in text or "where's" in text:
        return _field_values(working, asked, working.lexicon.field("location"), "location")
    if "how many units" in text or "how many pieces" in text:
        return _count(working, asked, text)
    if words & _SUMMING - _in_conditions(asked) or ("value" in words and not asked.fields):
        return aggregate(working, asked)
    if "how many" in text or words & {"count", "number", "tally"}:
        return _count(working, asked, text)
    if "how much" in text or asked.fields:
        field = asked.fields[0] if asked.fields else _much(working, words)
        if asked.fields and field[1].casefold() == "value":
            return aggregate(working, asked)
        return _field_values(working, asked, *field)
    return _shown(working, asked, text)


_SUMMING: Final = words("total sum average mean combined overall worth altogether")


def _in_conditions(asked: Question) -> set[str]:
    """Words that belong to the conditions of a question that lists items: `show orders with total over 10000`."""
    showing = (
        asked.text.casefold().strip().startswith(("show", "list", "which", "find", "display", "what orders"))
    )
    return {
        word for one in asked.phrases if one.condition and showing for word in key_of(one.surface).split(" ")
    }


def _much(working: WorkingSet, words: frozenset[str]) -> tuple[FieldWord, str]:
    if words & {"cost", "costs", "price", "expensive", "charge"}:
        return working.lexicon.field("cost"), "price"
    return working.lexicon.field("stock"), "stock"


def _shown(working: WorkingSet, asked: Question, text: str) -> QuestionAnswer:
    if not asked.phrases and not asked.unknown:
        return QuestionAnswer("", "ask")
    ids, surface = selection(working, asked)
    question = text.strip().startswith(("is ", "are ", "do we", "do i", "does ", "has ", "have ", "did "))
    named = [one for one in asked.phrases if one.names]
    if question and named and any(one.condition for one in named):
        return _confirmed(working, named)
    if not ids:
        return QuestionAnswer(f"{'No, nothing' if question else 'Nothing'} matches «{surface}».", "show")
    plain = all(one.bare_of_conditions for one in asked.phrases)
    lead = counted(working, ids) + ("" if plain else " matches" if len(ids) == 1 else " match")
    judged = judged_list(working, ids, asked.phrases[0]) if len(asked.phrases) == 1 else ""
    if named and len(ids) <= 3:
        return QuestionAnswer(" ".join(described(working, one) for one in ids), "show", tuple(ids))
    return QuestionAnswer(
        f"{'Yes, ' if question else ''}{lead}: {judged or working.listed(ids)}.", "show", tuple(ids)
    )


def _confirmed(working: WorkingSet, named: Sequence[NounPhrase]) -> QuestionAnswer:
    """Answer a yes-or-no question about named items, with the fields that decide it."""
    worded: list[str] = []
    ids: list[ItemId] = []
    so = True
    for one in named:
        for item_id in working.meant(attrs.evolve(one, condition=None)):
            holds = one.condition is None or working.meets(item_id, one.condition)
            so = so and holds
            ids.append(item_id)
            if one.condition is not None:
                worded.append(verdict(working, item_id, one.condition, holds=holds))
    return QuestionAnswer(f"{'Yes' if so else 'No'}, {'; '.join(worded)}.", "show", tuple(ids))


def _whereabouts(working: WorkingSet, item_id: ItemId) -> str:
    """Word the status and route of a shipment: `SHIP-001: in transit, from New York NY to Los Angeles CA`."""
    kind, fields = working.type_of(item_id), working.fields[item_id]
    status, origin, goal = (
        fields.get(working.lexicon.field(word).get(kind, "")) for word in ("status", "origin", "destination")
    )
    parts = [str(status)] if status else []
    parts += [f"from {origin} to {goal}"] if origin and goal else []
    return f"{working.name_of(item_id)}: {', '.join(parts)}" if parts else ""


def _count(working: WorkingSet, asked: Question, text: str) -> QuestionAnswer:
    named = [one for one in asked.phrases if one.names]
    stock = working.lexicon.field("stock")
    if named and (" units" in text or " left" in text or not any(not one.names for one in asked.phrases)):
        field = asked.fields[0] if asked.fields else (stock, "stock")
        return _field_values(working, asked, *field)
    if " units" in text or " pieces " in text:
        return aggregate(
            working, attrs.evolve(asked, fields=((stock, "stock"),), words=asked.words | {"total"})
        )
    ids, surface = selection(working, asked)
    if not asked.phrases:
        ids, surface = list(working.fields), "all items"
    if not ids:
        return QuestionAnswer(f"0 items match «{surface}».", "count")
    worded = (
        _count_surface(surface, len(ids)) or f"{counted(working, ids)} match{'es' if len(ids) == 1 else ''}"
    )
    return QuestionAnswer(f"{worded}: {working.listed(ids)}.", "count", tuple(ids))


def _count_surface(surface: str, count: int) -> str:
    """Put a number before the question's own words where that reads well: `2 items are in Warehouse A`."""
    first, _, rest = surface.partition(" ")
    reads = (
        first.islower()
        and first.endswith("s")
        and rest.split(" ")[0] in ("are", "in", "from", "at", "with", "below", "above")
    )
    return f"{count:,} {surface}" if count != 1 and reads else ""


def _field_values(working: WorkingSet, asked: Question, field: FieldWord, label: str) -> QuestionAnswer:
    ids, surface = selection(working, asked)
    if not ids:
        # A field of no item: `what are our payment terms?`
        return (
            QuestionAnswer(f"Nothing matches «{surface}».", "show") if surface else QuestionAnswer("", "ask")
        )
    parts = []
    for item_id in ids[:20]:
        value = working.fields[item_id].get(field.get(working.type_of(item_id), ""))
        if value is not None:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            parts.append(
                f"{working.name_of(item_id)}: {label} {shown(float(str(value))) if number else value}"
            )
        elif len(ids) == 1:
            worded = f"{working.name_of(item_id)} has no {label}"
            known = _whereabouts(working, item_id) if label == "location" else ""
            parts.append(known or worded)
    more = f" and {len(ids) - 20:,} more" if len(ids) > 20 else ""
    return QuestionAnswer(f"{'; '.join(parts) or f'None of them has a {label}'}{more}.", "show", tuple(ids))
