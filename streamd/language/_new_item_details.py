"""Details of new items beyond declared fields: fields of undeclared types, order lines, dates."""

from streamd.language._dates import period
from streamd.language._item_names import known_name
from streamd.language._lexicon import longest
from streamd.language._syntax_tree import Assignment, NewItems, NotUnderstoodError
from streamd.language._text_spans import raw_text
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import key_of
from streamd.language._vocabulary import FUNCTION_WORDS, STOPS, VALUE_OF_FIELD

QUANTITY_FIELD = "quantity"
"""The field for the number ordered; orders are declared without it and may have further fields."""


def undeclared_detail(reader: TokenReader) -> Assignment | None:
    """Parse a field name and its value: `deadline 2026-12-01`, `owner: Ann`."""
    start = reader.at
    reader.accept("a", "an", "the", "and", "with")
    token = reader.token()
    if token is None or token.kind != "word" or token.norm in FUNCTION_WORDS or not token.norm.isidentifier():
        reader.at = start
        return None
    reader.at += 1
    reader.accept(*VALUE_OF_FIELD, "set to")
    following = reader.token()
    if following is None or following.norm in STOPS | {",", "and"}:
        reader.at = start
        return None
    word = {"": token.norm}
    number = reader.quantity() if following.kind in ("number", "mark") else None
    if number is not None and not number.percent:
        return Assignment(word, token.norm, number=number)
    raw = raw_text(reader, detail=True)
    if not raw:
        reader.at = start
        return None
    return Assignment(word, token.norm, raw=raw)


def ordered_items(reader: TokenReader, item_type: str) -> Assignment | None:
    """Parse an order line: `for 50 units of Product B`."""
    lines = reader.lexicon.field("ordered items")
    if item_type not in lines:
        return None
    start = reader.at
    reader.accept("another", "an additional")
    number = reader.quantity()
    if number is not None and (number.money or number.percent):
        reader.at = start
        return None
    if number is not None:
        reader.accept("more", "additional", "extra")
        reader.accept("units of", "pieces of", "of", "x", "units", "pieces")
    known = known_name(reader)
    supplier = longest(reader.lexicon.values, reader.tokens, reader.at)
    if known is None or (number is None and supplier is not None):
        reader.at = start
        return None
    reader.at = known[1]
    return Assignment(lines, "ordered items", raw=known[0].text, ids=known[0].ids, number=number)


def dated(reader: TokenReader, item_type: str) -> Assignment | None:
    """Parse the date of a new order or shipment: `due 2026-12-24`, `placed on 2026-12-20`."""
    start = reader.at
    introduced = reader.accept(*_DUE, *_PLACED)
    try:
        day = period(reader, {item_type: introduced}) if introduced else None
    except NotUnderstoodError:
        day = None
    if day is not None and day.is_day:
        for name in (
            ("order date", "shipping date")
            if introduced in _PLACED
            else ("due", "expected delivery", "expected arrival")
        ):
            word = reader.lexicon.field(name)
            if item_type in word:
                return Assignment(word, name, raw=day.first)
    reader.at = start
    return None


_DUE = ("due", "due on", "due by", "expected", "expected on", "expected by", "arriving", "arriving on", "arriving by", "to arrive on",
        "to arrive by", "to be delivered on", "to be delivered by", "with delivery on", "for delivery on", "delivered by", "delivered on",
        "expected to arrive on", "by", "with due date", "with expected delivery", "with expected delivery on", "with expected delivery of")  # fmt: skip
_PLACED = ("ordered on", "placed on", "dated", "from", "of", "shipped on")


def adjective(reader: TokenReader) -> tuple[Assignment, ...]:
    """Parse a known value before the type: `two Electronics items`."""
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    if known is None or not longest(reader.lexicon.types, reader.tokens, known[1]):
        return ()
    reader.at = known[1]
    field = dict(known[0].keys())
    return (Assignment(field, "", raw=next(iter(known[0].values())), values=known[0]),)


def bare_names(before: list[NewItems], last: NewItems) -> bool:
    """Whether only bare names came before, so that the fields of the last one hold for all: `Foo and Bar to Warehouse A`."""
    return all(
        one.names and not one.assignments and one.type == last.type and one.count is None for one in before
    )


def occasion_here(reader: TokenReader) -> Assignment | None:
    """Parse what new items are for, which is told and not stored. Raises where it names items, which is no occasion."""
    start = reader.at
    raw = raw_text(reader, detail=True, singular=True)
    if raw and any(longest(reader.lexicon.names, reader.tokens, at) for at in range(start, reader.at)):
        raise reader.refuse(f"for {raw}")
    if raw:
        reader.notes.append(f"I took «for {reader.surface(start)}» to be the occasion only.")
    return Assignment({}, "") if raw else None


def check_no_value(reader: TokenReader, name: str) -> None:
    """Refuse a value behind an item, such as its category, as the name of a further one."""
    if key_of(name) in reader.lexicon.values:
        raise NotUnderstoodError(
            f"I do not know whether «{name}» is a further item or belongs to the one before it: say which field it is, for example "
            f"«with category {name}», or put a name in quotes. Nothing was changed."
        )
