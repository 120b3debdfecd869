"""Assigns statements to the sections of a text."""

from collections.abc import Mapping, Sequence
from typing import Final

from streamd.text.time_words import MONTHS, WEEKDAYS
from streamd.text.wordlist import words
from streamd.text.words import NUMBER, terms, word_tokens
from streamd.writing._composition import CitedStatement, Part
from streamd.writing._material import Material
from streamd.writing._outline import OutlineSection
from streamd.writing._ranking import Statement, rarity
from streamd.writing._tendency import Tendency, tendency_of

_SHARED_NAMES: Final = 2
_CALENDAR: Final = frozenset([*WEEKDAYS, *(f"{day}s" for day in WEEKDAYS), *MONTHS]) | words(
    "europe european english"
)
_LEAST_FIT: Final = 0.35
_ON_A_FREE_DAY: Final = 2
_RELATED: Final = 0.6
_HEADING: Final = 0.6
_TENDENCIES: Final[Mapping[str, Tendency]] = {
    "what speaks for it": "strength",
    "what speaks against it": "risk",
}
_MORNING: Final = frozenset({"morning", "breakfast", "early", "sunrise", "opens"})
_EVENING: Final = frozenset(
    {"evening", "evenings", "dinner", "night", "nights", "sunset", "late", "bar", "bars"}
)


def statements_about(subject: str, material: Material) -> list[CitedStatement]:
    """Select the statements of texts on the subject; all statements where the subject is not known.

    A text without the subject's name is included when it shares two names with those on the subject: notes on lodging name
    Alfama and Rossio rather than Lisbon.
    """
    wanted = set(terms(subject))
    on_subject = {one.source for one in material.statements if not wanted or wanted & one.about}
    named = frozenset[str]().union(
        *(_particular(one) for one in material.statements if one.source in on_subject)
    )
    shared: dict[int, set[str]] = {}
    for one in material.statements:
        shared.setdefault(one.source, set()).update(_particular(one) & named)
    on_subject |= {source for source, names_there in shared.items() if len(names_there) >= _SHARED_NAMES}
    return [
        CitedStatement(one, (material.names[one.source],))
        for one in material.statements
        if one.source in on_subject and not one.text.endswith("?")
    ]


def _particular(one: Statement) -> frozenset[str]:
    """The names in a statement, without days, months and currencies."""
    return frozenset(name for name in one.names if not name.isupper() and name.casefold() not in _CALENDAR)


def fill(parts: Sequence[Part], fresh: list[CitedStatement], subject: str, *, at_most: int) -> None:
    """Move each statement from `fresh` to the section it fits best, at most `at_most` a section; others stay."""
    weights = rarity([one.statement for one in fresh])
    own = frozenset(terms(subject))
    fits = [
        (fit(part.section, one.statement, weights, own), place, index)
        for index, one in enumerate(fresh)
        for place, part in enumerate(parts)
    ]
    best: dict[int, list[tuple[float, int]]] = {}
    for value, place, index in fits:
        if value >= _LEAST_FIT:
            best.setdefault(index, []).append((value, place))
    placed = set()
    for index in sorted(best, key=lambda one: (-max(best[one])[0], one)):
        # An empty section that fits almost as well comes before one with content.
        room = [
            (value / (1 + 0.5 * len(parts[place].statements)), -place)
            for value, place in best[index]
            if len(parts[place].statements) < at_most
        ]
        if not room:
            continue
        part = parts[-max(room)[1]]
        if not any(other.has(fresh[index].statement) for other in parts):
            part.statements.append(fresh[index])
        placed.add(index)
    fresh[:] = [one for index, one in enumerate(fresh) if index not in placed]
    free = [part for part in parts if part.section.is_free and not part.statements]
    for part in free * _ON_A_FREE_DAY:
        part.statements += fresh[:1]
        del fresh[:1]
    for part in parts:
        if part.section.kind == "day":
            part.statements.sort(key=lambda one: _time_of_day(one.statement))


def fit(
    section: OutlineSection, one: Statement, weights: Mapping[str, float], subject: frozenset[str]
) -> float:
    """Score a statement for a section by the section's own terms and related ones."""
    if section.kind in ("opening", "closing", "budget"):
        return 0.0
    held, about = one.held, one.about
    own = section.terms - subject
    score = sum(weights.get(term, 1.0) * (1.0 if term in held else _HEADING) for term in own & about)
    score += _RELATED * sum(
        weights.get(term, 1.0) * (1.0 if term in held else _HEADING)
        for term in (section.related - own - subject) & about
    )
    title = section.title.casefold()
    if title in _TENDENCIES:
        return 1.0 + score if tendency_of(one.text) == _TENDENCIES[title] else 0.0
    if title == "figures":
        return 0.75 if NUMBER.search(one.text) else 0.0
    return score


def _time_of_day(one: Statement) -> int:
    spoken = set(word_tokens(one.text))
    return 2 if spoken & _EVENING else (0 if spoken & _MORNING else 1)
