"""Answers to questions, computed from the items. Nothing here changes anything."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.language._aggregates import Answer, about, aggregate, analysis, ranking, risks, selection
from streamd.language._answer_wording import counted, described, judged_list, verdict
from streamd.language._lexicon import FieldWord
from streamd.language._out_of_scope import is_beyond
from streamd.language._quantities import shown
from streamd.language._question_parser import Question
from streamd.language._sorting import ordered
from streamd.language._syntax_tree import NotUnderstoodError, Phrase
from streamd.language._tokens import key_of
from streamd.language._working_set import Workspace
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


_REORDERING: Final = words("reorder restock restocking replenish replenishing critical reordered restocked")


_HELP_WORDS: Final = ("what can you do", "how do i", "help", "who are you", "what are you", "how does this work", "what do you do",
                      "how can you help", "how can i", "what can i", "your capabilities", "how to", "commands", "what are your",
                      "what else can", "how do you", "what can i ask", "what you can do", "how should i")  # fmt: skip


def answer(space: Workspace, asked: Question) -> Answer:
    """The answer to a question."""
    text = f" {' '.join(asked.text.casefold().split())} "
    if is_beyond(space, asked):
        named = attrs.evolve(asked, phrases=tuple(one for one in asked.phrases if one.names))
        return Answer("", "ask", about(space, named))
    if any(f" {words} " in text.replace("?", " ") for words in _HELP_WORDS) and "how many" not in text:
        return Answer(help_text(space), "help")
    if asked.words & FORECAST_WORDS and not _is_field_value(asked):
        return Answer("", "forecast", about(space, asked))
    if asked.ignored:
        return Answer(
            f"I did not understand «{asked.ignored[0]}», so I cannot say which ones you mean.", "show"
        )
    try:
        _check_references(space, asked)
        return _measured(space, asked, text)
    except NotUnderstoodError as error:
        return Answer(
            error.message.replace(", so nothing was changed", "").replace(" Nothing was changed.", ""),
            "show",
            error.candidates,
        )


def _check_references(space: Workspace, asked: Question) -> None:
    """Refuse `it` where this request names nothing that it could be: what an earlier one named is not known here."""
    if space.last or asked.unknown or any(one.names for one in asked.phrases):
        return
    asks = asked.text.casefold().split()[:2]
    if (len(asked.phrases) == 1 and asked.phrases[0].pronoun) or (
        asks[1:] == ["it"] and asks[0] in ("is", "was", "does", "has")
    ):
        said = next((one.said for one in asked.phrases if one.pronoun), "it")
        raise NotUnderstoodError(f"I do not know what «{said}» refers to; name the item.")


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
        return risks(space, asked, supplier_type)
    extreme = next((one for one in asked.phrases if one.extreme), None)
    if about_suppliers and (
        words & {"perform", "performs", "performing", "performance"}
        or (extreme is None and words & {"best", "worst"})
    ):
        return ranking(space, asked, supplier_type)
    if (in_order := ordered(space, asked)) is not None:
        return in_order
    if words & _REORDERING and not any("reorder" in said.casefold() for _, said in asked.fields):
        return analysis(space, asked)
    if words & _ANALYSIS_WORDS or "run out" in text or "running out" in text:
        return analysis(space, asked)
    if (
        "who supplies" in text
        or "who supply" in text
        or "who delivers" in text
        or "who provides" in text
        or "supplied by whom" in text
    ):
        return _field_values(space, asked, space.lexicon.field("supplier"), "supplier")
    for adjective, word in (
        ("how reliable", "reliability"),
        ("how expensive", "cost"),
        ("how fast", "delivery time"),
    ):
        if adjective in text:
            return _field_values(space, asked, space.lexicon.field(word), word)
    if " where " in text or "where's" in text:
        return _field_values(space, asked, space.lexicon.field("location"), "location")
    if "how many units" in text or "how many pieces" in text:
        return _count(space, asked, text)
    if words & _SUMMING - _in_conditions(asked) or ("value" in words and not asked.fields):
        return aggregate(space, asked)
    if "how many" in text or words & {"count", "number", "tally"}:
        return _count(space, asked, text)
    if "how much" in text or asked.fields:
        field = asked.fields[0] if asked.fields else _much(space, words)
        if asked.fields and field[1].casefold() == "value":
            return aggregate(space, asked)
        return _field_values(space, asked, *field)
    return _shown(space, asked, text)


_SUMMING: Final = words("total sum average mean combined overall worth altogether")


def _in_conditions(asked: Question) -> set[str]:
    """Words that only say which items are meant, when the question begins with showing: `show orders with total over 10000`."""
    showing = (
        asked.text.casefold().strip().startswith(("show", "list", "which", "find", "display", "what orders"))
    )
    return {
        word for one in asked.phrases if one.condition and showing for word in key_of(one.said).split(" ")
    }


def _much(space: Workspace, words: frozenset[str]) -> tuple[FieldWord, str]:
    if words & {"cost", "costs", "price", "expensive", "charge"}:
        return space.lexicon.field("cost"), "price"
    return space.lexicon.field("stock"), "stock"


def _shown(space: Workspace, asked: Question, text: str) -> Answer:
    if not asked.phrases and not asked.unknown:
        return Answer("", "ask")
    ids, said = selection(space, asked)
    question = text.strip().startswith(("is ", "are ", "do we", "do i", "does ", "has ", "have ", "did "))
    named = [one for one in asked.phrases if one.names]
    if question and named and any(one.condition for one in named):
        return _confirmed(space, named)
    if not ids:
        return Answer(f"{'No, nothing' if question else 'Nothing'} matches «{said}».", "show")
    plain = all(one.bare_of_conditions for one in asked.phrases)
    lead = counted(space, ids) + ("" if plain else " matches" if len(ids) == 1 else " match")
    judged = judged_list(space, ids, asked.phrases[0]) if len(asked.phrases) == 1 else ""
    if named and len(ids) <= 3:
        return Answer(" ".join(described(space, one) for one in ids), "show", tuple(ids))
    return Answer(f"{'Yes, ' if question else ''}{lead}: {judged or space.listed(ids)}.", "show", tuple(ids))


def _confirmed(space: Workspace, named: Sequence[Phrase]) -> Answer:
    """Whether what was asked of items by name is so, with what it is judged by."""
    told: list[str] = []
    ids: list[ItemId] = []
    so = True
    for one in named:
        for item_id in space.meant(attrs.evolve(one, condition=None)):
            holds = one.condition is None or one.condition.holds(space.fields[item_id], space.types)
            so = so and holds
            ids.append(item_id)
            if one.condition is not None:
                told.append(verdict(space, item_id, one.condition, holds=holds))
    return Answer(f"{'Yes' if so else 'No'}, {'; '.join(told)}.", "show", tuple(ids))


def _whereabouts(space: Workspace, item_id: ItemId) -> str:
    """What tells where a thing on its way is: `SHIP-001: in transit, from New York NY to Los Angeles CA`."""
    kind, fields = space.type_of(item_id), space.fields[item_id]
    status, origin, goal = (
        fields.get(space.lexicon.field(word).get(kind, "")) for word in ("status", "origin", "destination")
    )
    parts = [str(status)] if status else []
    parts += [f"from {origin} to {goal}"] if origin and goal else []
    return f"{space.name_of(item_id)}: {', '.join(parts)}" if parts else ""


def _count(space: Workspace, asked: Question, text: str) -> Answer:
    named = [one for one in asked.phrases if one.names]
    stock = space.lexicon.field("stock")
    if named and (" units" in text or " left" in text or not any(not one.names for one in asked.phrases)):
        field = asked.fields[0] if asked.fields else (stock, "stock")
        return _field_values(space, asked, *field)
    if " units" in text or " pieces " in text:
        return aggregate(
            space, attrs.evolve(asked, fields=((stock, "stock"),), words=asked.words | {"total"})
        )
    ids, said = selection(space, asked)
    if not asked.phrases:
        ids, said = list(space.fields), "all items"
    if not ids:
        return Answer(f"0 items match «{said}».", "count")
    told = _count_said(said, len(ids)) or f"{counted(space, ids)} match{'es' if len(ids) == 1 else ''}"
    return Answer(f"{told}: {space.listed(ids)}.", "count", tuple(ids))


def _count_said(said: str, count: int) -> str:
    """`2 items are in Warehouse A`, when what was said reads well after the number."""
    first, _, rest = said.partition(" ")
    reads = (
        first.islower()
        and first.endswith("s")
        and rest.split(" ")[0] in ("are", "in", "from", "at", "with", "below", "above")
    )
    return f"{count:,} {said}" if count != 1 and reads else ""


def _field_values(space: Workspace, asked: Question, field: FieldWord, label: str) -> Answer:
    ids, said = selection(space, asked)
    if not ids:
        # A word for a field of nothing in particular: `what are our payment terms?`
        return Answer(f"Nothing matches «{said}».", "show") if said else Answer("", "ask")
    parts = []
    for item_id in ids[:20]:
        value = space.fields[item_id].get(field.get(space.type_of(item_id), ""))
        if value is not None:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            parts.append(f"{space.name_of(item_id)}: {label} {shown(float(str(value))) if number else value}")
        elif len(ids) == 1:
            told = f"{space.name_of(item_id)} has no {label}"
            known = _whereabouts(space, item_id) if label == "location" else ""
            parts.append(known or told)
    more = f" and {len(ids) - 20:,} more" if len(ids) > 20 else ""
    return Answer(f"{'; '.join(parts) or f'None of them has a {label}'}{more}.", "show", tuple(ids))
