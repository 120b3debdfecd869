"""Sorts items for an answer: `sort items by stock`, `top 3 items by value`, `list the items by price, most expensive first`."""

from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.language._aggregates import worth
from streamd.language._lexicon import longest
from streamd.language._quantities import quantity, shown
from streamd.language._question import Question, QuestionPart
from streamd.language._question_answer import QuestionAnswer
from streamd.language._tokens import tokenise
from streamd.language._working_set import SHOWN, WorkingSet
from streamd.text.wordlist import words

_HIGH_FIRST: Final = words(
    "descending desc highest most largest biggest top greatest priciest decreasing best"
)
_LOW_FIRST: Final = words("ascending asc lowest least smallest bottom cheapest fewest increasing worst")
_SORTING: Final = words(
    "sort sorted order ordered rank ranked ranking list show display top bottom arrange arranged see give items"
)
_COUNTING: Final = words("count number tally many")
_WORTH: Final = words("value worth")


def ordered(working: WorkingSet, asked: Question) -> QuestionAnswer | None:
    """Answer with the items in the order of a field; None when the question asks for no order."""
    tokens = tokenise(asked.text[:2000])
    by = next((at for at, token in enumerate(tokens) if token.norm == "by" and at > 0), None)
    is_counted = by in asked.span(QuestionPart.GROUP) and asked.words & _COUNTING
    if by is None or is_counted or not asked.words & _SORTING or by + 1 >= len(tokens):
        return None
    at = (
        by + 1 + (tokens[by + 1].norm in ("the", "their", "its", "total", "current") and by + 2 < len(tokens))
    )
    field = longest(working.lexicon.fields, tokens, at)
    total = tokens[at].norm in _WORTH
    if field is None and not total:
        return None
    label = "value" if total or field is None else " ".join(token.norm for token in tokens[at : field[1]])
    ids = _asked_about(working, asked, None if total or field is None else set(field[0]))
    rows: list[tuple[float | str, ItemId]] = []
    for one in ids:
        value = (
            worth(working, one)
            if total or field is None
            else working.fields[one].get(field[0].get(working.type_of(one), ""))
        )
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            rows.append((value, one))
    numbers = [(value, one) for value, one in rows if isinstance(value, int | float)]
    limit = _limit(asked.words, tokens)
    high = bool(asked.words & _HIGH_FIRST) or (limit is not None and not asked.words & _LOW_FIRST)
    if numbers:
        rows = [*sorted(numbers, key=lambda row: row[0], reverse=high)]
    else:
        rows.sort(key=lambda row: str(row[0]).casefold(), reverse=high)
    rows = rows[: limit or SHOWN]
    if not rows:
        return QuestionAnswer(f"None of them has a {label} to sort by.", "show")
    worded = ", ".join(
        f"{working.name_of(one)} ({shown(value) if isinstance(value, int | float) else value})"
        for value, one in rows
    )
    more = f" and {len(ids) - len(rows):,} more" if not limit and len(ids) > len(rows) else ""
    first = "highest first" if high else "lowest first"
    return QuestionAnswer(
        f"By {label}{', ' + first if numbers else ''}: {worded}{more}.", "show", tuple(one for _, one in rows)
    )


def _limit(words: frozenset[str], tokens: object) -> int | None:
    if not words & {"top", "bottom", "first"}:
        return None
    assert isinstance(tokens, list)
    for at, token in enumerate(tokens):
        if token.norm in ("top", "bottom"):
            number = quantity(tokens, at + 1)
            return max(1, int(number.value)) if number else None
    return None


def _asked_about(working: WorkingSet, asked: Question, kinds: set[str] | None) -> list[ItemId]:
    """The items to sort: those named, else those of the type asked about that meet all conditions."""
    named = [
        one for phrase in asked.phrases for name in phrase.names for one in name.ids if one in working.fields
    ]
    described = [one for one in asked.phrases if not one.names and not one.pronoun]
    typed = [one for one in described if one.type and (kinds is None or one.type in kinds)]
    default = working.lexicon.default_type
    kind = typed[0].type if typed else default if kinds is None or default in kinds else min(kinds)
    found = list(dict.fromkeys(named)) or working.fields.of_type(kind)
    if typed and typed[0].excluded:
        found = working.meant(attrs.evolve(typed[0], superlative=None, count=None))
    conditions = [one.condition for one in described if one.condition is not None]
    return [one for one in found if all(working.meets(one, condition) for condition in conditions)]
