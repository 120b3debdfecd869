"""The grammar of values: `to 80`, `by 10%`, `= Warehouse B`, `to their max`, `with stock 40 and costing $3.50`."""

from typing import Final

import attrs

from streamd.core.declared.field_spec import NUMERIC_KINDS
from streamd.language._dates import as_stored, is_dated, period
from streamd.language._known_values import is_listed
from streamd.language._lexicon import FieldWord, longest
from streamd.language._new_item_details import dated, occasion_here, ordered_items, undeclared_detail
from streamd.language._new_values import check_new_value
from streamd.language._quantities import Quantity
from streamd.language._references import is_reference, referring_detail
from streamd.language._remarks import check_beginnings
from streamd.language._syntax_tree import Assignment, NotUnderstoodError
from streamd.language._text_spans import raw_text
from streamd.language._token_reader import TokenReader
from streamd.language._value_numbers import in_days, spaced_thousands
from streamd.language._vocabulary import FUNCTION_WORDS, STOPS, VALUE_OF_FIELD

_NOTHING: Final = ("nothing", "none", "null", "blank", "empty", "no one", "nobody", "unset", "undefined")


_EACH: Final = (
    "each",
    "apiece",
    "a piece",
    "per unit",
    "per piece",
    "every one",
    "per item",
    "in stock",
    "on hand",
    "in total",
    "a unit",
)


def value_of(
    reader: TokenReader, field: FieldWord, field_surface: str, *, targeted: bool = True, new_type: str = ""
) -> Assignment:
    """Parse the value of a field. Raises when there is none, or one of another kind."""
    start = reader.at
    if not _names_item(reader, field) and reader.accept(*_NOTHING):
        return Assignment(field, field_surface, unset=True)
    reader.accept("their", "its", "the", "full", "his", "her")
    source = reader.field()
    if (
        source
        and not new_type
        and (numeric(reader, field) or start != reader.at)
        and _ends(reader, source[1], targeted=targeted)
    ):
        reader.at = source[1]
        reader.accept("level", "levels", "limit", "value")
        return Assignment(field, field_surface, source=source[0])
    reader.at = start
    if numeric(reader, field, new_type):
        reader.accept("a", "an", "exactly") if not reader.quantity_here() else ""
        number = reader.quantity()
        if number is None:
            raise NotUnderstoodError(
                f"{field_surface} must be a number, and I did not find one in «{reader.surface(start, _past(reader))}», "
                "so nothing was changed."
            )
        if number.vague and number.vague != "couple":
            raise NotUnderstoodError(
                f"«{number.vague}» is no exact number for {field_surface}, so nothing was changed."
            )
        number = spaced_thousands(reader, number)
        if not number.unit and in_days(reader, field) and reader.accept("weeks", "week"):
            number = attrs.evolve(number, value=number.value * 7)
        reader.accept(*_EACH)
        return Assignment(field, field_surface, number=number)
    if is_dated(reader.lexicon.item_types, field, new_type) and (day := period(reader, field)):
        return Assignment(field, field_surface, raw=as_stored(day, reader.surface(start)))
    if _value_begins_with(reader, reader.at - 1, field):
        reader.at -= 1
    reader.accept("the") if longest(reader.lexicon.values, reader.tokens, reader.at + 1) else ""
    free = field == reader.lexicon.field("text") or field == reader.lexicon.field("notes")
    token = reader.token()
    raw = raw_text(
        reader,
        targeted=targeted,
        detail=bool(new_type) and not free,
        free=free and bool(new_type),
        listed=is_listed(reader, field),
    )
    if not raw:
        raise NotUnderstoodError(f"I did not find a value for {field_surface}, so nothing was changed.")
    if token and token.kind != "quoted":
        check_beginnings(reader, field, raw)
        if not new_type:
            check_new_value(reader, field, raw)
    return Assignment(field, field_surface, raw=raw)


def _names_item(reader: TokenReader, field: FieldWord) -> bool:
    """Whether `Nobody` is written as the name of an item, in a field that refers to items."""
    token = reader.token()
    return token is not None and token.text[:1].isupper() and is_reference(reader.lexicon.item_types, field)


def _value_begins_with(reader: TokenReader, at: int, field: FieldWord) -> bool:
    """Whether the field's name is part of the value: `Warehouse` in `to Warehouse C`, when there is a `Warehouse A`."""
    word = reader.tokens[at]
    if at < 1 or word.kind != "word" or not longest(reader.lexicon.fields, reader.tokens, at):
        return False
    return word.text[:1].isupper() or any(
        any(field.get(of) == name for of, name in where)
        for _, where in reader.lexicon.values.beginning_with(word.norm)
    )


def _past(reader: TokenReader) -> int:
    return min(len(reader.tokens), reader.at + 6)


def _ends(reader: TokenReader, at: int, *, targeted: bool) -> bool:
    if at >= len(reader.tokens):
        return True
    following = reader.tokens[at].norm
    return following in STOPS | {
        ",",
        "and",
        "then",
        "level",
        "levels",
        "limit",
        "value",
        "please",
        "but",
    } or (not targeted and following in ("for", "of", "on", "in"))


def numeric(reader: TokenReader, field: FieldWord, only: str = "") -> bool:
    """Whether a field is declared as a number, in the given type or in all types that have it."""
    types = reader.lexicon.item_types.declared
    kinds = {
        types[of].fields[name].kind
        for of, name in field.items()
        if of in types and name in types[of].fields and only in ("", of)
    }
    return bool(kinds) and kinds <= NUMERIC_KINDS


def details(reader: TokenReader, item_type: str) -> list[Assignment]:
    """Parse the fields of a new item that follow its type and name."""
    found: list[Assignment] = []
    while True:
        start = reader.at
        reader.skip()
        reader.accept(")", "]")
        reader.accept(
            ",", "and", ", and", ";", "(", ", with", "[", "-", "\u2013"
        ) if found or reader.word() in (
            ",",
            "(",
            "[",
            "-",
            "\u2013",
            "and",
        ) else ""
        one = _detail(reader, item_type, joined=bool(found))
        if one is None:
            reader.at = start
            reader.accept(")", "]")
            return found
        if one.raw or one.number or one.unset:
            found.append(one)


def _detail(reader: TokenReader, item_type: str, *, joined: bool) -> Assignment | None:
    start = reader.at
    if (day := dated(reader, item_type)) is not None:
        return day
    introduced = reader.accept("with", "having", "whose", "that has", "which has", "in", "at", "from", "costing", "priced at", "priced",
                               "for", "located in", "located at", "stored in", "stored at", "supplied by", "by", "of", "that costs",
                               "which costs", "that is in", "based in", "with a", "with an", "who has", "under", "on", "to", "worth",
                               "made by", "provided by", "into", "set to", "saying", "that says", "delivered by", "selling for",
                               "selling at", "where the", "via", "using", "kept in", "out of", "that cost", "at a", "at the")  # fmt: skip
    reader.accept(
        "a", "an", "the", "its", "their", "initial", "starting", "our", "opening"
    ) if not reader.quantity_here() else ""
    reader.accept("initial", "starting", "opening")
    named_at = reader.at
    field = reader.field()
    value = longest(reader.lexicon.values, reader.tokens, reader.at)
    typed = longest(reader.lexicon.types, reader.tokens, reader.at)
    if value and field and value[1] > field[1]:
        field = None
    certain = bool(introduced) or (joined and field is not None and not (typed and typed[1] >= field[1]))
    if field and item_type in field[0] and (certain or _assigns(reader, field[1])):
        word, end = field
        surface, reader.at = reader.surface(reader.at, end), end
        while reader.accept(
            *VALUE_OF_FIELD, "set to", "as", "equal to", "level", "named", "called", "are", "in", "from"
        ):
            pass
        if not reader.sentence_ended and reader.word() not in (",", "and"):
            return value_of(reader, word, surface, new_type=item_type)
        reader.at = start
        return None
    if introduced in ("saying", "that says"):
        text = reader.lexicon.field("text")
        return Assignment(text, "text", raw=raw_text(reader, free=True)) if item_type in text else None
    if item_type not in reader.lexicon.item_types.declared and (
        introduced in ("with", "with a", "with an", "having") or joined
    ):
        reader.at = named_at if introduced else start
        return undeclared_detail(reader)
    if (other := referring_detail(reader, item_type, introduced)) is not None:
        return other
    lines = ordered_items(reader, item_type) if introduced in ("for", "of") else None
    if lines:
        return lines
    number = reader.quantity()
    if number:
        return _numbered(reader, item_type, introduced, start, number)
    wanted = ("supplier", "origin", "carrier") if introduced in ("from", "by", "supplied by", "made by", "provided by", "delivered by") else (
        ("location", "destination") if introduced in ("in", "at", "located in", "located at", "stored in", "stored at", "based in",
                                                      "kept in", "that is in", "on", "into", "to", "for") else ())  # fmt: skip
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    by_its_field = longest(reader.lexicon.fields, reader.tokens, reader.at) is not None
    for name in (*wanted, "category", "location"):
        word = reader.lexicon.field(name)
        fits = item_type in word and (introduced or by_its_field)
        if fits and known and word[item_type] in {field for _, field in known[0]}:
            reader.at = known[1]
            return Assignment(word, name, raw=next(iter(known[0].values())))
    for name in wanted:
        word = reader.lexicon.field(name)
        if item_type in word and introduced:
            if introduced in ("for", "on") or (introduced == "to" and name != "destination"):
                continue
            raw = raw_text(reader, detail=True)
            if raw:
                return Assignment(word, name, raw=raw)
    customer = introduced == "for" and item_type in reader.lexicon.field("ordered items") and reader.token()
    if customer and reader.tokens[reader.at].text[:1].isupper():
        reader.at = start
        return None
    is_occasion = introduced == "for" and reader.word() not in FUNCTION_WORDS - {"the"}
    if is_occasion and (occasion := occasion_here(reader)) is not None:
        return occasion
    reader.at = start
    return None


def _assigns(reader: TokenReader, at: int) -> bool:
    back, reader.at = reader.at, at
    found = reader.word() in VALUE_OF_FIELD or reader.quantity_here() or reader.word() == '"'
    known = longest(reader.lexicon.values, reader.tokens, at)
    reader.at = back
    return found or known is not None


def _numbered(
    reader: TokenReader, item_type: str, introduced: str, start: int, number: Quantity
) -> Assignment | None:
    cost, stock = reader.lexicon.field("cost"), reader.lexicon.field("stock")
    priced = introduced in (
        "costing",
        "priced at",
        "priced",
        "that costs",
        "which costs",
        "selling for",
        "selling at",
        "that cost",
        "worth",
    )
    if item_type in cost and (number.money or priced):
        reader.accept(*_EACH)
        return Assignment(cost, "price", number=number)
    if longest(reader.lexicon.types, reader.tokens, reader.at) and not introduced:
        reader.at = start
        return None
    total = reader.lexicon.field("total amount")
    if item_type in total and (number.money or priced) and not number.unit:
        return Assignment(total, "total amount", number=number)
    reader.accept("of", "as", "for")
    field = reader.field()
    if field and item_type in field[0] and numeric(reader, field[0], item_type):
        reader.at = field[1]
        return Assignment(field[0], reader.surface(field[1] - 1, field[1]), number=number)
    if item_type in stock and (
        reader.accept("in stock", "on hand", "on stock", "available", "of stock", "in store")
        or number.unit.startswith(("unit", "pc", "piece"))
    ):
        reader.accept("in stock", "on hand", "available")
        return Assignment(stock, "stock", number=number)
    reader.at = start
    return None
