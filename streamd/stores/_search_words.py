"""From people's sentences to the words that memories are searched for."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from streamd.text.words import STOP_WORDS

MOST_WORDS: Final = 48
_LONGEST: Final = 4_000
"""Characters that are looked at: a whole document may be asked for."""
_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_PART: Final = re.compile(r"[^\W_]+")


def words_of(text: str) -> Sequence[str]:
    """All words of a text, in order: letters and digits only, in lower case."""
    return _PART.findall(unicodedata.normalize("NFC", text).lower())


def search_words(query: str) -> Sequence[str]:
    """The different words of a query, at most `MOST_WORDS`; those that any sentence has only where there are no others."""
    text = unicodedata.normalize("NFC", query[:_LONGEST]).lower().replace("\u2019", "'")
    telling = [part for word in _WORD.findall(text) if word not in STOP_WORDS for part in word.split("'")]
    return list(dict.fromkeys(telling or words_of(text)))[:MOST_WORDS]
