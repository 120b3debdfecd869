"""Conditions whose field depends on the type: `orders over 10000`, `orders older than 2024-01-08`, `orders from March 2024`."""

from typing import Final

from streamd.language._dates import compared, date_fields, period
from streamd.language._lexicon import FieldWord
from streamd.language._predicates import AllOf, Compare, Predicate
from streamd.language._quantities import quantity
from streamd.language._syntax_tree import NounPhrase, UnclearValueError
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import COMPARATORS

_DAYS: Final = {
    **dict.fromkeys(["older than", "before", "earlier than", "placed before", "from before", "ordered before", "dated before",
                     "shipped before", "made before"], "<"),
    **dict.fromkeys(["newer than", "after", "later than", "placed after", "from after", "ordered after", "dated after", "shipped after",
                     "made after"], ">"),
    **dict.fromkeys(["since", "placed since", "from", "of", "in", "on", "during", "placed in", "placed on", "dated", "ordered in",
                     "ordered on", "shipped in", "shipped on"], "=="),
    **dict.fromkeys(["since", "placed since"], ">="),
}  # fmt: skip

_BETWEEN: Final = (
    "between",
    "placed between",
    "ordered between",
    "dated between",
    "shipped between",
    "made between",
    "from between",
)


_ANY: Final[FieldWord] = {}
"""No field yet: a date without its year is not certain."""


def by_type(reader: TokenReader, found: NounPhrase) -> Predicate | None:
    """Parse a condition on items of the phrase's type; None when they have no such field."""
    start = reader.at
    amount = reader.lexicon.field("total amount")
    if found.type in amount and (sign := reader.accept_from(COMPARATORS, 5)):
        number = reader.quantity()
        if number and not number.unit and not number.percent and reader.field() is None:
            return Compare(amount, COMPARATORS[sign], number.value, reader.surface(start))
        reader.at = start
    if found.type and not found.names and reader.accept(*_BETWEEN):
        low = period(reader, _ANY)
        high = period(reader, _ANY) if low and reader.accept("and", "to") else None
        if low and high:
            surface = reader.surface(start)
            day = _day_of(reader, found.type, surface)
            return AllOf((compared(day, ">=", low, surface), compared(day, "<=", high, surface)))
        reader.at = start
    if found.type and not found.names and (sign := reader.accept(*_DAYS)):
        try:
            when = period(reader, _ANY)
        except UnclearValueError:
            if _DAYS[sign] in ("<", ">"):
                raise
            when = None
        if when is None or (sign == "from" and reader.word() == "to"):
            reader.at = start
            return None
        return compared(
            _day_of(reader, found.type, reader.surface(start)), _DAYS[sign], when, reader.surface(start)
        )
    reader.at = start
    return None


def _day_of(reader: TokenReader, item_type: str, surface: str) -> FieldWord:
    """The field with the time at which items of a type were created. Raises when the type has none for certain."""
    for word in ("order date", "ship date"):
        if item_type in (field := reader.lexicon.field(word)):
            return field
    known = [name.replace("_", " ") for name in date_fields(reader.lexicon.item_types, item_type)]
    raise UnclearValueError(
        f"I do not know which date of a {item_type} «{surface}» is about: "
        + (f"say for example «whose {known[0]} is before 2027-03-24»; there is {', '.join(known)}." if known
           else f"a {item_type} has none.")
        + " Nothing was changed."
    )  # fmt: skip


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
        if token is None or token.kind == "quoted":
            return ""
        try:
            return reader.surface(start) if period(reader, _ANY) else ""
        except UnclearValueError:
            reader.at = min(len(reader.tokens), reader.at + 2)
            return reader.surface(start)
    finally:
        reader.at = start
