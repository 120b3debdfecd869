"""Parses dates: `2027-03-03`, `3 March 2027`, `May 2026`, and what a comparison with one of them means."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from streamd.core.declared.field_spec import FieldKind
from streamd.core.item_type import ItemTypes
from streamd.facts import frozen
from streamd.language._lexicon import FieldWord
from streamd.language._negation import negation_of
from streamd.language._predicates import AllOf, Compare, Predicate
from streamd.language._syntax_tree import UnclearValueError
from streamd.language._token_reader import TokenReader
from streamd.language._vocabulary import COMPARATORS
from streamd.language._yearless_dates import direction_of, yearless_date
from streamd.text.calendar_names import ORDINAL, first_day
from streamd.text.time_words import MONTHS

_DATE_KINDS: Final[frozenset[FieldKind]] = frozenset({"date", "datetime"})
_MONTH: Final = rf"(?P<month>{'|'.join((*MONTHS, 'sept', *(month[:3] for month in MONTHS)))})\b\.?"
_DAY: Final = rf"(?:the\s+)?(?P<day>\d{{1,2}}){ORDINAL}"
_YEAR: Final = r"(?P<year>\d{4})\b"
_INSTANT: Final = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?(?!\w)"
)
_WRITTEN: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)(?![\w-])",
        r"(?P<year>\d{4})-(?P<month>\d\d)(?![\w-])",
        rf"{_DAY}\s+(?:of\s+)?{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_MONTH},?\s+{_YEAR}",
        r"(?P<year>(?:19|20|21)\d\d)(?![\w-]|[.,:/]\d|\s+(?:units?|pieces?|pcs|items?|of|[$€£])\b)",
    )
)
_UNCLEAR: Final = re.compile(
    rf"\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}(?!\w)|{_DAY}\s+(?:of\s+)?{_MONTH}(?!\w)|{_MONTH}(?:\s+(?:the\s+)?\d{{1,2}}(?:st|nd|rd|th)?)?(?!\w)"
    .replace("(?P<day>", "(?:", 1).replace("(?P<month>", "(?:"),
    re.IGNORECASE,
)  # fmt: skip
_RELATIVE: Final = re.compile(
    r"(?:today|tomorrow|yesterday|now)\b|(?:last|this|next|the\s+(?:last|next|coming))\s+(?:\d+\s+)?(?:week|month|year|quarter|day)s?\b"
    r"|(?:in\s+)?(?:\d{1,4}|an?|two|three)\s+(?:day|week|month|year)s?(?:\s+(?:ago|from\s+now))?\b",
    re.IGNORECASE,
)

_WORDS_BEFORE: Final = 4
_SIGNS: Final[Mapping[str, str]] = {
    **COMPARATORS,
    **dict.fromkeys(["before", "earlier than", "prior to", "older than", "ahead of"], "<"),
    **dict.fromkeys(["after", "later than", "newer than", "past", "younger than"], ">"),
    **dict.fromkeys(["since", "on or after", "from", "not before", "starting", "not earlier than"], ">="),
    **dict.fromkeys(["until", "till", "by", "up to", "on or before", "no later than", "not later than", "not after", "through"], "<="),
    **dict.fromkeys(["on", "in", "during", "of", "dated"], "=="),
}  # fmt: skip


@frozen
class DateSpan:
    """The days that a date in a request comprises: one, a month or a year; or an instant."""

    first: str
    """Its first day, or the instant itself, as it stands in a field."""
    after: str = ""
    """The first day after it; empty for an instant."""
    is_guessed: bool = False
    """Whether its year was not said."""

    @property
    def is_day(self) -> bool:
        """Whether it is one day."""
        return bool(self.after) and date.fromisoformat(self.after) - date.fromisoformat(
            self.first
        ) == timedelta(days=1)


def is_dated(types: ItemTypes, field: FieldWord, only: str = "") -> bool:
    """Whether a field is declared as a date or an instant, in the given type or in all types that have it."""
    kinds = {
        types.declared[of].fields[name].kind
        for of, name in field.items()
        if of in types.declared and name in types.declared[of].fields and only in ("", of)
    }
    return bool(kinds) and kinds <= _DATE_KINDS


def date_fields(types: ItemTypes, item_type: str) -> list[str]:
    """The fields of a type that are declared as dates or instants."""
    declared = types.declared.get(item_type)
    return [spec.name for spec in declared.fields.values() if spec.kind in _DATE_KINDS] if declared else []


def period(reader: TokenReader, field: FieldWord) -> DateSpan | None:
    """Parse a date of a field; None without one. Raises for one that is not on the calendar, or is ambiguous.

    A date without its year is noted with the year that it was taken to be in.
    """
    token = reader.token()
    if token is None:
        return None
    before = {one.norm for one in reader.tokens[max(0, reader.at - _WORDS_BEFORE) : reader.at]}
    direction = direction_of([*field.values()], before)
    is_quoted = token.kind == "quoted"
    text, at = (token.text, 0) if is_quoted else (reader.text, token.start)
    read = _read(text, at, reader.today, direction)
    if read is None:
        return None
    found, end = read
    if found.is_guessed:
        reader.notes.append(year_note(text[at:end], found))
    start = reader.at
    reader.at += 1
    if token.kind != "quoted":
        while reader.at < len(reader.tokens) and reader.tokens[reader.at].start < end:
            reader.at += 1
    reader.raw.update(range(start, reader.at))
    return found


def period_of(text: str, field: str, today: date | None) -> DateSpan | None:
    """Parse a text that is a date as a whole, of a field; None when it is none. Raises as `period` does."""
    read = _read(text.strip(), 0, today, direction_of([field]))
    return read[0] if read and read[1] == len(text.strip()) else None


def year_note(said: str, found: DateSpan) -> str:
    """Tell which date one without a year was taken to be."""
    return f"I took «{said.strip()}» to be {found.first}."


def _read(text: str, at: int, today: date | None, direction: int) -> tuple[DateSpan, int] | None:
    if instant := _INSTANT.match(text, at):
        written = instant[0].replace(" ", "T")
        if not written.endswith("Z") and written[-6] not in "+-":
            raise UnclearValueError(
                f"«{instant[0]}» does not say in which time zone: write for example {written}Z. Nothing was changed."
            )
        return DateSpan(written), instant.end()
    for pattern in _WRITTEN:
        if found := pattern.match(text, at):
            return _days(found), found.end()
    if yearless := yearless_date(text, at, today, direction):
        day, end = yearless
        return DateSpan(day.isoformat(), (day + timedelta(days=1)).isoformat(), is_guessed=True), end
    if unclear := _UNCLEAR.match(text, at):
        raise UnclearValueError(
            f"I am not sure which date «{unclear[0]}» is: write it with its year, for example 2027-03-24. Nothing was changed."
        )
    if relative := _RELATIVE.match(text, at):
        raise UnclearValueError(
            f"I do not count days from today, as «{relative[0]}» does: give the date, for example 2027-03-24. "
            "Nothing was changed."
        )
    return None


def _days(found: re.Match[str]) -> DateSpan:
    given = found.groupdict()
    month = given.get("month") or ""
    try:
        first = first_day(int(given["year"]), month, given.get("day") or "")
    except ValueError:
        raise UnclearValueError(
            f"There is no date «{found[0]}» on the calendar, so nothing was changed."
        ) from None
    if given.get("day"):
        after = first + timedelta(days=1)
    elif month:
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    else:
        after = date(first.year + 1, 1, 1)
    return DateSpan(first.isoformat(), after.isoformat())


def as_stored(found: DateSpan, surface: str) -> str:
    """The text that a date stands for in a field. Raises for a month or a year, which is no day."""
    if found.after and not found.is_day:
        raise UnclearValueError(
            f"«{surface}» is no day: give the whole date, for example {found.first}. Nothing was changed."
        )
    return found.first


def date_comparison(reader: TokenReader, field: FieldWord, start: int) -> Predicate | None:
    """Parse what follows a field that holds dates: `before 3 March 2027`, `between May 2026 and 2027-01-01`, `2026-05-10`."""
    here = reader.at
    if reader.accept("between"):
        low = period(reader, field)
        high = period(reader, field) if low and reader.accept("and", "to") else None
        if low is None or high is None:
            reader.at = here
            return None
        surface = reader.surface(start)
        return AllOf((compared(field, ">=", low, surface), compared(field, "<=", high, surface)))
    sign = reader.accept_from(_SIGNS, 5)
    found = period(reader, field)
    if found is None:
        reader.at = here
        return None
    return compared(field, _SIGNS.get(sign, "=="), found, reader.surface(start))


def compared(field: FieldWord, sign: str, with_: DateSpan, surface: str) -> Predicate:
    """Compare a field with all days of a period: after May is not in May, until May is with May."""
    if not with_.after:
        return Compare(field, sign, with_.first, surface)
    if sign in ("<", ">="):
        return Compare(field, sign, with_.first, surface)
    if sign in (">", "<="):
        return Compare(field, ">=" if sign == ">" else "<", with_.after, surface)
    within = AllOf((Compare(field, ">=", with_.first, surface), Compare(field, "<", with_.after, surface)))
    return negation_of(within) if sign == "!=" else within
