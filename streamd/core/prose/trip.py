"""Trips: what a request says about where to, for how long, with whom, for what and for how much."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.language.wordlist import words
from streamd.core.prose.brief import texts_in

DAYS_ASSUMED: Final = 3
MOST_DAYS: Final = 30
_COUNTS: Final = {
    word: value
    for value, word in enumerate(
        [
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
        ],
        start=1,
    )
} | {"a": 1, "an": 1, "couple": 2, "few": 3, "several": 4}
_COUNT: Final = rf"(\d{{1,3}}|{'|'.join(_COUNTS)})"
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
_MONTHS: Final = words(
    "january february march april may june july august september october november december spring summer autumn fall winter "
    "easter christmas"
)
_WHEN: Final = re.compile(
    rf"\b(?:in|during|over|for|next|this|early|late|mid)[\s-]+({'|'.join(sorted(_MONTHS))})\b", re.IGNORECASE
)
_LEADS: Final = re.compile(
    r"\b(?:trip to|travel to|go to|going to|fly to|visiting|visit|explore|exploring|to|in|around|through|across|for|at)\s+",
    re.IGNORECASE,
)
_ENDING: Final = words(
    "with for under on from in by and who that which where when during over around about near at within below up max "
    "maximum budget interested loving focusing focus including next this early late trip travel holiday vacation itinerary "
    "weekend week weeks day days night nights i we my our a an the to until as but is are please alone solo together of"
)
_ORDINARY: Final = words(
    "plan trip travel write make create please tell i we an a the visit weekend week days day itinerary holiday my our"
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
_INTERESTS: Final = words(
    "food wine beer coffee cuisine restaurants seafood vegetarian vegan museums museum art galleries history architecture "
    "churches castles palaces beaches beach surfing swimming diving hiking walking cycling nature parks gardens wildlife "
    "mountains skiing music jazz opera theatre theater nightlife shopping markets design photography football "
    "literature literary temples festivals sailing"
)
_INTEREST_ENDS: Final = re.compile(
    r"\b(?:with|under|on|for|budget|in|during|and (?:we|i)|but)\b", re.IGNORECASE
)


@attrs.frozen
class Budget:
    """Money for the whole trip."""

    amount: float
    currency: str
    """ISO code; empty: not said."""

    def __str__(self) -> str:
        return f"{money(self.amount)} {self.currency}".strip()


@attrs.frozen
class Trip:
    """What is known about a trip."""

    destination: str
    """Empty: not said."""
    days: int
    days_are_known: bool
    """Otherwise `days` is an assumption."""
    budget: Budget | None = None
    company: str = ""
    """With whom, for example `kids`; `alone`, `a couple`; empty: not said."""
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


def trip_of(topic: str, brief: Mapping[str, object], preferences: Sequence[str] = ()) -> Trip:
    """The trip that a topic and a brief speak of; what the brief says counts first.

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
        given["destination"][0] if given["destination"] else _destination(topic),
        min(days or DAYS_ASSUMED, MOST_DAYS),
        days is not None,
        budget,
        company[0] if company else _company(topic),
        tuple(dict.fromkeys([*given["interests"], *_interests(topic), *_named(" ".join(preferences))])),
        when[0] if when else (found_when.group(1).capitalize() if found_when else ""),
    )


def money(amount: float) -> str:
    """An amount as people write it: `1,500`, `12.50`."""
    return f"{amount:,.0f}" if amount == int(amount) else f"{amount:,.2f}"


def _days(text: str) -> int | None:
    lower = text.casefold()
    for pattern, factor, extra in _LENGTHS:
        if found := pattern.search(lower):
            count = _COUNTS.get(found.group(1)) or int(found.group(1))
            if count:
                return count * factor + extra
    return next((days for pattern, days in _FIXED if pattern.search(lower)), None)


def _budget(text: str) -> Budget | None:
    for pattern in _BUDGETS:
        if found := pattern.search(text):
            figures = re.sub(r"[,. ](?=\d{3})", "", found.group("amount"))
            amount = float(figures) * (1000 if found.group("thousand") else 1)
            sign = (found.groupdict().get("currency") or "").casefold()
            return Budget(amount, _CODES.get(sign, "") or _CODES.get(sign[:2], "")) if amount else None
    return None


def _destination(topic: str) -> str:
    """The words behind `to`, `in` and the like, up to what begins something else; else what stands before `trip`."""
    text = " ".join(topic.split())
    found = [_name(text[lead.end() :].removeprefix("the ")) for lead in _LEADS.finditer(text)]
    proper = [name for name in found if name[:1].isupper()]
    if proper or any(found):
        return next(iter(proper), "") or next(name.title() for name in found if name)
    runs = re.finditer(r"\b[A-Z][\w'\u2019-]+(?:\s+[A-Z][\w'\u2019-]+)*", text)
    names = [run.group() for run in runs if not _is_ordinary(run.group())]
    return names[-1] if names else ""


def _is_ordinary(name: str) -> bool:
    return all(word.casefold() in _ORDINARY | _MONTHS for word in name.split())


def _name(rest: str) -> str:
    """The name that a text begins with; empty when it begins with something else."""
    taken: list[str] = []
    for word in rest.split(" "):
        bare = word.strip('.,;:!?()"“”')
        folded = bare.casefold()
        joins = folded in {"and", "&", "de", "of", "la", "the"} and taken
        following = rest.split(" ")[len(taken) + 1 : len(taken) + 2]
        if joins and following and following[0][:1].isupper() and taken[0][:1].isupper():
            taken.append(bare)
            continue
        if (
            not bare
            or folded in _ENDING | _MONTHS | set(_COUNTS)
            or folded in _INTERESTS
            or bare[0].isdigit()
        ):
            break
        if taken and taken[0][:1].isupper() and not bare[0].isupper():
            break
        taken.append(bare)
        if word[-1] in ".,;:!?)" or len(taken) == 4:
            break
    return " ".join(taken)


def _company(topic: str) -> str:
    if found := _COMPANY.search(topic):
        return found.group(1).lower()
    if _ALONE.search(topic):
        return "alone"
    return "a couple" if _PAIR.search(topic) else ""


def _interests(topic: str) -> list[str]:
    found: list[str] = []
    if said := _INTERESTED.search(topic):
        phrase = _INTEREST_ENDS.split(said.group(1))[0]
        parts = re.split(r",|\band\b|&", phrase)
        found += [part.strip(" .").lower() for part in parts if 0 < len(part.split()) <= 4]
    return list(
        dict.fromkeys([*found, *(one for one in _named(topic) if not any(one in had for had in found))])
    )


def _named(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", text.casefold()) if word in _INTERESTS]
