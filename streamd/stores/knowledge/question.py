"""From a person's sentence to what FTS5 searches for."""

import re
import unicodedata
from typing import Final

from streamd.text.words import STOP_WORDS

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_COMPOUND: Final = re.compile(r"[^\W_]+(?:[-./_:+][^\W_]+)+")
_PART: Final = re.compile(r"[^\W_]+")
_LONGEST_QUERY: Final = 4000
"""Characters that are looked at: a conversation may be long."""
_MOST_TERMS: Final = 48


def question(query: str) -> str | None:
    """An FTS5 expression: any of the words, and what is written as one (`SKU-104`, `lead-time`) also as a phrase.

    None when no word of the query means anything. Every term is quoted and holds letters and digits only, so nothing in
    a query is an operator.
    """
    text = unicodedata.normalize("NFC", query[:_LONGEST_QUERY]).lower().replace("\u2019", "'")
    terms = [part for word in _WORD.findall(text) if word not in STOP_WORDS for part in _parts(word)]
    for compound in _COMPOUND.findall(text):
        parts = _PART.findall(compound)
        if not STOP_WORDS.issuperset(parts):
            terms.append(" ".join(parts))
    return " OR ".join(f'"{term}"' for term in list(dict.fromkeys(terms))[:_MOST_TERMS]) or None


def _parts(word: str) -> list[str]:
    """Of `supplier's` and `l'avion` what is more than a letter."""
    return [part for part in word.split("'") if part == word or (len(part) > 1 and part not in STOP_WORDS)]
