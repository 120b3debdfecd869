"""Targets of preferences: suppliers and places, by their exact names, and answer styles."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import attrs

from streamd.core.item import Item
from streamd.core.tool_calls import Preference
from streamd.facts import define
from streamd.language._preference_words import BRIEF, DEMONYMS, DETAILED, LISTED, PLACES
from streamd.language._tokens import key_of
from streamd.text.lists import listed

_SUPPLIERS: Final = r"(?:suppliers?|vendors?|providers?|manufacturers?|companies|sellers)"
_TRADE: Final = (
    r"(?:(?:buy(?:ing)?|order(?:ing)?|purchas(?:e|ing)|sourc(?:e|ing)|procur(?:e|ing)|get(?:ting)?|work(?:ing)?|deal(?:ing)?"
    r"|cooperat(?:e|ing)|trad(?:e|ing)|(?:do|doing) business)\s+(?:\w+\s+){0,3}?(?:from|with|at|in)"
    r"|use|using|choose|pick|take|prefer|like|love|trust|favou?r|avoid|hate|dislike|go with|stick (?:to|with)|stay away from"
    r"|(?:recommend|suggest|propose|consider)(?:\s+(?:me|us))?)"
)
_PLACED: Final = re.compile(
    rf"\b{_SUPPLIERS}\s+(?:that are |who are |which are |is |are |be )*(?:based |located |situated )?(?:from|in|within|of|outside)\s+(?:the\s+)?(?P<place>.+)$",
    re.IGNORECASE,
)
_OF_PLACE: Final = re.compile(rf"\b(?P<people>[a-z]+(?:\s[a-z]+)?)\s+{_SUPPLIERS}\b", re.IGNORECASE)
_TRADING: Final = re.compile(
    rf"\b(?P<verb>{_TRADE})\s+(?:only\s+|the\s+|our\s+)*(?:{_SUPPLIERS}\s+)?(?P<whom>.+)$", re.IGNORECASE
)
_FAVOURITE: Final = re.compile(
    rf"(?:my|our)\s+(?:preferred|favou?rite|default|usual|standard|main)\s+{_SUPPLIERS}\s+(?:is|are|:)\s+(?P<whom>.+)$",
    re.IGNORECASE,
)
_AFTER: Final = re.compile(
    r"\s+(?:if possible|whenever possible|when possible|any ?more|any longer|please|for now|as (?:a |our |my )?(?:suppliers?|vendors?)|again|ever"
    r"|because .*|since .*|over .*|rather than .*|instead of .*|whenever .*|when .*|for everything|if .*)$",
    re.IGNORECASE,
)
_STYLED: Final = re.compile(
    r"\b(?:answer(?:s|ing)?|repl(?:y|ies|ying)|respond|responses?|explanations?|explain|write|keep|summar(?:y|ies)|messages?|be)\b",
    re.IGNORECASE,
)
_ASKING_STYLE: Final = re.compile(
    r"(?:answer|reply|respond|be|write|keep (?:it|(?:your |all |the )?(?:answers|replies|responses)))(?:\s+(?:me|us|very|more|rather|as))*"
    rf"\s+(?:{BRIEF}|{DETAILED}|(?:in|with|using|as) (?:{LISTED})|{LISTED})",
    re.IGNORECASE,
)
Style = Literal["brief", "detailed", "list"]


def style_of(point: str, *, never: bool, firm: bool) -> Style | None:
    """The answer style that a text asks for; None without one."""
    answers = never and re.search(r"\b(?:answers|replies|responses)\b", point, re.IGNORECASE) is not None
    if not (firm and _STYLED.search(point)) and not _ASKING_STYLE.fullmatch(point) and not answers:
        return None
    found = next(
        (one for one, words in _STYLES.items() if re.search(rf"\b(?:{words})\b", point, re.IGNORECASE)), None
    )
    return _OPPOSITE.get(found) if never and found else found


_STYLES: Final[Mapping[Style, str]] = {"brief": BRIEF, "detailed": DETAILED, "list": LISTED}
_OPPOSITE: Final[Mapping[Style, Style]] = {"brief": "detailed", "detailed": "brief"}


@define
class KnownNames:
    """Exact names of suppliers, places and other items, by key."""

    suppliers: dict[str, str] = attrs.field(factory=dict)
    places: dict[str, str] = attrs.field(factory=dict)
    others: dict[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item]) -> "KnownNames":
        """Collect the names of items: suppliers also from the fields of other items, places from every part of an address."""
        known = cls()
        for item in items:
            (known.suppliers if item.type == "supplier" else known.others)[key_of(item.name)] = item.name
            named, place = item.fields.get("supplier"), item.fields.get("location")
            if isinstance(named, str) and named:
                known.suppliers.setdefault(key_of(named), named)
            if isinstance(place, str) and item.type == "supplier":
                for part in (place, *place.split(",")):
                    known.places.setdefault(key_of(part.strip()), part.strip())
        return known

    def named_in(self, text: str, *, suppliers: bool) -> tuple[str, ...]:
        """Find the names in a text, of suppliers or of other items."""
        key = f" {key_of(text)} "
        table = self.suppliers if suppliers else self.others
        found = [(key.find(f" {one} "), name) for one, name in table.items() if one]
        return tuple(name for at, name in sorted(found) if at >= 0)

    def without_names(self, text: str) -> str:
        """Remove the names of items from a text's key."""
        key = f" {key_of(text)} "
        for one in sorted((*self.others, *self.suppliers), key=len, reverse=True):
            key = key.replace(f" {one} ", " ") if one else key
        return key

    def place(self, text: str) -> str:
        """The exact name of a place; empty when the text is no known place."""
        key = key_of(text)
        return (
            self.places.get(key, "") or DEMONYMS.get(key, "") or (text if text.casefold() in PLACES else "")
        )


def suppliers_or_places(point: str, known: KnownNames, *, never: bool, firm: bool) -> Preference | None:
    """The preference for or against suppliers, by name or place, that a text states; None without one."""
    if known.named_in(point, suppliers=False):
        return None
    placed = _PLACED.search(point)
    trading = (
        _TRADING.search(point)
        if firm or never or re.match(r"(?:we|i)\b.*\b(?:only|always)\b", point, re.IGNORECASE)
        else None
    )
    favourite = _FAVOURITE.match(point)
    if favourite:
        return _of_suppliers(_listed(favourite["whom"], known), never=False)
    if not (firm or never or trading):
        return None
    never = never or bool(
        trading and trading["verb"].casefold() in ("avoid", "hate", "dislike", "stay away from")
    )
    if placed and _is_about_buying(point):
        outside = re.search(r"\boutside\b", placed[0], re.IGNORECASE) is not None
        return _of_places(
            tuple(known.place(one) or one for one in _parts(placed["place"])), never=never != outside
        )
    people = _OF_PLACE.search(point)
    if people and (place := _of_people(people["people"])) and _is_about_buying(point):
        return _of_places((place,), never=never)
    if trading is None:
        return None
    whom = _listed(trading["whom"], known)
    places = tuple(known.place(one) for one in _parts(trading["whom"]))
    if places and all(places) and re.search(r"\b(?:from|in|with)$", trading["verb"]):
        return _of_places(places, never=never)
    sure = re.search(r"\b(?:from|with)$", trading["verb"]) is not None
    return (
        _of_suppliers(whom, never=never)
        if whom and (sure or all(key_of(one) in known.suppliers for one in whom))
        else None
    )


def preference_of_names(key: str, names: Sequence[str]) -> Preference | None:
    """Build the preference for these suppliers or places; None for a key that is about neither."""
    never = key.startswith("avoided_")
    if key.endswith("_supplier"):
        return _of_suppliers(names, never=never)
    return _of_places(names, never=never) if key.endswith("_location") else None


def _is_about_buying(point: str) -> bool:
    return re.search(rf"\b{_TRADE}(?=\s)|\b(?:want|need)\b", point, re.IGNORECASE) is not None


def _of_people(text: str) -> str:
    words = text.casefold().split(" ")
    return DEMONYMS.get(" ".join(words), "") or DEMONYMS.get(words[-1], "")


def _parts(text: str) -> tuple[str, ...]:
    """Split `Europe and North America`, without what follows."""
    previous, bare = "", text.strip(" ,.")
    while bare != previous:
        previous, bare = bare, _AFTER.sub("", bare).strip(" ,.")
    split_preferences = re.split(r"\s*(?:,|\band\b|\bor\b|&|,\s*(?:and|or))\s*", bare)
    return tuple(
        re.sub(r"^the\s+", "", one.strip(), flags=re.IGNORECASE) for one in split_preferences if one.strip()
    )


def _listed(text: str, known: KnownNames) -> tuple[str, ...]:
    """Names of suppliers in a text: the known ones, else capitalised ones."""
    parts = _parts(text)
    if found := known.named_in(" ".join(parts), suppliers=True):
        return found
    return parts if parts and all(one[:1].isupper() and len(one.split(" ")) <= 5 for one in parts) else ()


def _of_suppliers(names: Sequence[str], *, never: bool) -> Preference | None:
    if not names:
        return None
    worded = listed(names)
    if never:
        return Preference("avoided_supplier", tuple(names), f"avoids buying from {worded}")
    return Preference("preferred_supplier", tuple(names), f"prefers buying from {worded}")


def _of_places(places: Sequence[str], *, never: bool) -> Preference | None:
    if not places or any(len(one.split(" ")) > 4 for one in places):
        return None
    worded = listed(places)
    if never:
        return Preference("avoided_location", tuple(places), f"avoids suppliers from {worded}")
    return Preference("preferred_location", tuple(places), f"prefers suppliers from {worded}")
