"""Corrects typing mistakes: unknown words that are one edit away from exactly one known word."""

from collections.abc import Iterable, Sequence
from typing import Final

import attrs
from rapidfuzz import process
from rapidfuzz.distance import OSA

from streamd.language._decisions import DECISION_WORDS
from streamd.language._everyday_words import COMMON_WORDS, GRAMMAR_WORDS, OTHER_WORDS
from streamd.language._imperatives import GERUNDS, PARTICIPLES, VERBS
from streamd.language._politeness import FILLER_PHRASES, FILLERS, POLITE_PREFIXES
from streamd.language._premise_words import PREMISE_WORDS
from streamd.language._quantities import CURRENCY_WORDS, NUMBER_WORDS, UNIT_WORDS
from streamd.language._tokens import Token
from streamd.language._vocabulary import (
    ALL_WORDS,
    COMPARATORS,
    DETERMINERS,
    EXCEPT,
    EXTREMES,
    FUNCTION_WORDS,
    HIGHEST,
    LOWEST,
    NEW_WORDS,
    PRONOUNS,
    QUESTION_WORDS,
)
from streamd.language._vocabulary_words import RequestWords
from streamd.text.time_words import DAYS_IN, MONTHS

MOST_CORRECTIONS: Final = 40
_SLIPS: Final = {"teh": "the", "hte": "the", "adn": "and", "nad": "and", "ad": "add", "pls": "please", "dleete": "delete", "iwth": "with",
                 "wiht": "with", "al": "all", "fro": "for"}  # fmt: skip


def _single(phrases: Iterable[str]) -> set[str]:
    return {word for phrase in phrases for word in phrase.split()}


_TARGETS: Final = frozenset(
    _single([*VERBS, *ALL_WORDS, *COMPARATORS, *EXCEPT, *EXTREMES, *PRONOUNS])
    | {
        "everything",
        "please",
        "without",
        "between",
        "supplier",
        "total",
        "average",
        "named",
        "called",
        "forecast",
    }
    | NUMBER_WORDS
    | HIGHEST
    | LOWEST
)
"""Words of the grammar that a misspelt word may be corrected to."""
_KNOWN: Final = frozenset(
    _TARGETS | _single([*GERUNDS, *PARTICIPLES]) | {word for phrase in (*POLITE_PREFIXES, *FILLER_PHRASES) for word in phrase}
    | COMMON_WORDS | GRAMMAR_WORDS | FUNCTION_WORDS | FILLERS | DETERMINERS | NEW_WORDS | QUESTION_WORDS | UNIT_WORDS | CURRENCY_WORDS
    | {"older", "newer", "earlier", "later", "cancel", "weeks"}
)  # fmt: skip
_AS_WRITTEN: Final = (
    _KNOWN
    | OTHER_WORDS
    | PREMISE_WORDS
    | DECISION_WORDS
    | frozenset([*DAYS_IN, *(f"{unit}s" for unit in DAYS_IN), *MONTHS])
)
"""Words that are no typing mistakes: `fifth` is not meant to be `fifty`."""


def corrected(tokens: Sequence[Token], words: RequestWords) -> tuple[list[Token], dict[int, str]]:
    """Correct misspelt words; returns the tokens and the corrections by index: `prodct` → `product`."""
    found: list[Token] = []
    mistakes: dict[int, str] = {}
    for index, token in enumerate(tokens):
        word = token.norm
        if token.kind == "word" and word in _SLIPS and word not in words:
            found.append(attrs.evolve(token, norm=_SLIPS[word]))
            continue
        if (
            token.kind == "word" and word == token.text.casefold() and len(word) > 3 and word.isalpha() and word not in _AS_WRITTEN and word not in words
            and len(mistakes) < MOST_CORRECTIONS
        ):  # fmt: skip
            better = _nearest(word, words.with_others(_TARGETS))
            if better:
                mistakes[index] = better
                found.append(attrs.evolve(token, norm=better))
                continue
        found.append(token)
    return found, mistakes


def _nearest(word: str, words: RequestWords) -> str:
    allowed = 2 if len(word) >= 8 else 1
    targets = [known for known in words.like(word, allowed) if len(known) > 3 and known.isalpha()]
    near = [
        (known, distance)
        for known, distance, _ in process.extract(
            word, targets, scorer=OSA.distance, score_cutoff=allowed, limit=12
        )
        if known[0] == word[0] and (max(len(known), len(word)) >= 5 or sorted(known) == sorted(word))
    ]
    best = [known for known, distance in near if distance == near[0][1]]
    if len(best) > 1:
        # words that differ in number only are one candidate
        stems = {known.removesuffix("s") for known in best}
        same_end = [known for known in best if known[-1] == word[-1]]
        return same_end[0] if len(stems) == 1 and same_end else ""
    return best[0] if best else ""


def known_words() -> frozenset[str]:
    """The words of the grammar that any sentence may have."""
    return _KNOWN


def is_as_written(word: str) -> bool:
    """Whether a word is one of the grammar, so that it is never a misspelt other one."""
    return word in _AS_WRITTEN
