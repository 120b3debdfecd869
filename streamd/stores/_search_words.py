"""Extracts search words from people's sentences, and builds FTS5 expressions of them.

In an expression every term is quoted and consists of letters and digits, so nothing in a query is an operator.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from streamd.text.words import STOP_WORDS

MOST_WORDS: Final = 48
_LONGEST: Final = 4_000
"""Limit of characters that are read: a query may be a whole document, or a long conversation."""
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_PART: Final = re.compile(r"[^\W_]+")
_COMPOUND: Final = re.compile(r"[^\W_]+(?:[-./_:+][^\W_]+)+")


def words_of(text: str) -> Sequence[str]:
    """Split a text into words, in order: letters and digits only, in lower case."""
    return _PART.findall(unicodedata.normalize("NFC", text).lower())


def search_words(query: str) -> Sequence[str]:
    """The distinct words of a query, at most `MOST_WORDS`; stop words only where there are no others."""
    text = _read(query)
    return _first(_significant(text) or words_of(text))


def any_word(query: str) -> str:
    """Build an expression that matches any of the search words; empty for a query without words."""
    return _any_of(search_words(query))


def any_word_or_compound(query: str) -> str:
    """Build an expression that matches any of the words, and compounds (`SKU-104`, `lead-time`) also as phrases.

    Empty for a query of stop words only.
    """
    text = _read(query)
    compounds = (_PART.findall(compound) for compound in _COMPOUND.findall(text))
    phrases = (" ".join(parts) for parts in compounds if not STOP_WORDS.issuperset(parts))
    return _any_of(_first([*_significant(text), *phrases]))


def every_beginning(words: Iterable[str]) -> str:
    """Build an expression that matches where each of some words begins one."""
    return " AND ".join(f'"{word}" *' for word in words)


def _any_of(terms: Iterable[str]) -> str:
    return " OR ".join(f'"{term}"' for term in terms)


def _first(terms: Iterable[str]) -> Sequence[str]:
    return list(dict.fromkeys(terms))[:MOST_WORDS]


def _read(query: str) -> str:
    return unicodedata.normalize("NFC", query[:_LONGEST]).lower().replace("\u2019", "'")


def _significant(text: str) -> Sequence[str]:
    return [part for word in _WORD.findall(text) if word not in STOP_WORDS for part in _parts(word)]


def _parts(word: str) -> Sequence[str]:
    """The parts of `supplier's` or `l'avion` that are longer than a letter."""
    return [part for part in word.split("'") if part == word or (len(part) > 1 and part not in STOP_WORDS)]
