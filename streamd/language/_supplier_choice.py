"""Reads preferences for suppliers and places from sentences."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from streamd.core.supplier_preferences import Aspect, SupplierPreferences
from streamd.text.connectives import EXCEPTING

_DENIED: Final = re.compile(
    rf"\b(?:not?|never|avoid\w*|don't|doesn't|without|dislike\w*|{'|'.join(EXCEPTING)}|stay away|instead of|"
    r"rather than|over)\b"
)
_PARTS: Final = re.compile(r"[.;!?\n]|,|\bbut\b|\band\b(?=[^,;.]*\b(?:avoid|never|not|don't|prefer))")
_ASPECTS: Final[tuple[tuple[Aspect, re.Pattern[str]], ...]] = (
    ("delivery", re.compile(r"\b(?:fast\w*|quick\w*|speed|delivery time|lead time|soonest)\b")),
    ("cost", re.compile(r"\b(?:cheap\w*|price\w*|cost\w*|lowest|budget)\b")),
    ("quality", re.compile(r"\b(?:quality|defect\w*)\b")),
    ("reliability", re.compile(r"\b(?:reliab\w+|dependab\w+|safest)\b")),
)


def supplier_preferences_in(
    texts: Iterable[str], suppliers: Iterable[str], places: Iterable[str]
) -> SupplierPreferences:
    """Extract preferences among these suppliers and places; the first of two contradictory ones counts.

    A clause that names a supplier or a place is in favour of it, or against it after a negation (`avoid`, `not`, `rather than`
    …). A clause that asks for something fast, cheap, good or reliable sets the priority.
    """
    known_names = {name.casefold(): name for name in suppliers if name}
    known_places = {place.casefold(): place for place in places if place}
    liked: dict[str, bool] = {}
    liked_places: dict[str, bool] = {}
    priority: Aspect | None = None
    for text in texts:
        for part in _PARTS.split(text.casefold().replace("\u2019", "'")):
            about_supplier = _judge(part, known_names, liked)
            about_place = _judge(part, known_places, liked_places)
            if not about_supplier and not about_place and not _DENIED.search(part):
                priority = priority or next(
                    (aspect for aspect, pattern in _ASPECTS if pattern.search(part)), None
                )
    return SupplierPreferences(
        preferred_suppliers=tuple(name for name, good in liked.items() if good),
        avoided_suppliers=tuple(name for name, good in liked.items() if not good),
        preferred_locations=tuple(place for place, good in liked_places.items() if good),
        avoided_locations=tuple(place for place, good in liked_places.items() if not good),
        priority=priority,
    )


def _judge(part: str, known: Mapping[str, str], judged: dict[str, bool]) -> bool:
    """Record the judgement of a clause on the known names in it; returns whether there are any."""
    found = False
    for folded, name in known.items():
        place = re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", part) if folded in part else None
        if place is not None:
            judged.setdefault(name, _DENIED.search(part[: place.start()]) is None)
            found = True
    return found
