"""A user's preferences for the choice of suppliers."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from streamd.analysis._market import Market
from streamd.analysis._purchase_wording import AdjustmentKind, adjustment_reason
from streamd.analysis._supplier_findings import Aspect
from streamd.analysis.item_fields import text_in
from streamd.core.item import Item
from streamd.text.connectives import EXCEPTING

PREFERRED_SUPPLIER: Final = 0.15
PREFERRED_LOCATION: Final = 0.10
AVOIDED: Final = -0.30
"""Points added to a score of 0 to 1. An avoided supplier also stands after all others, whatever its score."""
_DENIED: Final = re.compile(
    rf"\b(?:not?|never|avoid\w*|don't|doesn't|without|dislike\w*|{'|'.join(EXCEPTING)}|stay away|instead of|"
    r"rather than|over)\b"
)
_PARTS: Final = re.compile(r"[.;!?\n]|,|\bbut\b|\band\b(?=[^,;.]*\b(?:avoid|never|not|don't|prefer))")
_ASPECTS: Final[Sequence[tuple[Aspect, re.Pattern[str]]]] = (
    ("delivery", re.compile(r"\b(?:fast\w*|quick\w*|speed|delivery time|lead time|soonest)\b")),
    ("cost", re.compile(r"\b(?:cheap\w*|price\w*|cost\w*|lowest|budget)\b")),
    ("quality", re.compile(r"\b(?:quality|defect\w*)\b")),
    ("reliability", re.compile(r"\b(?:reliab\w+|dependab\w+|safest)\b")),
)


@attrs.frozen
class Adjustment:
    """Points added or subtracted for a preference, and the reason."""

    points: float
    kind: AdjustmentKind
    supplier: str
    subject: str = ""
    """The place that is preferred or avoided, or the item that may not be delivered."""

    @property
    def reason(self) -> str:
        """The reason in words: `you prefer suppliers in Europe`."""
        return adjustment_reason(self.kind, self.supplier, self.subject)


@attrs.frozen
class SupplierPreferences:
    """Preferred and avoided suppliers and places; case is ignored."""

    preferred_suppliers: tuple[str, ...] = ()
    avoided_suppliers: tuple[str, ...] = ()
    preferred_locations: tuple[str, ...] = ()
    avoided_locations: tuple[str, ...] = ()
    priority: Aspect | None = None
    """The aspect with double weight."""

    def adjustments(self, supplier: Item) -> tuple[Adjustment, ...]:
        """The adjustments for one supplier. Being avoided by name overrides all others."""
        name, place = supplier.name, text_in(supplier, "location")
        found = []
        if _is_among(name, self.avoided_suppliers):
            return (Adjustment(AVOIDED, "avoided_supplier", name),)
        if _is_among(name, self.preferred_suppliers):
            found.append(Adjustment(PREFERRED_SUPPLIER, "preferred_supplier", name))
        if place and _is_within(place, self.preferred_locations):
            found.append(Adjustment(PREFERRED_LOCATION, "preferred_location", name, place))
        if place and _is_within(place, self.avoided_locations):
            found.append(Adjustment(AVOIDED, "avoided_location", name, place))
        return tuple(found)

    def __bool__(self) -> bool:
        """Whether there is any preference."""
        return self != NO_PREFERENCES


NO_PREFERENCES: Final = SupplierPreferences()


def preferences_in(texts: Iterable[str], market: Market) -> SupplierPreferences:
    """Extract preferences among the known suppliers and places from sentences; the first of two contradictory ones counts.

    A clause that names a supplier or a place is in favour of it, or against it after a negation (`avoid`, `not`, `rather than`
    …). A clause that asks for something fast, cheap, good or reliable sets the priority.
    """
    names = {supplier.name.casefold(): supplier.name for supplier in market.suppliers if supplier.name}
    places = {
        place.casefold(): place for supplier in market.suppliers if (place := text_in(supplier, "location"))
    }
    liked: dict[str, bool] = {}
    liked_places: dict[str, bool] = {}
    priority: Aspect | None = None
    for text in texts:
        for part in _PARTS.split(text.casefold().replace("\u2019", "'")):
            about_supplier = _judge(part, names, liked)
            about_place = _judge(part, places, liked_places)
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


def _is_among(name: str, wanted: Sequence[str]) -> bool:
    return name.casefold() in {one.strip().casefold() for one in wanted}


def _is_within(place: str, wanted: Sequence[str]) -> bool:
    """Whether a place is one of those wanted, or within one: `Lyon, France` is in `France`, not in `Fran`."""
    return any(
        re.search(rf"(?<!\w){re.escape(one.strip().casefold())}(?!\w)", place.casefold())
        for one in wanted
        if one.strip()
    )
