"""Plans texts: outlines of trips by days, and of other texts by arguments for and against."""

import re
from collections.abc import Mapping, Sequence
from itertools import cycle, islice
from typing import Final

from streamd.core.tasks import Plan
from streamd.text.full_stops import with_full_stop
from streamd.text.letter_case import capitalised
from streamd.text.lists import listed
from streamd.text.number_words import counted_in_words
from streamd.text.words import stem
from streamd.writing._answer_preferences import preferences_of
from streamd.writing._key_phrases import key_phrases
from streamd.writing._outline import OutlineSection, section_of
from streamd.writing._sentence_splitting import plain
from streamd.writing.trip import Trip, trip_of

TRIP: Final = "trip"
_THEMES: Final = (
    "sights",
    "museums and art",
    "food and markets",
    "parks and the outdoors",
    "an outing nearby",
    "neighbourhoods and shopping",
)
_FIRST: Final = "arrival and a first walk"
_LAST: Final = "last walks and departure"
_NIGHTS: Final = "Where to stay"
_PRACTICAL: Final = ("Getting around", _NIGHTS, "Budget")
_ORDER: Final = re.compile(
    r"^(?:please\s+)?(?:(?:can|could) you\s+)?(?:write|draft|compose|prepare|create|give me|make)?\s*(?:me\s+)?(?:an?|the)?\s*"
    r"(?:(?:short|long|brief|detailed|\d+[- ]word)\s+)*(?:essay|article|text|report|paper|post|piece|overview)\s+(?:about|on|of)\s+",
    re.IGNORECASE,
)
_SIDES: Final = re.compile(
    r"\b(?:benefits?|advantages?|strengths?|pros|risks?|drawbacks?|disadvantages?|cons|downsides?)\b",
    re.IGNORECASE,
)


def plan_of(task: Plan) -> str:
    """Write an outline: a title, a list of sections, and missing information."""
    preferences = preferences_of(task.preferences)
    other_preferences = " ".join(one.sentence for one in preferences.others)
    if task.kind == TRIP:
        trip = trip_of(task.topic, {}, task.preferences)
        return _outlined(heading_of(trip), trip_sections(trip), _trip_notes(trip), other_preferences)
    return _outlined(subject_of(task.topic), text_sections(task.topic), "", other_preferences)


def trip_sections(trip: Trip) -> tuple[OutlineSection, ...]:
    """Plan the sections of a trip: one a day, interests first, then the practical ones."""
    interests = list(trip.interests)
    if trip.has_children:
        interests.append("places for children")
    general = [theme for theme in _THEMES if not _covered(theme, interests)]
    between = list(islice(cycle([*interests, *general]), max(0, trip.days - 2)))
    themes = (
        [_FIRST, *between, _LAST][: trip.days] if trip.days > 1 else [listed(interests[:3]) or _THEMES[0]]
    )
    if trip.days == 2:
        themes = [_FIRST, listed(interests[:2]) or _THEMES[0]]
    days = [section_of(f"Day {day}: {theme}") for day, theme in enumerate(themes, start=1)]
    left = [section_of(capitalised(one)) for one in interests if not _covered(one, themes)]
    practical = [title for title in _PRACTICAL if title != _NIGHTS or trip.days > 1]
    return (*days, *left, *map(section_of, practical))


def text_sections(topic: str) -> tuple[OutlineSection, ...]:
    """Plan the sections of a text: introduction, parts of the topic, both sides, figures, conclusion."""
    subject = subject_of(topic)
    sided = _SIDES.search(subject) is not None
    named = (
        []
        if sided
        else [phrase for phrase in key_phrases(subject, 4) if phrase.casefold() != subject.casefold()]
    )
    parts = [capitalised(phrase) for phrase in named[:3]] if len(named) > 1 else []
    return tuple(
        section_of(title)
        for title in (
            "Introduction",
            *parts,
            "What speaks for it",
            "What speaks against it",
            "Figures",
            "Conclusion",
        )
    )


def subject_of(topic: str) -> str:
    """The topic without the request to write about it."""
    bare = plain(topic)
    subject = _ORDER.sub("", bare).rstrip(".!?") or bare
    return capitalised(subject) or "Untitled"


def heading_of(trip: Trip) -> str:
    """The heading of a trip: `Lisbon: five days with kids, 1,500 EUR`."""
    company = {"alone": " alone", "a couple": " for two"}.get(
        trip.company, f" with {trip.company}" if trip.company else ""
    )
    when = f" in {trip.when}" if trip.when else ""
    budget = f", {trip.budget}" if trip.budget else ""
    return f"{trip.destination or 'A trip'}: {counted_in_words(trip.days, 'day')}{company}{when}{budget}"


def sections_for(kind: str, topic: str, brief: Mapping[str, object]) -> tuple[OutlineSection, ...]:
    """Plan the sections of a text without an outline."""
    return trip_sections(trip_of(topic, brief)) if kind == TRIP else text_sections(topic)


def _covered(theme: str, others: Sequence[str]) -> bool:
    own = {stem(word) for word in theme.split()} - {"and", "the", "an"}
    return any(own & {stem(word) for word in other.split()} for other in others)


def _trip_notes(trip: Trip) -> str:
    """The assumptions of a plan, and the information that would improve it."""
    assumed = (
        ""
        if trip.days_are_known
        else f"The length was not given; {counted_in_words(trip.days, 'day')} are assumed."
    )
    missing = [
        name
        for name, known in (
            ("the destination", trip.destination),
            ("the season", trip.when),
            ("the budget", trip.budget),
            ("the interests", trip.interests),
        )
        if not known
    ]
    asked = with_full_stop(f"Good to know as well: {listed(missing)}") if missing else ""
    return " ".join(part for part in (assumed, asked) if part)


def _outlined(title: str, sections: Sequence[OutlineSection], notes: str, other_preferences: str) -> str:
    lines = "\n".join(f"- {section.title}" for section in sections)
    return "\n\n".join(part for part in (f"# {title}", lines, notes, other_preferences) if part)
