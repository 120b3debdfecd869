"""Extracts the key phrases of a text.

Phrases are the runs of words between stop words and punctuation; a word weighs its degree by its frequency, a phrase the sum
of its words (S. Rose et al., "Automatic keyword extraction from individual documents", 2010).
"""

import re
from collections import Counter
from typing import Final

from streamd.text.number_words import CARDINALS
from streamd.text.wordlist import words
from streamd.text.words import STOP_WORDS, terms

_LONGEST_WORDS: Final = 4
_PART: Final = re.compile(
    r"[^\s,;:.!?()\[\]{}\"“”«»|/\n]+(?:[.,/:](?=[^\W_])[^\s,;:.!?()\[\]{}\"“”«»|/\n]+)*|[,;:.!?()\[\]{}\"“”«»|/\n]"
)
_WORKING: Final = (
    words(
        "write writing written draft plan planning create creating generate describe discuss compare comparing list summary "
        "summarise summarize essay article report text texts section sections paragraph day days week weeks weekend trip travel "
        "travelling traveling visit visiting holiday vacation itinerary good great best nice new first second third last missing "
        "mention mentioned covered cover note notes draft revise revised improve answer question help look looking search "
        "searching information info details detail short long brief add name "
        "miss misses lack lacks way ways important various different today tomorrow"
    )
    | CARDINALS.keys()
)
"""Words about the text that is requested rather than about its subject."""


def key_phrases(text: str, at_most: int) -> tuple[str, ...]:
    """The phrases of the highest weight, in the spelling of the text, none of which repeats the words of another."""
    phrases = _phrases(text)
    frequency = Counter(word for phrase in phrases for word in _folded(phrase))
    degree = Counter[str]()
    for phrase in phrases:
        for word in _folded(phrase):
            degree[word] += len(phrase)
    weight = {
        " ".join(phrase): sum(degree[word] / frequency[word] for word in _folded(phrase))
        for phrase in phrases
    }
    found: list[str] = []
    # Equal ones stay in the order of the text: dictionaries and sorting keep it.
    for spoken in sorted(weight, key=lambda one: -weight[one]):
        held = set(terms(spoken))
        if held and not any(held <= set(terms(had)) for had in found):
            found.append(spoken)
        if len(found) == at_most:
            break
    return tuple(found)


def _phrases(text: str) -> list[tuple[str, ...]]:
    found: list[tuple[str, ...]] = []
    run: list[str] = []
    for token in [*_PART.findall(text), "."]:
        word = token.strip("'\u2019*_#`<>-\u2013—•").casefold().replace("\u2019", "'")
        ends = not word or not word[0].isalnum() or word in STOP_WORDS or word in _WORKING or word.isdigit()
        if not ends:
            run.append(token.strip("'\u2019*_#`<>-\u2013—•"))
            continue
        while run:
            # A longer run is a list without commas; its parts are still worth a query.
            found.append(tuple(run[:_LONGEST_WORDS]))
            run = run[_LONGEST_WORDS:]
    return found


def _folded(phrase: tuple[str, ...]) -> list[str]:
    return [word.casefold() for word in phrase]
