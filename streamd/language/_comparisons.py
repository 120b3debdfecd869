"""The grammar of comparisons: `is below 50`, `between 10 and 20`, `of zero`, `above their max`."""

from collections.abc import Mapping
from typing import Final

from streamd.language._dates import date_comparison, is_dated
from streamd.language._known_values import is_numeric, surface_text, text_value
from streamd.language._lexicon import FieldWord, longest
from streamd.language._negation import negation_of
from streamd.language._predicates import AllOf, AnyOf, Compare, HasField, Predicate
from streamd.language._quantities import Quantity
from streamd.language._syntax_tree import NotUnderstoodError, UnclearValueError
from streamd.language._token_reader import TokenReader
from streamd.language._units import check_compared_unit
from streamd.language._vocabulary import COMPARATORS

_HAVING: Final = ("with", "having", "with a", "with an", "have a", "has a", "have", "has", "with the")
_AT_COMPARED: Final = ("at least", "at most", "at or")
_EMPTY: Final = ("missing", "empty", "unknown", "unset", "blank", "not set", "not known", "undefined", "none")


_THAN: Final[Mapping[str, tuple[str, str]]] = {
    "slower than": ("delivery time", ">"), "faster than": ("delivery time", "<"), "quicker than": ("delivery time", "<"),
    "scoring under": ("score", "<"), "scoring below": ("score", "<"), "scoring less than": ("score", "<"),
    "scoring over": ("score", ">"), "scoring above": ("score", ">"), "scoring more than": ("score", ">"),
    "rated under": ("score", "<"), "rated below": ("score", "<"), "rated above": ("score", ">"), "rated over": ("score", ">"),
}  # fmt: skip
_COST: Final = ("cost", "costs", "costing", "priced at", "priced", "price is", "prices are", "that cost", "selling at",
                "selling for", "sell for", "sells for")  # fmt: skip


def lacking(reader: TokenReader, _relative: bool) -> Predicate | None:
    """Parse the absence of a field: `without a supplier`, `with no stock`."""
    start = reader.at
    if not reader.accept("without", "with no", "lacking", "missing", "having no", "no", "with zero", "without any", "with empty",
                         "with an empty", "with missing", "zero", "that lack", "lack", "with an unknown", "with unknown",
                         "without a known", "any", "have no", "has no", "with a missing", "lacks"):  # fmt: skip
        return None
    reader.accept("a", "an", "any", "the", "known", "their")
    field = reader.field()
    if field is None:
        return None
    word, reader.at = field
    reader.accept("set", "assigned", "left", "at all", "given", "listed", "specified", "info", "on record")
    numeric = Compare(word, "==", 0.0, reader.surface(start)) if is_numeric(reader, word) else None
    absent = HasField(word, reader.surface(start), absent=True)
    return AnyOf((numeric, absent)) if numeric else absent


def priced(reader: TokenReader, _relative: bool) -> Predicate | None:
    """Parse a comparison of price: `costing more than 20`, `cheaper than 10`."""
    start = reader.at
    cost = reader.lexicon.field("cost")
    if cost and reader.accept("cheaper than", "less expensive than"):
        number = reader.quantity()
        return Compare(cost, "<", number.value, reader.surface(start)) if number else None
    if cost and reader.accept("more expensive than", "pricier than", "costlier than", "dearer than"):
        number = reader.quantity()
        return Compare(cost, ">", number.value, reader.surface(start)) if number else None
    for adjective, (word, comparison) in _THAN.items():
        field = reader.lexicon.field(word)
        if field and reader.accept(adjective):
            number = reader.quantity()
            if number:
                _past_unit(reader, number)
                return Compare(field, comparison, number.value, reader.surface(start))
            return None
    if not cost or not reader.accept(*_COST):
        return None
    return _compared(reader, cost, start)


def by_field(reader: TokenReader, relative: bool) -> Predicate | None:
    """Parse a field and its comparison: `with stock below 50`, `whose supplier is Acme`."""
    start = reader.at
    introduced = reader.accept("with", "having", "whose", "where", "with a", "have", "has", "in", "of", "with their", "with the",
                               "with an", "have a", "has a", "where the", "on", "from", "by", "at", "for", "via", "under", "a",
                               "assigned to", "that 's", "their", "its", "the", "belonging to", "supplied by", "sourced from",
                               "located in", "stored in", "shipped by", "when", "if")  # fmt: skip
    reader.accept("the", "a", "an", "their", "its", "any")
    if reader.field() is None:
        reader.accept("total")
    field = reader.field()
    if field is None or (not (introduced or relative) and not _continues_as_comparison(reader, field[1])):
        return None
    value = longest(reader.lexicon.values, reader.tokens, reader.at)
    if value and value[1] > field[1]:
        return None
    word, reader.at = field
    found = _compared(reader, word, start, introduced=introduced)
    if found is None and introduced in _HAVING and not is_numeric(reader, word):
        reader.at = field[1]
        return HasField(word, reader.surface(start))
    return found


def _continues_as_comparison(reader: TokenReader, end: int) -> bool:
    at, reader.at = reader.at, end
    field_end = longest(reader.lexicon.fields, reader.tokens, at)
    if field_end and field_end[1] == end and is_dated(reader.lexicon.item_types, field_end[0]):
        reader.accept("is", "are", "was", "were")
        try:
            dated = date_comparison(reader, field_end[0], at) is not None
        except NotUnderstoodError:
            dated = True
        if dated:
            reader.at = at
            return True
        reader.at = end
    following = bool(reader.accept("is", "are", "of", "=", "was", "between") or reader.accept_from(COMPARATORS)
                     or reader.quantity() or reader.accept(*_EMPTY)
                     or longest(reader.lexicon.values, reader.tokens, reader.at))  # fmt: skip
    reader.at = at
    return following


def _compared(reader: TokenReader, field: FieldWord, start: int, *, introduced: str = "") -> Predicate | None:
    """Parse the right side of a comparison: `is below 50`, `between 10 and 20`, `Warehouse A`, `above their max`."""
    negated = False
    while not reader.here(*_AT_COMPARED, "is at least", "is at most") and (word := reader.accept("is", "are", "of", "was", "at", "being", ":", "level", "levels", "has been", "set to", "that is",
                                "which is", "isn't", "aren't", "is not", "are not", "not", "equal to", "stands at", "falls",
                                "fell", "drops", "dropped", "currently", "still", "value", "rating")):  # fmt: skip
        negated = negated or word.endswith(("n't", "not"))
    found = _right_side(reader, field, start, introduced)
    return negation_of(found) if found is not None and negated else found


def _right_side(reader: TokenReader, field: FieldWord, start: int, introduced: str) -> Predicate | None:
    if reader.accept(*_EMPTY):
        return HasField(field, reader.surface(start), absent=True)
    if is_dated(reader.lexicon.item_types, field):
        if dated := date_comparison(reader, field, start):
            return dated
        if introduced:
            raise UnclearValueError(
                f"«{reader.surface(start, min(len(reader.tokens), reader.at + 4))}» needs a date, for example 2027-03-24. "
                "Nothing was changed."
            )
    if reader.accept("between", "from", "in the range of", "in the range"):
        low = reader.quantity()
        joined = reader.accept("and", "to", "-", "\u2013") if low else ""
        high = reader.quantity() if joined else None
        if low is None or high is None:
            return None
        surface = reader.surface(start)
        return AllOf((Compare(field, ">=", low.value, surface), Compare(field, "<=", high.value, surface)))
    text = reader.accept("contains", "containing", "contain", "includes", "including", "starts with", "starting with", "ends with",
                         "ending in", "begins with", "beginning with", "ending with", "start with", "begin with", "end with")  # fmt: skip
    if text:
        comparison = "starts" if text[0] in "sb" else "ends" if text[0] == "e" else "contains"
        raw = surface_text(reader)
        return Compare(field, comparison, raw, reader.surface(start)) if raw else None
    reader.accept("is", "are")
    comparison = COMPARATORS[found] if (found := reader.accept_from(COMPARATORS, 5)) else ""
    reader.accept("or equal to")
    number = reader.quantity()
    if number:
        _past_unit(reader, number)
        check_compared_unit(number, field, reader.lexicon.item_types)
        comparison = comparison or _trailing(reader) or "=="
        return Compare(field, comparison, number.value, reader.surface(start))
    if comparison:
        reader.accept("their", "its", "the", "the own", "own")
        other = reader.field()
        value = longest(reader.lexicon.values, reader.tokens, reader.at)
        if other and not (value and value[1] > other[1]):
            reader.at = other[1]
            return Compare(field, comparison, other[0], reader.surface(start))
    return text_value(reader, field, start, comparison or "==", certain=introduced != "")


def _past_unit(reader: TokenReader, number: Quantity) -> None:
    if reader.accept(
        "in stock", "left", "remaining", "on hand", "in total", "each", "apiece", "a piece", "per unit"
    ):
        return
    if not number.unit:
        reader.accept("units", "pieces", "days")


def _trailing(reader: TokenReader) -> str:
    if reader.accept("or more", "or above", "or higher", "or over", "or greater", "and above", "or better", "and up", "+",
                     "and over", "or longer", "and more"):  # fmt: skip
        return ">="
    if reader.accept(
        "or less",
        "or fewer",
        "or below",
        "or lower",
        "or under",
        "and below",
        "or worse",
        "and under",
        "or cheaper",
    ):
        return "<="
    return ""


def bare_comparison(reader: TokenReader, _relative: bool) -> Predicate | None:
    """Parse a comparison whose field follows or is implied: `with more than 50 units`, `under $20`."""
    start = reader.at
    reader.accept("with", "having", "have", "has", "of which there are", "where there are", "for", "whose")
    if not reader.here(*_AT_COMPARED):
        reader.accept("at")
    between = reader.accept("between")
    comparison = "" if between else reader.accept_from(COMPARATORS, 5)
    number = reader.quantity()
    if number is None:
        return _against_own_field(reader, comparison, start) if comparison else None
    high = None
    if between:
        joined = reader.accept("and", "-", "to")
        high = reader.quantity() if joined else None
        if high is None:
            return None
    sign = COMPARATORS[comparison] if comparison else _trailing(reader)
    money = number.money or (high is not None and high.money)
    money_fields = {**reader.lexicon.field("total amount"), **reader.lexicon.field("cost")}
    field = money_fields if money else _field_after_number(reader, number)
    if not field:
        return None
    check_compared_unit(number, field, reader.lexicon.item_types)
    sign = sign or _trailing(reader) or "=="
    surface = reader.surface(start)
    if high is not None:
        return AllOf((Compare(field, ">=", number.value, surface), Compare(field, "<=", high.value, surface)))
    return Compare(field, sign, number.value, surface)


def _field_after_number(reader: TokenReader, number: Quantity) -> FieldWord:
    reader.accept("of", "as")
    found = reader.field()
    if reader.accept(
        "in stock",
        "on hand",
        "left",
        "remaining",
        "in store",
        "of stock",
        "left in stock",
        "on stock",
        "available",
    ):
        return reader.lexicon.field("stock")
    if found:
        reader.at = found[1]
        return found[0]
    if number.unit.startswith(("unit", "pc", "piece")):
        return reader.lexicon.field("stock")
    return {}


def _against_own_field(reader: TokenReader, comparison: str, start: int) -> Predicate | None:
    reader.accept("their", "its", "the")
    other = reader.field()
    stock = reader.lexicon.field("stock")
    if other is None or not stock:
        return None
    reader.at = other[1]
    return Compare(stock, COMPARATORS[comparison], other[0], reader.surface(start))
