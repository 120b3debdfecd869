"""Builds FTS5 expressions from sentences."""

import re
import unicodedata
from typing import Final

from streamd.text.words import STOP_WORDS

_WORD: Final = re.compile(r"[^\W_]+(?:'[^\W_]+)?")
_COMPOUND: Final = re.compile(r"[^\W_]+(?:[-./_:+][^\W_]+)+")
_PART: Final = re.compile(r"[^\W_]+")
_LONGEST_QUERY: Final = 4000
"""Characters of a query that are used; a query may be a long conversation."""
_MOST_TERMS: Final = 48


def fts_query(query: str) -> str | None:
    """Build an FTS5 expression that matches any of the words, and compounds (`SKU-104`, `lead-time`) also as phrases.

    None for a query of stop words only. Every term is quoted and consists of letters and digits, so nothing in a query is
    an operator.
    """
    text = unicodedata.normalize("NFC", query[:_LONGEST_QUERY]).lower().replace("\u2019", "'")
    terms = [part for word in _WORD.findall(text) if word not in STOP_WORDS for part in _parts(word)]
    for compound in _COMPOUND.findall(text):
        parts = _PART.findall(compound)
        if not STOP_WORDS.issuperset(parts):
            terms.append(" ".join(parts))
    return " OR ".join(f'"{term}"' for term in list(dict.fromkeys(terms))[:_MOST_TERMS]) or None


def _parts(word: str) -> list[str]:
    """The parts of `supplier's` or `l'avion` that are longer than a letter."""
    return [part for part in word.split("'") if part == word or (len(part) > 1 and part not in STOP_WORDS)]
