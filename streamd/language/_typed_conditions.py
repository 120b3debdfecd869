"""Conditions whose field depends on the type: `orders over 10000`, `orders older than 2024-01-08`, `orders from March 2024`."""

from typing import Final

from streamd.language._lexicon import FieldWord
from streamd.language._quantities import DATE, quantity
from streamd.language._syntax_tree import Compare, NounPhrase, Predicate
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import COMPARATORS
from streamd.text.time_words import MONTHS

_MONTHS: Final = {
    name: f"{number:02}" for number, month in enumerate(MONTHS, 1) for name in (month, month[:3])
} | {"sept": "09"}
_DAYS: Final = {
    **dict.fromkeys(["older than", "before", "earlier than", "placed before", "from before", "ordered before", "dated before",
                     "shipped before", "made before"], "<"),
    **dict.fromkeys(["newer than", "after", "later than", "placed after", "from after", "ordered after", "dated after", "shipped after",
                     "made after"], ">"),
    **dict.fromkeys(["since", "placed since", "from", "of", "in", "on", "during", "placed in", "placed on", "dated", "ordered in",
                     "ordered on", "shipped in", "shipped on"], "starts"),
    **dict.fromkeys(["since", "placed since"], ">="),
}  # fmt: skip


def by_type(reader: TokenReader, found: NounPhrase) -> Predicate | None:
    """Parse a condition on items of the phrase's type; None when they have no such field."""
    start = reader.at
    amount = reader.lexicon.field("total amount")
    if found.type in amount and (sign := reader.accept_from(COMPARATORS, 5)):
        number = reader.quantity()
        if number and not number.unit and not number.percent and reader.field() is None:
            return Compare(amount, COMPARATORS[sign], number.value, reader.surface(start))
        reader.at = start
    day = reader.lexicon.field("order date") or {}
    day = day if found.type in day else reader.lexicon.field("ship date")
    if found.type in day and not found.names and (sign := reader.accept(*_DAYS)):
        made = _dated(reader, day, _DAYS[sign], start)
        if made is not None and not (sign == "from" and reader.word() == "to"):
            return made
    reader.at = start
    return None


def _dated(reader: TokenReader, day: FieldWord, sign: str, start: int) -> Predicate | None:
    token = reader.token()
    if token is None:
        return None
    if DATE.fullmatch(token.text):
        reader.at += 1
        return Compare(day, sign, token.text, reader.surface(start))
    year = reader.tokens[reader.at + 1].text if reader.at + 1 < len(reader.tokens) else ""
    if token.norm in _MONTHS and len(year) == 4 and year.isdigit() and sign == "starts":
        reader.at += 2
        return Compare(day, sign, f"{year}-{_MONTHS[token.norm]}", reader.surface(start))
    return None


def filter_here(reader: TokenReader) -> str:
    """Match a filter that is not understood: `over 10000`, `from March`, `since last week`; empty without one."""
    start = reader.at
    try:
        compared = reader.accept_from(COMPARATORS, 5)
        if compared and quantity(reader.tokens, reader.at):
            reader.quantity()
            return reader.surface(start)
        reader.at = start
        if not reader.accept(*_DAYS):
            return ""
        token = reader.token()
        if token is None:
            return ""
        when = DATE.fullmatch(token.text) or (token.norm in _MONTHS and token.text[:1].isupper())
        if when or (
            reader.here("last", "this", "next") and reader.word(1) in ("week", "month", "year", "quarter")
        ):
            reader.at = min(len(reader.tokens), reader.at + 2)
            return reader.surface(start)
        return ""
    finally:
        reader.at = start
