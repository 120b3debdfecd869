"""Statements that say how something changed or where it goes: `the price of Product A went up by 25 cents`, `it's actually 7`."""

from collections.abc import Sequence
from typing import Final

from streamd.language._item_names import known_name
from streamd.language._lexicon import longest
from streamd.language._noun_phrases import noun_phrases
from streamd.language._rewriting import word_near
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._token_reader import TokenReader
from streamd.language._tokens import Token

_UP: Final = (
    "went up by",
    "has gone up by",
    "rose by",
    "increased by",
    "has increased by",
    "is up by",
    "went up",
    "has gone up",
)
_DOWN: Final = (
    "went down by", "has gone down by", "fell by", "dropped by", "decreased by", "has decreased by", "is down by", "went down",
    "has gone down",
)  # fmt: skip
_GOING: Final = ("goes to", "go to", "goes into", "go into", "goes in", "go in", "moves to", "move to")
_CORRECTING: Final = ("it's actually", "it is actually", "its actually", "actually it's", "actually it is", "it 's actually",
                      "actually it 's", "that's actually", "they're actually")  # fmt: skip
MOVEMENT_MARKS: Final = frozenset(
    {"went", "gone", "rose", "increased", "fell", "dropped", "decreased", "goes", "go", "moves", "actually"}
)


def order_near(near: Token, *parts: str | Sequence[Token]) -> list[Token]:
    """Make the tokens of a command of words and of tokens of the statement."""
    tokens: list[Token] = []
    for part in parts:
        if isinstance(part, str):
            tokens += [word_near(one, near) for one in part.split()]
        else:
            tokens += part
    return tokens


def names_here(reader: TokenReader) -> list[Token]:
    """Parse one or more known names into their tokens; an empty list without one."""
    start = reader.at
    reader.accept(
        "the", "item", "product", "supplier", "the item", "the product", "the supplier"
    ) if not known_name(reader) else ""
    first = reader.at
    while True:
        known = known_name(reader)
        if known is None:
            reader.at = start
            return []
        reader.at = known[1]
        after = reader.at
        if not (reader.accept("and", ",", ", and", "&") and known_name(reader)):
            reader.at = after
            return list(reader.tokens[first:after])


def field_moved(reader: TokenReader) -> list[Token] | None:
    """Parse `the price of Product A went up by 25 cents`, `Product A's stock fell by 5`, `Product A went up by 25 cents`."""
    near, start = reader.tokens[reader.at], reader.at
    reader.accept("the", "our")
    field = reader.field()
    if field is not None and longest(reader.lexicon.names, reader.tokens, reader.at) is None:
        words_here, reader.at = reader.tokens[reader.at : field[1]], field[1]
        names = names_here(reader) if reader.accept("of", "for") else []
    else:
        reader.at = start
        names = names_here(reader)
        reader.accept("'s", "'")
        at, field = reader.at, reader.field() if names else None
        reader.at = field[1] if field else at
        words_here = reader.tokens[at : reader.at]
    moved = reader.accept(*_UP, *_DOWN) if names else ""
    at, number = reader.at, reader.quantity() if moved else None
    reader.at = at
    if number is None or not (words_here or number.money):
        return None  # `Product A went up by 5` does not say what went up
    verb = "increase" if moved in _UP else "decrease"
    return order_near(near, verb, words_here, "of" if words_here else "", names, "by")


def goes_to(reader: TokenReader) -> list[Token] | None:
    """Parse `everything in the Yard goes to Hall 3`: a move, to a place that is known or written like a name."""
    near, start = reader.tokens[reader.at], reader.at
    try:
        found = noun_phrases(reader)
    except NotUnderstoodError:
        found = ()
    middle = reader.at
    if not found or not reader.accept(*_GOING):
        reader.at = start
        return None
    place = reader.at
    reader.accept("the") if longest(reader.lexicon.values, reader.tokens, place + 1) else ""
    token = reader.token()
    known = longest(reader.lexicon.values, reader.tokens, reader.at)
    if token is None or not (known or token.kind == "quoted" or token.text[:1].isupper()):
        reader.at = start
        return None
    return order_near(near, "move", reader.tokens[start:middle], "to")


def corrected_value(reader: TokenReader, set_field: str) -> list[Token] | None:
    """Parse `it's actually 7` after a command that set a field."""
    near = reader.tokens[reader.at]
    if not reader.accept(*_CORRECTING) or not reader.quantity_here():
        return None
    return order_near(near, f"set its {set_field.casefold()} to")


def value_found_wrong(reader: TokenReader) -> list[Token] | None:
    """Parse `the stock of Product A is wrong, it's actually 7`."""
    near = reader.tokens[reader.at]
    reader.accept("the", "our")
    field = reader.field()
    if field is not None and not known_name(reader):
        words_here, reader.at = reader.tokens[reader.at : field[1]], field[1]
        names = names_here(reader) if reader.accept("of", "for") else []
    else:
        names = names_here(reader)
        reader.accept("'s", "'")
        at, field = reader.at, reader.field() if names else None
        if field is None:
            return None
        words_here, reader.at = reader.tokens[at : field[1]], field[1]
    if not names or not reader.accept("is wrong", "is incorrect", "is not right", "isn't right", "is off"):
        return None
    reader.accept(",", ";", "-", ":", ".", "—")
    reader.accept(*_CORRECTING, "it's", "it is", "it should be", "actually")
    return order_near(near, "set", words_here, "of", names, "to") if reader.quantity_here() else None
