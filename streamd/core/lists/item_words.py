"""Words of items, for text search: letters and digits, without case and accents.

Numbers are apart: they change most, and no index of words follows them. A word of a number begins with a digit.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Final, cast

from streamd.core.item import Item
from streamd.core.values import is_number

MAX_WORDS: Final = 32
"""Most words of one search."""

_WORD: Final = re.compile(r"[^\W_]+")
_WORDLESS: Final = frozenset({int, float, bool, type(None)})
_NESTING: Final = frozenset({list, dict})
_ACCENTS: Final = re.compile("[\u0300-\u036f]")


def text_of(fields: Mapping[str, object]) -> str:
    """Return the texts of an item, also those in lists and objects, but its `type`, which many items share."""
    return folded("\n".join(_texts_of(fields)))


def _texts_of(fields: Mapping[str, object]) -> list[str]:
    texts: list[str] = []
    for name, value in fields.items():
        kind = type(value)
        if kind is str:
            if name != "type":
                texts.append(cast("str", value))
        elif kind in _NESTING:
            texts += _texts_in(value)
    return texts


def keeps_words(before: Mapping[str, object], new_values: Mapping[str, object]) -> bool:
    """Whether new values of fields leave the words of an item as they were: neither they nor those before have texts."""
    for name, value in new_values.items():
        if type(value) not in _WORDLESS or type(before.get(name)) not in _WORDLESS:
            return False
    return True


def folded(text: str) -> str:
    """Return a text as search compares it: words, separated by what belongs to no word."""
    if text.isascii():
        return text.lower()
    folded_text = unicodedata.normalize("NFKD", text.casefold())
    # Signs of vowels in scripts of India and others are marks: letters to whoever reads them.
    return "".join(
        one if one.isalnum() or (not one.isascii() and unicodedata.category(one)[0] == "M") else " "
        for one in _ACCENTS.sub("", folded_text)
    )


def search_words(query: str) -> tuple[str, ...]:
    """Return the distinct words of a query, as search compares them."""
    return tuple(dict.fromkeys(_words(folded(query))))


def may_be_number(word: str) -> bool:
    """Whether a word of a query may begin a number, which only a look at the items finds."""
    return word[0] in "0123456789"


def has_words(item: Item, words: Collection[str], *, numbers: bool = True) -> bool:
    """Whether each word begins one of an item's id and texts, or with `numbers` one of the numbers in its fields.

    The type that the daemon begins an id with is none of its words.
    """
    texts = [item.id.removeprefix(f"{item.type}-"), *_texts_of(item.fields)]
    if numbers and any(map(may_be_number, words)):
        texts += _numbers_in(list(item.fields.values()))
    return begins_words(folded("\n".join(texts)), words)


def begins_words(folded_text: str, words: Collection[str]) -> bool:
    """Whether each of some words begins one of a folded text."""
    found = set(_words(folded_text))
    return all(word in found or any(one.startswith(word) for one in found) for word in words)


def _words(folded_text: str) -> list[str]:
    return _WORD.findall(folded_text) if folded_text.isascii() else folded_text.split()


def _numbers_in(value: object) -> Iterable[str]:
    """The numbers in a value, as they are shown: a whole one without a point."""
    match value:
        case list():
            for member in value:
                yield from _numbers_in(member)
        case dict():
            for member in value.values():
                yield from _numbers_in(member)
        case int() | float() if is_number(value):
            yield repr(int(value) if float(value).is_integer() else value)
        case _:
            pass


def _texts_in(value: object) -> Iterable[str]:
    match value:
        case str():
            yield value
        case list():
            for member in value:
                yield from _texts_in(member)
        case dict():
            for member in value.values():
                yield from _texts_in(member)
        case _:
            pass
