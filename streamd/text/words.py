"""Words: tokens, stems, stop words and negations of English text."""

import re
from functools import lru_cache
from typing import Final

from streamd.text.wordlist import words

WORD: Final = re.compile(r"[^\W_]+(?:[-'\u2019.,:/](?=[^\W_])[^\W_]+)*")
NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")

STOP_WORDS: Final = words(
    "a about above after again against all almost also although always am an and any anybody anyone anything are aren't as "
    "at be because been before being below between both but by can can't cannot could couldn't did didn't do does doesn't "
    "doing don't down during each either else enough etc even ever every everybody everyone everything few for from further "
    "get gets getting give given go goes going got had has hasn't have haven't having he her here hers herself him himself "
    "his how however i i'd i'll i'm i've if in instead into is isn't it it's its itself just know let let's like made make "
    "makes making many may maybe me might mine more most much must my myself need needs neither no nobody nor not nothing "
    "now of off often on once one only or other others ought our ours ourselves out over own per perhaps please quite rather "
    "really same say says see shall she should shouldn't since so some somebody someone something still such tell than that "
    "that's the their theirs them themselves then there there's these they they're thing things this those through thus to "
    "too under until up upon us use used uses using very via want wants was wasn't we we're we've well were weren't what "
    "what's when where whether which while who whom whose why will with within without won't would wouldn't yes yet you "
    "you'd you'll you're you've your yours yourself find show explain describe"
)
"""Words that carry no topic: function words and the verbs of questions."""

NEGATIONS: Final = words(
    "no not never none nobody nothing neither nor without cannot can't don't doesn't didn't isn't aren't wasn't weren't "
    "won't wouldn't shouldn't couldn't hasn't haven't"
)

_VOWELS: Final = frozenset("aeiouy")


def word_tokens(text: str) -> list[str]:
    """The words of a text in lower case, in order, with straight apostrophes."""
    return [found.replace("\u2019", "'") for found in WORD.findall(text.casefold())]


def terms(text: str) -> list[str]:
    """The stems of the content words, in order and as often as they occur."""
    return [stem(word) for word in word_tokens(text) if word not in STOP_WORDS]


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """Strip the endings of plural, past and -ing from a word; step 1 of M. F. Porter, "An algorithm for suffix stripping", 1980.

    The later steps are left out on purpose: they merge words that people distinguish (`general`, `generic`).
    """
    word = word.removesuffix("'s").removesuffix("'")
    if len(word) < 4 or not word.isalpha():
        return word
    word = _without_plural(word)
    for ending in ("ing", "ed"):
        if word.endswith(ending) and _has_vowel(word[: -len(ending)]):
            word = _restored_stem(word[: -len(ending)])
            break
    if word.endswith("y") and len(word) > 2 and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    # Porter keeps a last e until step 5, so that `store` and `storing` would part here.
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


def numbers(text: str) -> frozenset[str]:
    """The figures in a text, without thousands separators."""
    return frozenset(found.replace(",", "") for found in NUMBER.findall(text))


def names(text: str) -> frozenset[str]:
    """Words written with a capital that are not the first of a sentence, and codes such as `B` or `SKU-7`."""
    found = []
    for match in WORD.finditer(text):
        word, before = match.group(), text[: match.start()].rstrip("\"'“\u2018( ")
        first = not before or before[-1] in ".!?:•"
        if (word[0].isupper() and not first) or (
            not word.isdigit() and any(map(str.isdigit, word)) and not NUMBER.match(word)
        ):
            found.append(word.removesuffix("'s"))
    return frozenset(found)


def is_negative(text: str) -> bool:
    """Whether a sentence contains a negation."""
    return not NEGATIONS.isdisjoint(word_tokens(text))


def _without_plural(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-2] if len(word) > 4 else word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "is")) else word


def _restored_stem(word: str) -> str:
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    doubled = len(word) > 2 and word[-1] == word[-2] and word[-1] not in "lszaeiou"
    return word[:-1] if doubled else word


def _has_vowel(text: str) -> bool:
    return not _VOWELS.isdisjoint(text)
