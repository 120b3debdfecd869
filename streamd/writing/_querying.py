"""Writes search queries for a topic."""

import re
from collections.abc import Iterator
from typing import Final

from streamd.core.tasks import Queries
from streamd.text.words import terms
from streamd.writing._key_phrases import key_phrases
from streamd.writing._outline import WEAK, sections_in
from streamd.writing._planning import subject_of
from streamd.writing._remarks import GOOD, MISSING, missing_in
from streamd.writing._sentence_splitting import plain
from streamd.writing.trip import Trip, trip_of

_QUOTED: Final = re.compile(r"“([^”]+)”")
_ABOUT_THE_TEXT: Final = frozenset(
    {"Length", "Sources", "Repetition", "Sentences", "Sections", "Budget", "Days"}
)
"""Checks whose remarks no search can answer."""
_SIDES: Final = {
    "what speaks for it": "benefits",
    "what speaks against it": "risks",
    "figures": "statistics",
    "where to stay": "lodging",
    "getting around": "transport",
}
"""Headings with the words to search for instead."""
_DAY: Final = re.compile(r"\bday \d+:?\s*", re.IGNORECASE)


def queries_of(task: Queries) -> tuple[str, ...]:
    """Write at most `at_most` different queries, the most useful first; at least one when there is anything to search for."""
    found: list[str] = []
    held: list[frozenset[str]] = []
    for query in _wanted(task):
        own = frozenset(terms(query))
        if own and own not in held:
            found.append(" ".join(query.split()))
            held.append(own)
        if len(found) >= max(1, task.at_most):
            break
    whole = " ".join(plain(task.topic or task.about).split())
    return tuple(found) or ((whole,) if whole else ())


def _wanted(task: Queries) -> Iterator[str]:
    """Candidate queries: aspects to search for first, each with the topic's subject."""
    trip = trip_of(task.topic, {})
    is_trip = trip.days_are_known and bool(trip.destination)
    subject = trip.destination if is_trip else next(iter(key_phrases(subject_of(task.topic), 1)), "")
    for aspect in map(_words_to_find, _aspects(task.about)):
        if aspect:
            yield _joined(subject, aspect)
    if is_trip:
        yield from (_joined(subject, aspect) for aspect in _of_trip(trip))
    yield subject
    yield from (_joined(subject, phrase) for phrase in key_phrases(task.topic, task.at_most + 1))


def _joined(subject: str, aspect: str) -> str:
    return aspect if set(terms(subject)) <= set(terms(aspect)) else f"{subject} {aspect}"


def _words_to_find(aspect: str) -> str:
    """The words of a heading that a text about it contains."""
    instead = _SIDES.get(aspect.casefold())
    if instead:
        return instead
    return " ".join(word for word in re.findall(r"[\w'\u2019-]+", aspect) if set(terms(word)) - WEAK)


def _aspects(about: str) -> Iterator[str]:
    """The sections of a plan, the missing points of a critique, or the key phrases of any other text."""
    if MISSING in about or GOOD in about:
        for remark in missing_in(about):
            if remark.label not in _ABOUT_THE_TEXT:
                quoted = [_DAY.sub("", text) for text in _QUOTED.findall(remark.text)]
                yield from (text for text in quoted or key_phrases(remark.text, 1) if terms(text))
        return
    sections = sections_in(about)
    for section in sections:
        if section.kind in ("day", "part"):
            yield section.theme
    if not sections:
        yield from key_phrases(about, 6)


def _of_trip(trip: Trip) -> Iterator[str]:
    yield from trip.interests
    if trip.has_children:
        yield "children"
    yield from ("sights", "transport", "hotels", "food")
