"""Ranks the statements of the material by how well they answer a question.

A statement is worth what it shares with the question, each term weighted by how rare it is in the material (the inverse
document frequency of BM25: S. Robertson and H. Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009),
more when the terms stand close together, a little more at the beginning of a text and in a text that was found first.
Those that repeat what is chosen already are passed over (maximal marginal relevance: J. Carbonell and J. Goldstein, 1998).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Final

import attrs

from streamd.core.document_passage import Passage
from streamd.facts import frozen
from streamd.text.full_stops import with_full_stop
from streamd.text.wordlist import words
from streamd.text.words import NUMBER, is_negative, names, numbers, stem, terms, word_tokens
from streamd.writing._sentence_splitting import depends_on_previous, sentences_of

_LONGEST_WORDS: Final = 70
"""Longer statements are lists or tables without line breaks."""
_LEAST_COVERAGE: Final = 0.2
"""The least share of the question's weight that a relevant statement has."""
_ALIKE: Final = 0.6
_COMPARED: Final = 200
"""The number of best statements that are compared with each other."""
_UNKNOWN: Final = 1.5
"""The weight of a term that no statement has."""
_HEADING_WEIGHT: Final = 0.6
_WINDOW: Final = 4
_MEASURED: Final = words("many much long far old big often")
_CAUSES: Final = words("because since therefore due reason caused so")


@frozen
class Statement:
    """A statement of the material, with the terms to rank it by."""

    text: str
    """Ended by a full stop."""
    source: int
    """The index of its passage; -1 for a statement from no passage."""
    place: int
    """The position within its passage, from 0."""
    terms: tuple[str, ...]
    heading: frozenset[str] = frozenset()
    """The terms of its headings."""

    @cached_property
    def held(self) -> frozenset[str]:
        """Its terms, each once."""
        return frozenset(self.terms)

    @cached_property
    def about(self) -> frozenset[str]:
        """Its terms and its headings'."""
        return self.held | self.heading

    @cached_property
    def figures(self) -> frozenset[str]:
        """The numbers in it."""
        return numbers(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in it."""
        return names(self.text)

    @cached_property
    def is_negative(self) -> bool:
        """Whether it denies something."""
        return is_negative(self.text)


@frozen
class RankedStatement:
    """A statement with its relevance."""

    statement: Statement
    score: float
    """0 to about 2; a statement with every term of the question has 1."""


def statements_of(passages: Sequence[Passage]) -> tuple[Statement, ...]:
    """Split passages into statements, in order; a sentence that depends on the one before stays with it."""
    found: list[Statement] = []
    for index, passage in enumerate(passages):
        title = frozenset(terms(f"{passage.title} {passage.section}"))
        for sentence in sentences_of(passage.text):
            if not sentence.is_whole or len(word_tokens(sentence.text)) > _LONGEST_WORDS:
                continue
            text = with_full_stop(sentence.text)
            before = found[-1] if found and found[-1].source == index else None
            if (
                depends_on_previous(text)
                and before
                and before.place == sentence.place - 1
                and len(before.terms) < 20
            ):
                found[-1] = attrs.evolve(
                    before,
                    text=f"{before.text} {text}",
                    terms=(*before.terms, *terms(text)),
                    place=sentence.place,
                )
            else:
                heading = title | frozenset(terms(sentence.heading))
                found.append(Statement(text, index, sentence.place, tuple(terms(text)), heading))
    return tuple(found)


def statement(text: str) -> Statement:
    """Make a statement from a text that is in no passage."""
    return Statement(with_full_stop(text), -1, 0, tuple(terms(text)))


def rarity(statements: Sequence[Statement]) -> Mapping[str, float]:
    """Weigh each term from ½ to 1½: BM25's ln(1 + (N - n + ½) / (n + ½)) for n of N statements, as a share of its most.

    The half keeps a term from counting for nothing where there are only a few statements and all of them have it.
    """
    many = len(statements)
    holding = Counter(term for one in statements for term in one.about)
    most = math.log(1 + (many + 0.5) / 0.5)
    return {term: 0.5 + math.log(1 + (many - n + 0.5) / (n + 0.5)) / most for term, n in holding.items()}


def ranked(
    question: str, statements: Sequence[Statement], *, preferred: str = "", unwanted: str = ""
) -> tuple[RankedStatement, ...]:
    """Rank the statements that are relevant to the question, best first.

    `preferred` raises statements that share its terms, `unwanted` lowers them.
    """
    asked = tuple(dict.fromkeys(terms(question)))
    weights = rarity(statements)
    whole = sum(weights.get(term, _UNKNOWN) for term in asked)
    if not whole:
        return ()
    spoken = word_tokens(question)
    preferred_terms, avoided_terms = (
        frozenset(terms(preferred)) - set(asked),
        frozenset(terms(unwanted)) - set(asked),
    )
    found = []
    for one in statements:
        held = one.held
        coverage = sum(
            weights[term] * (1.0 if term in held else _HEADING_WEIGHT) for term in asked if term in one.about
        )
        if coverage / whole < _LEAST_COVERAGE or not (held & set(asked) or one.heading & set(asked)):
            continue
        score = coverage / whole
        score += 0.25 * _closeness(asked, one.terms) + _position(one)
        score += coverage / whole * _of_kind(spoken, one)
        score *= (1.6 if preferred_terms & one.about else 1.0) * (0.5 if avoided_terms & one.about else 1.0)
        score *= 1 - 0.15 * max(0.0, len(one.terms) / 25 - 1)
        found.append(RankedStatement(one, score))
    # The place decides between equals, so that the same material always gives the same answer.
    return tuple(sorted(found, key=lambda one: (-one.score, one.statement.source, one.statement.place)))


def chosen(found: Sequence[RankedStatement], at_most: int, *, least: float = 0.5) -> tuple[Statement, ...]:
    """Choose the best statements without repetitions. `least`: the share of the best score that others must have."""
    left = [one for one in found[:_COMPARED] if one.score >= least * found[0].score]
    kept: list[Statement] = []
    while left and len(kept) < at_most:
        best = max(
            left,
            key=lambda one: one.score - 0.5 * max((likeness(one.statement, had) for had in kept), default=0),
        )
        left.remove(best)
        if not any(repeats(best.statement, had) for had in kept):
            kept.append(best.statement)
    return tuple(kept)


def likeness(one: Statement, other: Statement) -> float:
    """The Jaccard similarity of two statements' terms (P. Jaccard, 1901): 0 to 1."""
    shared = len(one.held & other.held)
    every = len(one.held) + len(other.held) - shared
    return shared / every if every else 1.0


def repeats(one: Statement, other: Statement) -> bool:
    """Whether two statements have the same content; other figures, names or a negation make them different."""
    shared = len(one.held & other.held)
    smaller = min(len(one.held), len(other.held))
    contained = smaller > 2 and shared / smaller > 0.85
    if not contained and likeness(one, other) < _ALIKE:
        return False
    same = all(
        here <= there or there <= here
        for here, there in ((one.figures, other.figures), (one.names, other.names))
    )
    return same and one.is_negative == other.is_negative


def differs(one: Statement, other: Statement) -> bool:
    """Whether two statements on one subject contradict each other, by a figure or a negation."""
    if len(one.held & other.held) < 2:
        return False
    here, there = one.figures, other.figures
    mine, theirs = one.held - here, other.held - there
    shared = len(mine & theirs)
    if shared < 2 or shared / len(mine | theirs) < _ALIKE or one.names != other.names:
        return False
    figures = bool(here and there and not (here <= there or there <= here))
    return figures or one.is_negative != other.is_negative


def uncovered(question: str, statements: Sequence[Statement]) -> tuple[str, ...]:
    """The words of the question that no statement covers."""
    known = frozenset[str]().union(*(one.about for one in statements)) if statements else frozenset[str]()
    return tuple(
        dict.fromkeys(word for word in word_tokens(question) for term in terms(word) if term not in known)
    )


def _closeness(asked: Sequence[str], held: Sequence[str]) -> float:
    """The share of the question's neighbouring terms that are near each other in the statement, 0 to 1."""
    pairs = list(pairwise(asked))
    at = {term: [place for place, one in enumerate(held) if one == term] for term in asked}
    near = sum(
        any(abs(left - right) < _WINDOW for left in at[first] for right in at[second])
        for first, second in pairs
    )
    return near / len(pairs) if pairs else 0.0


def _position(one: Statement) -> float:
    return 0.1 / (1 + one.place) + (0.1 / (1 + one.source) if one.source >= 0 else 0.1)


def _of_kind(spoken: Sequence[str], one: Statement) -> float:
    """The bonus for the kind of information asked for: figures for `how many` and `when`, reasons for `why`."""
    has_figure = NUMBER.search(one.text) is not None
    for word, following in zip(spoken, [*spoken[1:], ""], strict=True):
        if word == "how" and following in _MEASURED and has_figure:
            counted = spoken[spoken.index(following) + 1 :][:1]
            return 0.7 if counted and stem(counted[0]) in one.terms else 0.2
        if word == "when" and has_figure:
            return 0.3
        if word == "why" and not _CAUSES.isdisjoint(word_tokens(one.text)):
            return 0.5
    return 0.0
