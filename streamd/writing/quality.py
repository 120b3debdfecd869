"""Measures the quality of advertising copy: 0 to 100, from components that are explained by their numbers.

Readability is Flesch's (`readability.py`). The other measures are counts; the bounds they are compared with are ours.
"""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

from streamd.facts import frozen
from streamd.text.lists import listed
from streamd.text.plurals import counted
from streamd.text.text_quality import Component, Quality
from streamd.text.wordlist import words
from streamd.text.words import NUMBER, names, terms, word_tokens
from streamd.writing._copy_brief import CopyBrief, copy_brief
from streamd.writing._readability import reading_ease, words_in
from streamd.writing._verb_forms import is_imperative


@frozen
class _Measure:
    """The bounds and weights for a kind of section."""

    least_words: int
    most_words: int
    concrete: int
    """The number of figures, names and words of the brief that is concrete enough."""
    keywords: int
    """The number of keywords that is expected; may be 0."""
    weights: Mapping[str, float]


_PROSE: Final = {"length": 0.2, "readability": 0.2, "keywords": 0.2, "specificity": 0.25, "freshness": 0.15}
_SHORT: Final = {"length": 0.3, "readability": 0.1, "keywords": 0.2, "specificity": 0.3, "freshness": 0.1}
_CALL: Final = {
    "length": 0.2,
    "readability": 0.1,
    "specificity": 0.2,
    "call to action": 0.4,
    "freshness": 0.1,
}
_MEASURES: Final[Mapping[str, _Measure]] = {
    "headline": _Measure(4, 10, 4, 1, _SHORT),
    "subheadline": _Measure(8, 22, 5, 2, _SHORT),
    "body": _Measure(40, 160, 8, 100, _PROSE),
    "cta": _Measure(2, 6, 2, 0, _CALL),
}
SECTIONS: Final = tuple(_MEASURES)
"""In the order in which they are written."""
_PLAIN_EASE: Final = 60.0
"""Flesch's bound of plain English."""
_VAGUE: Final = words(
    "very really truly simply just great amazing awesome incredible unique innovative revolutionary leading best-in-class "
    "world-class cutting-edge next-level game-changing seamless robust solution solutions leverage synergy ultimate perfect "
    "fantastic exciting unparalleled state-of-the-art holistic empower unlock elevate"
)
_FILLER: Final = re.compile(
    r"\b(?:in today's (?:fast-paced )?world|at the end of the day|needless to say|it goes without saying|when it comes to|"
    r"in order to|due to the fact that|look no further|take it to the next level|one-stop shop|click here)\b"
)


def quality_of(section: str, text: str, brief: Mapping[str, object] | CopyBrief) -> Quality:
    """Measure a section's text. A section that is none of `SECTIONS` is measured as a body; an empty text has 0."""
    given = brief if isinstance(brief, CopyBrief) else copy_brief("", brief)
    measure = _MEASURES.get(section, _MEASURES["body"])
    scored = {
        "length": _length(text, measure),
        "readability": _readability(text),
        "keywords": _keywords(text, given, measure),
        "specificity": _specificity(text, given, measure),
        "call to action": _call(text, given),
        "freshness": _freshness(text),
    }
    has_words = bool(words_in(text))
    components = tuple(
        Component(
            name,
            round(scored[name][0], 1) if has_words else 0.0,
            weight,
            scored[name][1] if has_words else "There is no text.",
        )
        for name, weight in measure.weights.items()
    )
    return Quality(round(sum(one.score * one.weight for one in components), 1), components)


def _length(text: str, measure: _Measure) -> tuple[float, str]:
    many, least, most = len(words_in(text)), measure.least_words, measure.most_words
    wanted = f"{least} to {most} words are right here"
    if many < least:
        return 100.0 * many / least, f"{counted(many, 'word')}; {wanted}, so it is short."
    if many > most:
        return max(0.0, 100.0 * (2 - many / most)), f"{counted(many, 'word')}; {wanted}, so it is long."
    return 100.0, f"{counted(many, 'word')}; {wanted}."


def _readability(text: str) -> tuple[float, str]:
    ease = reading_ease(text)
    score = min(100.0, max(0.0, 100.0 * ease / _PLAIN_EASE))
    verdict = "plain English or easier" if ease >= _PLAIN_EASE else "harder than plain English"
    return (
        score,
        f"Flesch reading ease {ease:.0f}; from {_PLAIN_EASE:.0f} on a text is plain English: this is {verdict}.",
    )


def _keywords(text: str, brief: CopyBrief, measure: _Measure) -> tuple[float, str]:
    wanted = brief.keywords or ((brief.product,) if brief.product else ())
    if not wanted:
        return 100.0, "The brief names no keywords."
    held = set(terms(text))
    present = [word for word in wanted if set(terms(word)) <= held]
    expected = min(len(wanted), measure.keywords)
    what = "keywords" if brief.keywords else "names of the product"
    score = 100.0 * min(1.0, len(present) / expected) if expected else 100.0
    shown = f": {listed(present)}" if present else ""
    return score, f"{len(present)} of {len(wanted)} {what} occur{shown}; {expected} would do here."


def _specificity(text: str, brief: CopyBrief, measure: _Measure) -> tuple[float, str]:
    spoken = set(terms(text))
    given = set(terms(" ".join([*brief.benefits, *brief.facts, brief.audience, brief.offer, brief.action])))
    figures = set(NUMBER.findall(text))
    named = names(text)
    concrete = (
        len(figures) + len(named) + len((spoken & given) - {figure.casefold() for figure in figures | named})
    )
    vague = [word for word in word_tokens(text) if word in _VAGUE]
    score = 100.0 * min(1.0, concrete / measure.concrete) - 15.0 * len(vague)
    empty = (
        f"; {counted(len(vague), 'word')} say little: {listed(list(dict.fromkeys(vague)))}" if vague else ""
    )
    explanation = (
        f"{counted(concrete, 'figure, name or word')} of the brief; {measure.concrete} would do{empty}."
    )
    return max(0.0, score), explanation.replace("figure, name or words", "figures, names and words")


def _call(text: str, brief: CopyBrief) -> tuple[float, str]:
    """Score a call to action: half for an imperative, three tenths for the benefit, the rest for brevity."""
    asks = is_imperative(text)
    aims = set(terms(" ".join([brief.action, brief.offer, brief.product, *brief.benefits]))) - set(
        terms(text.split(" ", 1)[0])
    )
    gets = bool(aims & set(terms(text)))
    short = len(words_in(text)) <= 6
    score = 50.0 * asks + 30.0 * gets + 20.0 * short
    worded = [
        "begins with a verb that asks" if asks else "does not begin with a verb that asks",
        "says what it is about" if gets else "does not say what the reader gets",
        "is short enough for a button" if short else "is too long for a button",
    ]
    return score, f"It {listed(worded)}."


def _freshness(text: str) -> tuple[float, str]:
    spoken = word_tokens(text)
    runs = Counter(zip(spoken, spoken[1:], spoken[2:], strict=False))
    repeated = sum(many - 1 for many in runs.values())
    share = repeated / max(1, sum(runs.values()))
    fillers = _FILLER.findall(text.casefold().replace("\u2019", "'"))
    score = max(0.0, 100.0 * (1 - 2 * share) - 20.0 * len(fillers))
    stock = f"stock phrases: {listed(fillers)}" if fillers else "no stock phrases"
    return score, f"{share:.0%} of the runs of three words are repeated; {stock}."
