"""Extracts the facts of a trip from a request: destination, length, company, interests, budget."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from streamd.facts import frozen
from streamd.text.wordlist import words
from streamd.writing._copy_brief import texts_in
from streamd.writing._destinations import destination_in
from streamd.writing._trip_words import COUNTS, INTERESTS, MONTHS

DAYS_ASSUMED: Final = 3
MOST_DAYS: Final = 30
_COUNT: Final = rf"(\d{{1,3}}|{'|'.join(COUNTS)})"
_LENGTHS: Final = (
    (re.compile(rf"\b{_COUNT}(?:\s+of)?[\s-]+days?\b"), 1, 0),
    (re.compile(rf"\b{_COUNT}[\s-]+nights?\b"), 1, 1),
    (re.compile(rf"\b{_COUNT}(?:\s+of)?[\s-]+weeks?\b"), 7, 0),
)
_FIXED: Final = (
    (re.compile(r"\blong weekend\b"), 3),
    (re.compile(r"\bweekend\b"), 2),
    (re.compile(r"\bfortnight\b"), 14),
    (re.compile(r"\bday trip\b"), 1),
    (re.compile(r"\bweek\b"), 7),
)
_CURRENCY: Final = r"(?:€|\$|£|eur(?:os?)?|usd|gbp|chf|dollars?|pounds?|francs?)"
_AMOUNT: Final = r"(?P<amount>\d{1,3}(?:[,. ]\d{3})+|\d+(?:\.\d{1,2})?)\s*(?P<thousand>k\b)?"
_BUDGETS: Final = (
    re.compile(rf"(?P<currency>{_CURRENCY})\s*{_AMOUNT}", re.IGNORECASE),
    re.compile(rf"{_AMOUNT}\s*(?P<currency>{_CURRENCY})(?![^\W\d_])", re.IGNORECASE),
    re.compile(rf"\bbudget(?:\s+(?:of|is|about|around|under|:))*:?\s*{_AMOUNT}", re.IGNORECASE),
)
_CODES: Final = {
    "€": "EUR",
    "$": "USD",
    "£": "GBP",
    "eu": "EUR",
    "us": "USD",
    "do": "USD",
    "gb": "GBP",
    "po": "GBP",
    "ch": "CHF",
    "fr": "CHF",
}
_WHEN: Final = re.compile(
    rf"\b(?:in|during|over|for|next|this|early|late|mid)[\s-]+({'|'.join(sorted(MONTHS))})\b", re.IGNORECASE
)
_COMPANY: Final = re.compile(
    r"\bwith\s+(?:(?:my|our|the|a|two|three|four|\d|small|young|little|teenage)\s+)*"
    r"(kids?|children|child|family|toddlers?|baby|teenagers?|parents|friends|wife|husband|partner|girlfriend|boyfriend|dog)\b",
    re.IGNORECASE,
)
_ALONE: Final = re.compile(r"\b(?:solo|alone|by myself|on my own)\b", re.IGNORECASE)
_PAIR: Final = re.compile(r"\b(?:for two|as a couple|honeymoon|romantic)\b", re.IGNORECASE)
_YOUNG: Final = words("kid kids child children family toddler toddlers baby")
_INTERESTED: Final = re.compile(
    r"\b(?:interested in|interests?(?: are| is)?:?|into|we (?:like|love|enjoy)|i (?:like|love|enjoy)|who (?:like|love|enjoy)|"
    r"loving|focus(?:ing|ed)? on|especially|mainly for)\s+([^.;!?\n]+)",
    re.IGNORECASE,
)
_INTEREST_ENDS: Final = re.compile(
    r"\b(?:with|under|on|for|budget|in|during|and (?:we|i)|but)\b", re.IGNORECASE
)


@frozen
class TripBudget:
    """Money for the whole trip."""

    amount: float
    currency: str
    """The ISO 4217 code; empty when it is not given."""

    def __str__(self) -> str:
        return f"{money(self.amount)} {self.currency}".strip()


@frozen
class Trip:
    """The known facts of a trip."""

    destination: str
    """Empty when it is not given."""
    days: int
    days_are_known: bool
    """Otherwise `days` is an assumption."""
    budget: TripBudget | None = None
    company: str = ""
    """The travellers, for example `kids`, `alone`, `a couple`; empty when they are not given."""
    interests: tuple[str, ...] = ()
    when: str = ""

    @property
    def has_children(self) -> bool:
        """Whether children come along."""
        return self.company in _YOUNG

    @property
    def place(self) -> str:
        """The destination as a sentence names it."""
        return self.destination or "the destination"


def destination_of(topic: str, brief: Mapping[str, object]) -> str:
    """Find the destination of a trip; empty when it names none."""
    return trip_of(topic, brief).destination


def trip_of(topic: str, brief: Mapping[str, object], preferences: Sequence[str] = ()) -> Trip:
    """Extract a trip from a topic and a brief, which takes precedence.

    Keys of the brief: destination, days, budget, currency, travellers (or company), interests, when (or month).
    """
    given = {key: texts_in(brief, key) for key in ("destination", "days", "budget", "currency", "interests")}
    company = texts_in(brief, "travellers") or texts_in(brief, "travelers") or texts_in(brief, "company")
    when = texts_in(brief, "when") or texts_in(brief, "month")
    days = _days(f"{given['days'][0]} days" if given["days"] else topic) or _days(topic)
    budget = (
        _budget(" ".join(["budget", *given["budget"], *given["currency"]]))
        if given["budget"]
        else _budget(topic)
    )
    found_when = _WHEN.search(topic)
    return Trip(
        given["destination"][0] if given["destination"] else destination_in(topic),
        min(days or DAYS_ASSUMED, MOST_DAYS),
        days is not None,
        budget,
        company[0] if company else _company(topic),
        tuple(dict.fromkeys([*given["interests"], *_interests(topic), *_named(" ".join(preferences))])),
        when[0] if when else (found_when.group(1).capitalize() if found_when else ""),
    )


def money(amount: float) -> str:
    """Format an amount: `1,500`, `12.50`."""
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"


def _days(text: str) -> int | None:
    lower = text.casefold()
    for pattern, factor, extra in _LENGTHS:
        if found := pattern.search(lower):
            count = COUNTS.get(found.group(1)) or int(found.group(1))
            if count:
                return count * factor + extra
    return next((days for pattern, days in _FIXED if pattern.search(lower)), None)


def _budget(text: str) -> TripBudget | None:
    for pattern in _BUDGETS:
        if found := pattern.search(text):
            figures = re.sub(r"[,. ](?=\d{3})", "", found.group("amount"))
            amount = float(figures) * (1000 if found.group("thousand") else 1)
            sign = (found.groupdict().get("currency") or "").casefold()
            return TripBudget(amount, _CODES.get(sign, "") or _CODES.get(sign[:2], "")) if amount else None
    return None


def _company(topic: str) -> str:
    if found := _COMPANY.search(topic):
        return found.group(1).lower()
    if _ALONE.search(topic):
        return "alone"
    return "a couple" if _PAIR.search(topic) else ""


def _interests(topic: str) -> list[str]:
    found: list[str] = []
    if interest := _INTERESTED.search(topic):
        phrase = _INTEREST_ENDS.split(interest.group(1))[0]
        parts = re.split(r",|\band\b|&", phrase)
        found += [part.strip(" .").lower() for part in parts if 0 < len(part.split()) <= 4]
    return list(
        dict.fromkeys([*found, *(one for one in _named(topic) if not any(one in had for had in found))])
    )


def _named(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", text.casefold()) if word in INTERESTS]
