"""Names of months in the languages that spreadsheets are most often in, and the first day of what a date names."""

from collections.abc import Mapping
from datetime import date
from typing import Final
from unicodedata import combining, normalize

from streamd.text.time_words import MONTHS

ORDINAL: Final = "(?:st|nd|rd|th|er)?"
"""Ends of the number of a day."""
_LEAST_LETTERS: Final = 3
_NAMES: Final = (
    "januar januari janner janvier enero gennaio janeiro styczen stycznia",
    "februar februari feber fevrier febrero febbraio fevereiro luty lutego",
    "marz maerz mrz mars marts marzo marco maart mrt marzec marca",
    "april avril abril aprile kwiecien kwietnia",
    "mai mayo maggio maio mei maj maja",
    "juni juin junio giugno junho czerwiec czerwca",
    "juli juillet julio luglio julho lipiec lipca",
    "august aout agosto augustus augusti sierpien sierpnia",
    "september septembre septiembre setiembre settembre setembro wrzesien wrzesnia",
    "oktober octobre octubre ottobre outubro pazdziernik pazdziernika",
    "november novembre noviembre novembro listopad listopada",
    "dezember decembre diciembre dicembre dezembro desember grudzien grudnia",
)
"""By month, beside the English ones: in German, French, Spanish, Italian, Portuguese, Dutch, the Scandinavian languages and Polish,
without accents."""


def _beginnings() -> Mapping[str, int]:
    """Names of months by number, and beginnings of them that no other month has."""
    found: dict[str, set[int]] = {}
    for number, (english, others) in enumerate(zip(MONTHS, _NAMES, strict=True), 1):
        for name in (english, *others.split()):
            for end in range(_LEAST_LETTERS, len(name) + 1):
                found.setdefault(name[:end], set()).add(number)
    return {name: number for name, (number, *others) in found.items() if not others}


_NUMBERS: Final = _beginnings()


def month_number(name: str) -> int:
    """Number of the month with a name, or whose name begins with these three letters or more. ValueError when there is none."""
    bare = "".join(letter for letter in normalize("NFKD", name.casefold()) if not combining(letter))
    if bare not in _NUMBERS:
        raise ValueError(f"no month is called {name}")
    return _NUMBERS[bare]


def first_day(year: int, month: str = "", day: str = "") -> date:
    """The first day of a year, of a month of it (by number or name), or that day. ValueError when it is not on the calendar."""
    number = (int(month) if month.isdigit() else month_number(month)) if month else 1
    return date(year, number, int(day or 1))
