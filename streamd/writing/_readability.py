"""Readability of English text."""

import re
from typing import Final

from streamd.writing._sentence_splitting import split

_WORD: Final = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_VOWELS: Final = re.compile(r"[aeiouyáàâäãåéèêëíìîïóòôöõúùûü]+")
_SILENT: Final = re.compile(r"(?:[^laeiouy]es|[^dt]ed|[^l]e)$")


def words_in(text: str) -> list[str]:
    """The words of a text, in its spelling."""
    return _WORD.findall(text)


def syllables(word: str) -> int:
    """Count the syllables of an English word as its groups of vowels without a silent ending; at least 1.

    A count by rules: right for about nine words of ten, as dictionaries have them. Numbers count as one.
    """
    lower = word.casefold()
    groups = len(_VOWELS.findall(lower))
    if groups > 1 and _SILENT.search(lower):
        groups -= 1
    return max(1, groups)


def reading_ease(text: str) -> float:
    """Flesch's reading ease: 206.835 - 1.015 · words per sentence - 84.6 · syllables per word.

    R. Flesch, "A new readability yardstick", Journal of Applied Psychology 32 (1948). About 100: very easy; 60 to 70: plain
    English; below 30: for specialists. Unbounded in both directions; a text without words has 0.
    """
    spelt_out = words_in(text)
    if not spelt_out:
        return 0.0
    sentences = max(1, len(split(" ".join(text.split()))))
    per_word = sum(map(syllables, spelt_out)) / len(spelt_out)
    return 206.835 - 1.015 * len(spelt_out) / sentences - 84.6 * per_word
