"""Declarative sentences that imply a command: `Product B now has 75 units`, `we sold 10 units of Product A`.

They are rewritten as the command that they imply.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from streamd.language._imperatives import CHANGING
from streamd.language._item_names import known_name
from streamd.language._lexicon import longest
from streamd.language._movement_statements import (
    MOVEMENT_MARKS,
    corrected_value,
    field_moved,
    goes_to,
    names_here,
    order_near,
    value_found_wrong,
)  # fmt: skip
from streamd.language._new_item_details import ordered_items
from streamd.language._rewriting import sentence_end
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import Token
from streamd.text.time_words import WEEKDAYS

_NOW_IS: Final = ("is now", "are now", "now is", "now are", "=", ":", "->", "- >", "→", "is now at", "are now at", "now at", ": =",
                  "now equals", "is currently at", "has changed to", "changed to", "has become", "is down to", "is up to",
                  "went up to", "went down to", "has dropped to", "has gone up to", "has gone down to")  # fmt: skip
_NOW_HAS: Final = ("now has", "has now", "now have", "have now", "is now at", "are now at", "now at", "is down to", "are down to",
                   "is up to", "are up to", "now holds")  # fmt: skip
_NOW_ELSE: Final[Mapping[str, str]] = {
    "now costs": "price", "costs now": "price", "is now priced at": "price", "now cost": "price",
    "is now in": "location", "are now in": "location", "is now stored in": "location",
    "is now located in": "location", "is now supplied by": "supplier", "now comes from": "supplier", "now come from": "supplier",
    "are now supplied by": "supplier", "is now called": "name", "is now named": "name",
    "has been renamed to": "name", "is now known as": "name",
}  # fmt: skip
_REPORTS: Final[Mapping[str, str]] = {
    **dict.fromkeys(["received", "got", "gained", "took in", "got in", "were delivered", "bought", "returned"], "receive"),
    **dict.fromkeys(["sold", "shipped", "used", "used up", "consumed", "lost", "shipped out", "sent out", "dispatched", "broke",
                     "scrapped", "threw away", "gave away"], "sell"),
}  # fmt: skip
_ARRIVALS: Final[Mapping[str, str]] = {
    **dict.fromkeys(["arrived", "came in", "have arrived", "just arrived", "have come in", "were delivered", "were received",
                     "have just arrived", "have been received", "have been delivered", "were returned"], "receive"),
    **dict.fromkeys(["were sold", "were shipped", "were used", "have been sold", "have been shipped", "were lost", "broke",
                     "were damaged", "have been used", "are gone", "got sold", "went out"], "sell"),
}  # fmt: skip
_PURCHASES: Final = ("order", "buy", "purchase", "reorder")
_TIMES: Final = ("yesterday", "today", "this morning", "this afternoon", "last night", "last week", "just now",
                 *(f"on {day}" for day in WEEKDAYS), "this week", "already")  # fmt: skip


def rewritten_statement(reader: TokenReader, set_field: str = "") -> bool:
    """Replace a statement by the command that it implies. False, without any effect, when it implies none.

    `set_field` is the field that the command before it set, which `it's actually 7` corrects.
    """
    start, end = reader.at, sentence_end(reader)
    if end < len(reader.tokens) and reader.tokens[end].norm == "?":
        return False
    if not any(token.norm in _MARKS for token in reader.tokens[start:end]):
        return False
    if set_field and (found := corrected_value(reader, set_field)):
        reader.tokens = [*reader.tokens[:start], *found, *reader.tokens[reader.at :]]
        reader.at = start
        return True
    reader.at = start
    for reading in _READINGS:
        found = reading(reader)
        if found is not None:
            reader.tokens = [*reader.tokens[:start], *found, *reader.tokens[reader.at :]]
            reader.at = start
            return True
        reader.at = start
    return False


def _value_next(reader: TokenReader) -> bool:
    return not reader.sentence_ended and reader.word() not in (",", "and")


def _field_first(reader: TokenReader) -> list[Token] | None:
    """Parse `stock of Product A = 77`, `the price for Product B is now 3`."""
    start = reader.at
    reader.accept("the", "new", "the new", "the current", "current")
    field = reader.field()
    if field is None or longest(reader.lexicon.names, reader.tokens, reader.at):
        return None
    words_here = reader.tokens[reader.at : field[1]]
    reader.at = field[1]
    if not reader.accept("of", "for"):
        return None
    names = names_here(reader)
    if not (names and reader.accept(*_NOW_IS) and _value_next(reader)):
        return None
    return order_near(reader.tokens[start], "set", words_here, "of", names, "to")


def _names_first(reader: TokenReader) -> list[Token] | None:
    """Parse `Product A: stock 77`, `Product B's stock is now 12`, `Product B now has 75 units in stock`."""
    near = reader.tokens[reader.at]
    names = names_here(reader)
    if not names:
        return None
    after = reader.at
    if reader.accept(*_NOW_HAS):
        if reader.quantity_here():
            return order_near(near, "set stock of", names, "to")
        reader.at = after
    if (introduced := reader.accept(*_NOW_ELSE)) and _value_next(reader):
        return order_near(near, "set", _NOW_ELSE[introduced], "of", names, "to")
    reader.at = after
    if reader.accept(":", "-", "\u2013", "—", "- >", "→"):
        return _after_colon(reader, near, names)
    reader.accept("'s", "'")
    field_at = reader.at
    field = reader.field()
    if field is None:
        return None
    reader.at = field[1]
    words_here = reader.tokens[field_at : field[1]]
    if reader.accept(*_NOW_IS) and _value_next(reader):
        return order_near(near, "set", words_here, "of", names, "to")
    return None


def _after_colon(reader: TokenReader, near: Token, names: Sequence[Token]) -> list[Token] | None:
    """Parse `Product A: stock 77`, `Product B: set stock to 50`, `Product C: 20 units`, `Product A: remove`."""
    reader.skip()
    if verb := reader.verb():
        if not verb[1] & CHANGING:
            return None
        words_here = list(reader.tokens[reader.at : reader.at + verb[2]])
        reader.at += verb[2]
        field = reader.field()
        if field is not None:
            at, reader.at = reader.at, field[1]
            return [*words_here, *reader.tokens[at : field[1]], *order_near(near, "of", names)]
        return [*words_here, *names] if reader.sentence_ended or reader.here("by", "to") else None
    field = reader.field()
    if field is not None:
        at, reader.at = reader.at, field[1]
        named = list(reader.tokens[at : field[1]])
        reader.accept(*_NOW_IS, "to", "is", "of")
        return order_near(near, "set", named, "of", names, "to") if _value_next(reader) else None
    number_at, number = reader.at, reader.quantity()
    if (
        number is not None
        and number.unit
        and (reader.sentence_ended or reader.here("in stock", "on hand", "left"))
    ):
        reader.at = number_at
        return order_near(near, "set stock of", names, "to")
    return None


def _report(reader: TokenReader) -> list[Token] | None:
    """Parse `we received 20 more of Product A`, `I've just sold 10 units of Product A`."""
    near = reader.tokens[reader.at]
    words_here = reader.accept(
        "we", "i", "we've", "i've", "they", "customers", "a customer", "we have", "i have", "the shop"
    )
    if not words_here and not reader.here(
        "got", "received", "just got", "just received", "sold", "just sold", "took in", "counted"
    ):
        return None
    while reader.accept("have", "just", "also", "already", "today", "now"):
        pass
    counted_at = reader.at
    if reader.accept("counted") and reader.quantity():
        number = reader.tokens[counted_at + 1 : reader.at]
        reader.accept("of", "units of", "pieces of", "units", "pieces")
        names = names_here(reader)
        reader.accept("in stock", "on hand", "on the shelf", "left")
        return (
            order_near(near, "set stock of", names, "to", number) if names and reader.sentence_ended else None
        )
    reader.at = counted_at
    verb = reader.accept(*_REPORTS)
    if not verb or not (
        reader.quantity_here() or reader.here("another", "a further", "an additional", "a", "an")
    ):
        return None
    _forget_times(reader)
    end = sentence_end(reader)
    if _REPORTS[verb] == "receive" and reader.tokens[end - 1].norm in ("in", "back"):
        reader.tokens = [*reader.tokens[: end - 1], *reader.tokens[end:]]
    return order_near(near, _REPORTS[verb])


def _level(reader: TokenReader) -> list[Token] | None:
    """Parse `we have 8 Pallet Jacks now`, `there are only 8 Pallet Jacks left`: how many there are, said by a second word for it."""
    near = reader.tokens[reader.at]
    said = reader.accept("we have", "we've got", "i have", "we are down to", "we're down to")
    if not said and reader.at and reader.word(-1) == "there":  # which is passed over as politeness is
        said = reader.accept("are", "is")
    marked = bool(reader.accept("only", "now", "just")) or said.endswith("to")
    at = reader.at
    if not said or reader.quantity() is None:
        return None
    number = reader.tokens[at : reader.at]
    reader.accept("of", "units of", "pieces of", "units", "pieces")
    names = names_here(reader)
    while reader.accept("now", "left", "in stock", "on hand", "on the shelf", "remaining"):
        marked = True
    return (
        order_near(near, "set stock of", names, "to", number)
        if names and marked and reader.sentence_ended
        else None
    )


def _arrival(reader: TokenReader) -> list[Token] | None:
    """Parse `20 units of Product A arrived`, `5 Product B were sold`."""
    near, start = reader.tokens[reader.at], reader.at
    reader.accept("another", "the")
    if reader.quantity() is None:
        return None
    reader.accept("more", "additional", "units", "pieces")
    reader.accept("of", "units of", "pieces of")
    names = known_name(reader)
    if names is None:
        return None
    middle = reader.at = names[1]
    verb = reader.accept(*_ARRIVALS)
    if not verb:
        return None
    _forget_times(reader)
    return order_near(near, _ARRIVALS[verb], reader.tokens[start:middle])


def _purchase(reader: TokenReader) -> list[Token] | None:
    """Parse `order 50 more of Product B from Global Parts Inc`: a new order, where that type is declared."""
    near, verb = reader.tokens[reader.at], reader.accept(*_PURCHASES)
    item_type = next(iter(reader.lexicon.field("ordered items")), "")
    start = reader.at
    found = ordered_items(reader, item_type) if verb and item_type else None
    reader.at = start
    return order_near(near, "create", item_type, "for") if found and found.number else None


def _forget_times(reader: TokenReader) -> None:
    """Remove expressions of time, which do not change the command."""
    at, end = reader.at, sentence_end(reader)
    for first in range(at, end):
        reader.at = first
        if reader.accept(*_TIMES) and reader.at == end:
            reader.tokens = [*reader.tokens[:first], *reader.tokens[end:]]
            break
    reader.at = at


_MARKS: Final = frozenset(
    {
        word
        for phrase in (*_NOW_IS, *_NOW_HAS, *_NOW_ELSE, *_REPORTS, *_ARRIVALS)
        for word in phrase.split()[-2:]
    }
    | {
        *_PURCHASES,
        *MOVEMENT_MARKS,
        "counted",
        "-",
        "\u2013",
        "—",
        "now",
        "only",
        "left",
        "stock",
        "down",
        "just",
    }
)
_READINGS: Final[Sequence[Callable[[TokenReader], list[Token] | None]]] = (
    field_moved, goes_to, value_found_wrong, _field_first, _names_first, _report, _level, _arrival, _purchase,
)  # fmt: skip
