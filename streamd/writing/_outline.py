"""Outlines: the planned sections of a text, as people read and edit them."""

import re
from functools import cached_property
from typing import Final, Literal

from streamd.facts import frozen
from streamd.text.words import terms
from streamd.writing._sentence_splitting import plain

SectionKind = Literal["day", "budget", "opening", "closing", "part"]

_DAY: Final = re.compile(r"^days?\s+(\d{1,2})\b\s*[:.\u2013—-]?\s*(.*)$", re.IGNORECASE)
_LINE: Final = re.compile(r"^\s*(?:#{2,6}\s+|[-*•]\s+|\d{1,2}[.)]\s+)(.+?)\s*$")
_OPENING: Final = re.compile(r"^(?:introduction|opening|overview)\b", re.IGNORECASE)
_CLOSING: Final = re.compile(r"^(?:conclusion|closing|summary)\b", re.IGNORECASE)
_BUDGET: Final = re.compile(r"^(?:the )?budget\b", re.IGNORECASE)
OPEN: Final = "Still open"
"""The title of the section with requests of a critique that no source answers."""

_ASPECTS: Final = tuple(
    (frozenset(terms(named)), frozenset(terms(related)))
    for named, related in (
        ("arrival walk walks", "centre square viewpoint old town promenade waterfront"),
        (
            "sight sights sightseeing landmarks",
            "landmark monument cathedral church castle tower viewpoint historic palace",
        ),
        ("museum museums art", "museum gallery art exhibition collection"),
        ("history", "history historic century castle museum monument"),
        ("architecture", "building facade church cathedral palace tower architect"),
        (
            "food eating restaurants markets cuisine",
            "food eat restaurant market lunch dinner breakfast cafe bakery pastry dish taste",
        ),
        ("wine beer", "wine cellar tasting vineyard beer brewery"),
        ("park parks outdoors nature", "park garden beach river forest lake hike picnic nature cycling"),
        ("beach beaches", "beach sea swim surf coast"),
        ("outing excursion", "excursion nearby outside coast village island train hour"),
        ("evening evenings nightlife music", "evening night music concert bar sunset show theatre"),
        (
            "shopping neighbourhoods neighbourhood",
            "neighbourhood district quarter shop souvenir street market",
        ),
        ("departure", "souvenir luggage airport"),
        (
            "around transport",
            "transport metro tram bus train ferry ticket taxi airport card pass fare bike car",
        ),
        (
            "stay lodging accommodation",
            "hotel hostel apartment guesthouse sleep room bed campsite accommodation lodging overnight",
        ),
        (
            "child children kid kids family",
            "child children kid kids family playground aquarium zoo stroller toddler",
        ),
        ("benefit benefits advantages", "strength advantage gain"),
        ("risk risks drawbacks", "drawback danger problem loss"),
        ("cost costs price prices", "price fee charge pay cheap expensive"),
    )
)
"""The stems that name an aspect, and the stems of words in texts about it."""
WEAK: Final = frozenset(terms("first last place places speaks speak half"))
"""Words of headings without information about the section."""


_ANYTHING: Final = frozenset(terms("arrival walk walks departure sights free time"))


@frozen
class OutlineSection:
    """One planned section of a text."""

    title: str
    kind: SectionKind
    day: int = 0
    """The number of the day, from 1; 0 for a section that is no day."""

    @property
    def theme(self) -> str:
        """The title without the number of the day."""
        found = _DAY.match(self.title)
        return found.group(2) if found else self.title

    @property
    def is_free(self) -> bool:
        """Whether it is a day without a specific theme."""
        return self.kind == "day" and self.terms <= _ANYTHING

    @cached_property
    def terms(self) -> frozenset[str]:
        """The stems of its title."""
        return frozenset(terms(self.theme)) - WEAK

    @cached_property
    def related(self) -> frozenset[str]:
        """The stems of its title and of related words."""
        own = self.terms
        return own.union(*(related for named, related in _ASPECTS if own & named))


def section_of(title: str) -> OutlineSection:
    """Parse a heading as a section."""
    title = plain(title).rstrip(":")
    if day := _DAY.match(title):
        number, theme = int(day.group(1)), day.group(2)
        return OutlineSection(f"Day {number}: {theme}" if theme else f"Day {number}", "day", number)
    if _BUDGET.match(title):
        return OutlineSection("Budget", "budget")
    if _OPENING.match(title):
        return OutlineSection(title, "opening")
    return OutlineSection(title, "closing" if _CLOSING.match(title) else "part")


def sections_in(plan: str) -> tuple[OutlineSection, ...]:
    """Parse the sections of any outline; an empty tuple without one."""
    found: list[OutlineSection] = []
    for given in plan.splitlines():
        line = " ".join(given.split())
        entry = _LINE.match(line)
        title = entry.group(1) if entry else (line.strip() if _DAY.match(line.strip()) else "")
        if title and section_of(title).title not in {had.title for had in found}:
            found.append(section_of(title))
    return tuple(found)
