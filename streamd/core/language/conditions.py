"""The grammar of conditions: what follows a noun and says which of them, `in Warehouse A`, `that cost more than 20`."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.core.language.lexicon import FieldWord, longest
from streamd.core.language.numbers import NUMBER_WORDS, Quantity
from streamd.core.language.phrases import (
    Among,
    Both,
    Compare,
    Either,
    Has,
    Meets,
    Not,
    NotUnderstoodError,
    Predicate,
    contrary,
)
from streamd.core.language.reader import Reader
from streamd.core.language.vocabulary import COMPARATORS, FUNCTION_WORDS

_PLACE: Final = ("in", "at", "inside", "within", "stored in", "stored at", "located in", "located at", "based in",
                 "kept in", "kept at", "sitting in", "held in", "lying in", "living in", "stocked in", "on", "out of",
                 "stationed in", "situated in", "residing in", "coming out of", "over in", "down in", "based out of")  # fmt: skip
_SOURCE: Final = ("from", "via", "by", "supplied by", "provided by", "made by", "delivered by", "coming from", "bought from",
                  "sourced from", "purchased from", "manufactured by", "produced by", "sold by", "ordered from", "of",
                  "come from", "comes from", "originating from", "shipped by", "carried by", "obtained from")  # fmt: skip
_GOAL: Final = (
    "to",
    "for",
    "going to",
    "headed to",
    "bound for",
    "headed for",
    "destined for",
    "shipped to",
    "sent to",
)
_BE: Final = ("are", "is", "were", "was", "have been", "has been", "be", "have", "has", "'s", "'re", "being", "got", "have got",
              "has got", "do", "does", "is at", "are at", "show", "shows", "they're", "it's")  # fmt: skip
_BE_NOT: Final = ("are not", "is not", "aren't", "isn't", "were not", "weren't", "wasn't", "have not", "haven't", "has not",
                  "hasn't", "do not", "don't", "does not", "doesn't", "did not", "didn't", "not", "are no longer",
                  "is no longer", "no longer", "do not have", "don't have", "does not have", "doesn't have", "not being",
                  "never", "have never been", "'re not", "'s not", "are never", "is never", "do n't")  # fmt: skip
_PREFERRED: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(_PLACE, ("location", "place", "destination", "category")),
    **dict.fromkeys(_SOURCE, ("supplier", "origin", "carrier", "location", "category")),
    **dict.fromkeys(_GOAL, ("destination",)),
}
_MOST_CONDITIONS: Final = 30
_EMPTY: Final = ("missing", "empty", "unknown", "unset", "blank", "not set", "not known", "undefined", "none")
_COST: Final = ("cost", "costs", "costing", "priced at", "priced", "price is", "prices are", "that cost", "selling at",
                "selling for", "sell for", "sells for", "worth", "valued at")  # fmt: skip


def condition(reader: Reader, *, relative: bool = False) -> Predicate | None:
    """Conditions joined by and/or, `and` binding tighter; nothing when none stands here."""
    first = _conjunction(reader, relative=relative)
    if first is None:
        return None
    options = [first]
    while True:
        start = reader.at
        reader.skip()
        if not reader.accept("or", "or else", ", or", "or that", "or who", "or which"):
            reader.at = start
            break
        following = _conjunction(reader, relative=True)
        if following is None:
            reader.at = start
            break
        options.append(following)
        _check_length(options)
    return Either(tuple(options)) if len(options) > 1 else first


def _check_length(parts: Sequence[Predicate]) -> None:
    if len(parts) > _MOST_CONDITIONS:
        raise NotUnderstoodError(
            "Those are too many conditions at once; please say it in parts. Nothing was changed."
        )


def _conjunction(reader: Reader, *, relative: bool) -> Predicate | None:
    start = reader.at
    first, relative = _unit(reader, relative=relative)
    if first is None:
        reader.at = start
        return None
    parts = [first]
    while True:
        start = reader.at
        reader.skip()
        joined = reader.accept("and", ", and", ",", "but", ", but", "and also", "and that", "and who", "and which", "but that",
                               "and whose", "while", "as well as")  # fmt: skip
        if joined.endswith("whose"):
            reader.at -= 1
        if joined and reader.verb() and not relative and not reader.field():
            reader.at = start
            break
        following, relative = (
            _unit(reader, relative=relative and joined != ",") if joined else (None, relative)
        )
        if following is None:
            reader.at = start
            break
        parts.append(following)
        _check_length(parts)
    return Both(tuple(parts)) if len(parts) > 1 else first


def _unit(reader: Reader, *, relative: bool) -> tuple[Predicate | None, bool]:
    """One condition, and whether it was introduced by `that are` or the like, so that further ones may lack it."""
    start = reader.at
    reader.skip()
    negated = False
    if reader.accept(
        "that",
        "which",
        "who",
        "where",
        ", which",
        ", that",
        "and that",
        "such that",
        "if they",
        "if it",
        "when",
    ):
        relative = True
        reader.accept("they", "it", "the")
    if reader.accept("neither"):
        negated = relative = True
    if reader.accept(*_BE_NOT):
        negated = True
        relative = True
    elif relative:
        reader.accept(*_BE)
        negated = bool(reader.accept("not", "no longer", "never", "anything but", "nor"))
    reader.skip()
    reader.accept("currently", "all", "both", "either", "already", "really", "too")
    found = _core(reader, relative=relative)
    if found is None:
        reader.at = start
        return None, relative
    return (contrary(found) if negated else found), relative


def _core(reader: Reader, *, relative: bool) -> Predicate | None:
    start = reader.at
    for reading in (_criterion, _lacking, _priced, _by_field, _bare_comparison, _by_value):
        found = reading(reader, relative)
        if found is not None:
            return found
        reader.at = start
    return None


def _criterion(reader: Reader, relative: bool) -> Predicate | None:
    start = reader.at
    introduced = reader.accept(
        "with", "having", "marked as", "marked", "considered", "classed as", "deemed", "in", "with a", "on"
    )
    found = longest(reader.lexicon.criteria, reader.tokens, reader.at)
    whole = longest(reader.lexicon.criteria, reader.tokens, start)
    if whole is not None and (found is None or whole[1] >= found[1]):
        found, introduced = whole, ""
    if found is None or not (relative or introduced or found[1] - start > 1):
        return None
    criteria, end = found
    said = reader.said(reader.at if introduced else start, end)
    field = reader.field() if introduced else None
    if field and field[1] >= end:
        return None
    reader.at = end
    if longest(reader.lexicon.types, reader.tokens, end) and not relative:
        return None
    return Meets(criteria, said)


def _lacking(reader: Reader, _relative: bool) -> Predicate | None:
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
    numeric = Compare(word, "==", 0.0, reader.said(start)) if _is_numeric(reader, word) else None
    absent = Not(Has(word, reader.said(start)))
    return Either((numeric, absent)) if numeric else absent


def _is_numeric(reader: Reader, word: FieldWord) -> bool:
    types = reader.lexicon.item_types.declared
    kinds = {
        types[of].fields[field].kind
        for of, field in word.items()
        if of in types and field in types[of].fields
    }
    return bool(kinds & {"number", "integer"})


def _priced(reader: Reader, _relative: bool) -> Predicate | None:
    start = reader.at
    cost = reader.lexicon.field("cost")
    if cost and reader.accept("cheaper than", "less expensive than"):
        number = reader.quantity()
        return Compare(cost, "<", number.value, reader.said(start)) if number else None
    if cost and reader.accept("more expensive than", "pricier than", "costlier than", "dearer than"):
        number = reader.quantity()
        return Compare(cost, ">", number.value, reader.said(start)) if number else None
    if not cost or not reader.accept(*_COST):
        return None
    return _compared(reader, cost, start)


def _by_field(reader: Reader, relative: bool) -> Predicate | None:
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
    return _compared(reader, word, start, introduced=introduced)


def _continues_as_comparison(reader: Reader, end: int) -> bool:
    at, reader.at = reader.at, end
    following = bool(reader.accept("is", "are", "of", "=", "was", "between") or reader.accept_from(COMPARATORS)
                     or reader.quantity() or reader.accept(*_EMPTY)
                     or longest(reader.lexicon.values, reader.tokens, reader.at))  # fmt: skip
    reader.at = at
    return following


def _compared(reader: Reader, field: FieldWord, start: int, *, introduced: str = "") -> Predicate | None:
    """What follows a field: `is below 50`, `between 10 and 20`, `of zero`, `Warehouse A`, `above their max`."""
    negated = False
    while not reader.here("at least", "at most", "is at least", "is at most", "at or") and (word := reader.accept("is", "are", "of", "was", "at", "being", ":", "level", "levels", "has been", "set to", "that is",
                                "which is", "isn't", "aren't", "is not", "are not", "not", "equal to", "stands at", "falls",
                                "fell", "drops", "dropped", "currently", "still", "value", "rating")):  # fmt: skip
        negated = negated or word.endswith(("n't", "not"))
    found = _right_side(reader, field, start, introduced)
    return contrary(found) if found is not None and negated else found


def _right_side(reader: Reader, field: FieldWord, start: int, introduced: str) -> Predicate | None:
    if reader.accept(*_EMPTY):
        return Not(Has(field, reader.said(start)))
    if reader.accept("between", "from", "in the range of", "in the range"):
        low = reader.quantity()
        joined = reader.accept("and", "to", "-", "\u2013") if low else ""
        high = reader.quantity() if joined else None
        if low is None or high is None:
            return None
        said = reader.said(start)
        return Both((Compare(field, ">=", low.value, said), Compare(field, "<=", high.value, said)))
    text = reader.accept("contains", "containing", "contain", "includes", "including", "starts with", "starting with", "ends with",
                         "ending in", "begins with", "beginning with", "ending with", "start with", "begin with", "end with")  # fmt: skip
    if text:
        comparison = "starts" if text[0] in "sb" else "ends" if text[0] == "e" else "contains"
        raw = _text(reader)
        return Compare(field, comparison, raw, reader.said(start)) if raw else None
    reader.accept("is", "are")
    comparison = COMPARATORS[found] if (found := reader.accept_from(COMPARATORS, 5)) else ""
    reader.accept("or equal to")
    number = reader.quantity()
    if number:
        _past_unit(reader, number)
        comparison = comparison or _trailing(reader) or "=="
        return Compare(field, comparison, number.value, reader.said(start))
    if comparison:
        reader.accept("their", "its", "the", "the own", "own")
        other = reader.field()
        value = longest(reader.lexicon.values, reader.tokens, reader.at)
        if other and not (value and value[1] > other[1]):
            reader.at = other[1]
            return Compare(field, comparison, other[0], reader.said(start))
    return _text_value(reader, field, start, comparison or "==", certain=introduced != "")


def _text_value(
    reader: Reader, field: FieldWord, start: int, comparison: str, *, certain: bool
) -> Predicate | None:
    if comparison not in ("==", "!="):
        return None
    options: list[Predicate] = []
    unknown = ""
    while True:
        before = reader.at
        reader.accept("the", "either", "in", "at", '"')
        known = longest(reader.lexicon.values, reader.tokens, reader.at)
        mine = {key: value for key, value in known[0].items() if field.get(key[0]) == key[1]} if known else {}
        if known and mine:
            reader.at = known[1]
            options.append(Among(mine, reader.said(start)))
            _check_length(options)
        elif not options and (partial := _partial_value(reader, field)):
            options.append(partial)
        elif not options and (token := reader.token()) and token.kind == "quoted":
            reader.take_raw(reader.at + 1)
            options.append(Compare(field, "==", token.text, reader.said(start)))
        else:
            unknown = reader.said(reader.at, _end_of_words(reader))
            reader.at = before
            break
        before = reader.at
        if not reader.accept("or", "and", ",", ", or", ", and") or _another_begins(reader, field):
            reader.at = before
            break
    if not options:
        if certain and unknown and not _is_numeric(reader, field):
            name = min(field.values()).replace("_", " ")
            raise NotUnderstoodError(f"I know no {name} «{unknown}», so nothing was changed.")
        return None
    found = Either(tuple(options)) if len(options) > 1 else options[0]
    return contrary(found) if comparison == "!=" else found


def _another_begins(reader: Reader, field: FieldWord) -> bool:
    """Whether what follows a connector is not one more value of the same field."""
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    return known is None or not any(field.get(of) == name for of, name in known[0])


def _end_of_words(reader: Reader) -> int:
    end = reader.at
    while end < len(reader.tokens) and end - reader.at < 6:
        token = reader.tokens[end]
        if token.kind == "mark" or token.norm in FUNCTION_WORDS - {"a", "of"}:
            break
        end += 1
    return end


def _partial_value(
    reader: Reader, field: FieldWord | None, preferred: tuple[FieldWord, ...] = ()
) -> Predicate | None:
    """A value of which only the beginning was said, when only one begins so: `Global Parts`."""
    end = _end_of_words(reader)
    while end > reader.at:
        key = " ".join(token.norm for token in reader.tokens[reader.at : end])
        if len(key) > 3 and not any(word in NUMBER_WORDS for word in key.split()):
            found: dict[tuple[str, str], str] = {}
            for known, where in reader.lexicon.values.items():
                if known.startswith(key + " "):
                    for (of, name), value in where.items():
                        if (field is not None and field.get(of) == name) or any(
                            words.get(of) == name for words in preferred
                        ):
                            found[of, name] = value
                            if len(set(found.values())) > 1:
                                return None
            if found:
                start, reader.at = reader.at, end
                value = next(iter(found.values()))
                reader.notes.append(f"I took «{reader.said(start)}» to be «{value}».")
                return Among(found, value)
        end -= 1
    return None


def _past_unit(reader: Reader, number: Quantity) -> None:
    if reader.accept(
        "in stock", "left", "remaining", "on hand", "in total", "each", "apiece", "a piece", "per unit"
    ):
        return
    if not number.unit:
        reader.accept("units", "pieces", "days")


def _trailing(reader: Reader) -> str:
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


def _text(reader: Reader) -> str:
    end = reader.at
    if end < len(reader.tokens) and reader.tokens[end].kind == "quoted":
        return reader.take_raw(end + 1)
    end = _end_of_words(reader)
    return reader.take_raw(end) if end > reader.at else ""


def _bare_comparison(reader: Reader, _relative: bool) -> Predicate | None:
    """A comparison whose field comes after, or is not said at all: `with more than 50 units`, `under $20`."""
    start = reader.at
    reader.accept(
        "with", "having", "have", "has", "of which there are", "where there are", "at", "for", "whose"
    )
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
    field = reader.lexicon.field("cost") if money else _field_after_number(reader, number)
    if not field:
        return None
    sign = sign or _trailing(reader) or "=="
    said = reader.said(start)
    if high is not None:
        return Both((Compare(field, ">=", number.value, said), Compare(field, "<=", high.value, said)))
    return Compare(field, sign, number.value, said)


def _field_after_number(reader: Reader, number: Quantity) -> FieldWord:
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


def _against_own_field(reader: Reader, comparison: str, start: int) -> Predicate | None:
    reader.accept("their", "its", "the")
    other = reader.field()
    stock = reader.lexicon.field("stock")
    if other is None or not stock:
        return None
    reader.at = other[1]
    return Compare(stock, COMPARATORS[comparison], other[0], reader.said(start))


def _by_value(reader: Reader, relative: bool) -> Predicate | None:
    """`in Warehouse A`, `from Global Parts Inc or TechCorp`, and after `that are` just the value."""
    start = reader.at
    preposition = reader.accept(*_PLACE, *_SOURCE, *_GOAL)
    if not (preposition or relative):
        return None
    reader.accept("either")
    reader.accept("the", "category", "our")
    preferred = tuple(reader.lexicon.field(word) for word in _PREFERRED.get(preposition, ()))
    options: list[Predicate] = []
    while True:
        reader.accept("in", "at", "from", "the") if options else ""
        known = longest(reader.lexicon.values, reader.tokens, reader.at)
        if known is not None:
            here, reader.at = reader.at, known[1]
            mine = next(
                (
                    some
                    for words in preferred
                    if (
                        some := {key: value for key, value in known[0].items() if words.get(key[0]) == key[1]}
                    )
                ),
                {} if preposition in _GOAL else known[0],
            )
            if not mine:
                return None
            options.append(Among(mine, reader.said(start if not options else here)))
            _check_length(options)
        elif not options and preposition and (partial := _partial_value(reader, None, preferred)):
            options.append(partial)
        else:
            return None
        field = reader.field()
        if field and known and any(field[0].get(of) == name for of, name in known[0]):
            reader.at = field[1]
        before = reader.at
        joined = reader.accept("or", "and", ",", ", or", ", and")
        if joined and not _value_alone(reader):
            joined = ""
        if not joined:
            reader.at = before
            break
    return Either(tuple(options)) if len(options) > 1 else options[0]


def _value_alone(reader: Reader) -> bool:
    """Whether a further value stands after a connector, not a new noun phrase that begins like one."""
    at = reader.at
    reader.accept("in", "at", "from", "the")
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    name = longest(reader.lexicon.names, reader.tokens, at)
    reader.at = at
    return known is not None and (name is None or name[1] <= known[1])
