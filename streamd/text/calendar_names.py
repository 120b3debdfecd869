"""Names of months and weekdays in the languages that spreadsheets are most often in, and the first day of what a date names."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Final
from unicodedata import combining, normalize

from streamd.text.time_words import MONTHS, WEEKDAYS

ORDINAL: Final = "(?:st|nd|rd|th|er)?"
"""Ends of the number of a day."""
_LEAST_LETTERS: Final = 3
_MONTH_NAMES: Final = (
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
_WEEKDAY_LETTERS: Final = 2
_WEEKDAY_NAMES: Final = (
    "montag lundi lunes lunedi segunda maandag mandag poniedziałek",
    "dienstag mardi martes martedi terca dinsdag tirsdag tisdag wtorek",
    "mittwoch mercredi miercoles mercoledi quarta woensdag onsdag sroda",
    "donnerstag jeudi jueves giovedi quinta donderdag torsdag czwartek",
    "freitag vendredi viernes venerdi sexta vrijdag fredag piatek",
    "samstag sonnabend samedi sabado sabato zaterdag lordag lørdag sobota",
    "sonntag dimanche domingo domenica zondag sondag søndag niedziela",
)


def _beginnings(english: Sequence[str], others: Sequence[str], letters: int) -> Mapping[str, Collection[int]]:
    """The numbers from 1 on of what is called so, or begins so, by names and their beginnings."""
    found: dict[str, set[int]] = {}
    for number, names in enumerate(zip(english, others, strict=True), 1):
        for name in " ".join(names).split():
            for end in range(letters, len(name) + 1):
                found.setdefault(name[:end], set()).add(number)
    return found


_MONTHS: Final = _beginnings(MONTHS, _MONTH_NAMES, _LEAST_LETTERS)
_WEEKDAYS: Final = _beginnings(WEEKDAYS, _WEEKDAY_NAMES, _WEEKDAY_LETTERS)


def month_number(name: str) -> int:
    """Number of the month with a name, or whose name alone begins with these three letters or more. ValueError when there is none."""
    numbers = _MONTHS.get(_bare(name), ())
    if len(numbers) != 1:
        raise ValueError(f"no month is called {name}")
    return next(iter(numbers))


def is_weekday(name: str, day: date) -> bool:
    """Whether the day is on the weekday of a name, or of the beginning of one."""
    return day.isoweekday() in _WEEKDAYS.get(_bare(name), ())


def _bare(name: str) -> str:
    """A name in lower case without accents."""
    return "".join(letter for letter in normalize("NFKD", name.casefold()) if not combining(letter))


def first_day(year: int, month: str = "", day: str = "") -> date:
    """The first day of a year, of a month of it (by number or name), or that day. ValueError when it is not on the calendar."""
    number = (int(month) if month.isdigit() else month_number(month)) if month else 1
    return date(year, number, int(day or 1))
