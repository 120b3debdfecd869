"""Queries: what to look up for a topic, in its own words."""

import re
from collections.abc import Iterator
from typing import Final

from streamd.core.tasks import Queries
from streamd.text.words import terms
from streamd.writing._key_phrases import key_phrases
from streamd.writing._outline import WEAK, sections_in
from streamd.writing._remarks import GOOD, MISSING, missing_in
from streamd.writing.planning import subject_of
from streamd.writing.sentence_splitting import plain
from streamd.writing.trip import Trip, trip_of

_QUOTED: Final = re.compile(r"“([^”]+)”")
_ABOUT_THE_TEXT: Final = frozenset(
    {"Length", "Sources", "Repetition", "Sentences", "Sections", "Budget", "Days"}
)
"""Checks whose remarks nothing can be looked up for."""
_SIDES: Final = {
    "what speaks for it": "benefits",
    "what speaks against it": "risks",
    "figures": "statistics",
    "where to stay": "lodging",
    "getting around": "transport",
}
"""Headings that say in other words what is to be found."""
_DAY: Final = re.compile(r"\bday \d+:?\s*", re.IGNORECASE)


def queries_of(task: Queries) -> tuple[str, ...]:
    """At most so many different queries, the most useful first; one at least when there is anything to look up."""
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
    """What the looking up is for first, each with the topic's subject, so that the right place is found."""
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
    """Of a heading the words that a text about it would have."""
    instead = _SIDES.get(aspect.casefold())
    if instead:
        return instead
    return " ".join(word for word in re.findall(r"[\w'\u2019-]+", aspect) if set(terms(word)) - WEAK)


def _aspects(about: str) -> Iterator[str]:
    """The sections of a plan, what a critique misses, or the key phrases of any other text."""
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
