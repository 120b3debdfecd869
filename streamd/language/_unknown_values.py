"""Refuses conditions on values that no item has, and says which there are: `from Foobar Inc`, `in Hall 3`."""

from itertools import islice
from typing import Final

from streamd.language._known_values import PLACE, shortened
from streamd.language._lexicon import longest
from streamd.language._references import SOURCE
from streamd.language._syntax_tree import UnknownValueError
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import FUNCTION_WORDS
from streamd.text.time_words import MONTHS

_SOURCES: Final = tuple(one for one in SOURCE if one not in ("of", "by", "via"))
_MOST_LOOKED_AT: Final = 20_000
_LONGEST: Final = 6
_JOINED: Final = frozenset({"&", "-", "."})


def unknown_value(reader: TokenReader) -> UnknownValueError | None:
    """The refusal of the value with a capital that follows a preposition here; None without one."""
    start = reader.at
    reader.accept("come", "comes", "are", "is", "that are", "which are", "that come")
    introduced = reader.accept(*_SOURCES, *PLACE)
    reader.accept("the", "supplier", "vendor", "our")
    first = end = reader.at
    while end < len(reader.tokens) and end - first < _LONGEST and _is_named(reader, end):
        end += 1
    text = reader.surface(first, end).strip(" .,")
    reader.at = start
    if text.split(" ")[0].casefold() in MONTHS or not introduced or not text or _is_known(reader, first):
        return None
    field, noun = ("supplier", "supplier") if introduced in _SOURCES else ("location", "place")
    word = reader.lexicon.field(field)
    known = sorted(
        {
            value
            for where in islice(reader.lexicon.values.values(), _MOST_LOOKED_AT)
            for (of, name), value in where.items()
            if of == reader.lexicon.default_type and word.get(of) == name
        }
    )
    if not known:
        return None
    return UnknownValueError(
        f"There is no {noun} «{text}» here; there {'is' if len(known) == 1 else 'are'} {shortened(known)}. Nothing was changed."
    )


def _is_known(reader: TokenReader, at: int) -> bool:
    tables = (reader.lexicon.names, reader.lexicon.values)
    return any(longest(table, reader.tokens, at) is not None for table in tables)


def _is_named(reader: TokenReader, at: int) -> bool:
    token = reader.tokens[at]
    if token.kind == "mark":
        return token.norm in _JOINED
    return (
        token.kind == "quoted"
        or not token.text.islower()
        or (token.norm not in FUNCTION_WORDS and any(char.isdigit() for char in token.text))
    )
