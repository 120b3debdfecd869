"""Points that a supplier gains or loses by a user's preferences."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from streamd.analysis.item_fields import text_in
from streamd.core.item import Item
from streamd.core.supplier_preferences import SupplierPreferences
from streamd.facts import frozen

AdjustmentKind = Literal[
    "avoided_supplier", "preferred_supplier", "preferred_location", "avoided_location", "unverified"
]
PREFERRED_SUPPLIER: Final = 0.15
PREFERRED_LOCATION: Final = 0.10
AVOIDED: Final = -0.30
"""Points added to a score of 0 to 1. An avoided supplier also stands after all others, whatever its score."""


@frozen
class Adjustment:
    """Points added or subtracted for a preference, and the reason."""

    points: float
    kind: AdjustmentKind
    supplier: str
    subject: str = ""
    """The place that is preferred or avoided, or the item that may not be delivered."""


def adjustments_for(supplier: Item, preferences: SupplierPreferences) -> tuple[Adjustment, ...]:
    """Compute the adjustments for one supplier. Being avoided by name overrides all others."""
    name, place = supplier.name, text_in(supplier, "location")
    found = []
    if _is_among(name, preferences.avoided_suppliers):
        return (Adjustment(AVOIDED, "avoided_supplier", name),)
    if _is_among(name, preferences.preferred_suppliers):
        found.append(Adjustment(PREFERRED_SUPPLIER, "preferred_supplier", name))
    if place and _is_within(place, preferences.preferred_locations):
        found.append(Adjustment(PREFERRED_LOCATION, "preferred_location", name, place))
    if place and _is_within(place, preferences.avoided_locations):
        found.append(Adjustment(AVOIDED, "avoided_location", name, place))
    return tuple(found)


def _is_among(name: str, wanted: Sequence[str]) -> bool:
    return name.casefold() in {one.strip().casefold() for one in wanted}


def _is_within(place: str, wanted: Sequence[str]) -> bool:
    """Whether a place is one of those wanted, or within one: `Lyon, France` is in `France`, not in `Fran`."""
    return any(
        re.search(rf"(?<!\w){re.escape(one.strip().casefold())}(?!\w)", place.casefold())
        for one in wanted
        if one.strip()
    )
