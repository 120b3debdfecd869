"""Extracts search words for memories from people's sentences."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from streamd.text.words import STOP_WORDS

MOST_WORDS: Final = 48
_LONGEST: Final = 4_000
"""Limit of characters that are read: a query may be a whole document."""
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_PART: Final = re.compile(r"[^\W_]+")


def words_of(text: str) -> Sequence[str]:
    """Split a text into words, in order: letters and digits only, in lower case."""
    return _PART.findall(unicodedata.normalize("NFC", text).lower())


def search_words(query: str) -> Sequence[str]:
    """The distinct words of a query, at most `MOST_WORDS`; stop words only where there are no others."""
    text = unicodedata.normalize("NFC", query[:_LONGEST]).lower().replace("\u2019", "'")
    significant = [part for word in _WORD.findall(text) if word not in STOP_WORDS for part in word.split("'")]
    return list(dict.fromkeys(significant or words_of(text)))[:MOST_WORDS]
