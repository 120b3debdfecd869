"""Parses numbers: `1,200`, `1.5k`, `$3.50`, `twenty-five`, `half a dozen`, `minus five`, `a few`."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from streamd.facts import frozen
from streamd.language._tokens import Token
from streamd.text.number_words import CARDINALS, ROUGH_NUMBERS
from streamd.text.wordlist import words

_SCALES: Final[Mapping[str, int]] = {"thousand": 1000, "million": 1_000_000, "billion": 1_000_000_000}
_ROUGH: Final[Mapping[tuple[str, ...], int]] = {
    ("a", "couple", "of"): ROUGH_NUMBERS["couple"],
    ("a", "couple"): ROUGH_NUMBERS["couple"],
    ("couple", "of"): ROUGH_NUMBERS["couple"],
    ("a", "pair", "of"): ROUGH_NUMBERS["pair"],
    ("a", "few"): ROUGH_NUMBERS["few"],
    ("few",): ROUGH_NUMBERS["few"],
    ("several",): ROUGH_NUMBERS["several"],
    ("a", "handful", "of"): ROUGH_NUMBERS["handful"],
    **dict.fromkeys(
        [("multiple",), ("a", "bunch", "of"), ("a", "number", "of"), ("some",), ("many",), ("various",)],
        ROUGH_NUMBERS["several"],
    ),
}
DATE: Final = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])")
CURRENCY_MARKS: Final = frozenset("$€£¥")
CURRENCY_WORDS: Final = words("dollar dollars euro euros pound pounds usd eur gbp chf bucks yen francs quid")
_HUNDREDTHS: Final = words("cent cents ¢ pence penny")
UNIT_WORDS: Final = words("unit units piece pieces pc pcs pieces day days points point pts kg")
NUMBER_WORDS: Final = frozenset(CARDINALS) | frozenset(_SCALES) | {
    "hundred", "dozen", "dozens", "half", "minus", "negative", "multiple", "bunch", "percent", *ROUGH_NUMBERS,
}  # fmt: skip


@frozen
class Quantity:
    """A parsed number with its unit, currency or percent sign."""

    value: float
    end: int
    """Index of the token after it."""
    vague: str = ""
    """The words of a vague number; empty for an exact one."""
    money: bool = False
    percent: bool = False
    unit: str = ""


def quantity(tokens: Sequence[Token], at: int) -> Quantity | None:
    """Parse the number that starts at a token, with currency, percent sign or unit; None without one."""
    end = at
    sign = 1.0
    money = False
    while end < len(tokens) and (
        tokens[end].norm in ("minus", "negative")
        or tokens[end].norm in CURRENCY_MARKS
        or tokens[end].norm in "-\u2212"
    ):
        money = money or tokens[end].norm in CURRENCY_MARKS
        sign = sign if tokens[end].norm in CURRENCY_MARKS else -sign
        end += 1
        if end - at > 3:
            return None
    bare = _bare(tokens, end)
    if bare is None:
        return None
    value, end, vague = bare
    percent = False
    unit = ""
    word = tokens[end].norm if end < len(tokens) else ""
    if word in CURRENCY_MARKS or word in CURRENCY_WORDS:
        money, end = True, end + 1
    elif word in _HUNDREDTHS:
        value, money, end = value / 100, True, end + 1
    elif word in ("%", "percent", "pct"):
        percent, end = True, end + 1
    elif word == "per" and end + 1 < len(tokens) and tokens[end + 1].norm == "cent":
        percent, end = True, end + 2
    elif word in UNIT_WORDS:
        unit, end = word, end + 1
    return Quantity(sign * value, end, vague, money, percent, unit)


def _bare(tokens: Sequence[Token], at: int) -> tuple[float, int, str] | None:
    for vague, number in _ROUGH.items():
        if tuple(token.norm for token in tokens[at : at + len(vague)]) == vague:
            shown_as = " ".join(word for word in vague if word not in ("a", "of"))
            return float(number), at + len(vague), shown_as
    total, current, end, seen = 0.0, 0.0, at, False
    while end < len(tokens) and end - at < 12:
        token = tokens[end]
        word = token.norm
        following = tokens[end + 1].norm if end + 1 < len(tokens) else ""
        if token.kind == "number" and token.value is not None and not seen:
            current = token.value
        elif token.kind != "word":
            break
        elif word in CARDINALS and (
            not seen
            or (current % 10 == 0 and CARDINALS[word] < 10 and current)
            or (current == 0 and total)
            or (current and current % 100 == 0)
        ):
            current += CARDINALS[word]
        elif (
            word == "half" and following == "a" and end + 2 < len(tokens) and tokens[end + 2].norm == "dozen"
        ):
            return 6.0, end + 3, ""
        elif word in ("a", "an") and not seen and following in ("hundred", "thousand", "million", "dozen"):
            current = 1.0
        elif word == "hundred":
            current = (current if seen else 1.0) * 100
        elif word == "dozen" or (word == "dozens" and seen):
            return (current if seen else 1.0) * 12, _past_of(tokens, end + 1), ""
        elif word in _SCALES:
            total, current = total + (current if seen else 1.0) * _SCALES[word], 0.0
        elif (
            word == "and"
            and seen
            and following in CARDINALS
            and tokens[end - 1].norm in ("hundred", "thousand")
        ):
            end += 1
            continue
        else:
            break
        seen = True
        end += 1
    return (total + current, end, "") if seen else None


def _past_of(tokens: Sequence[Token], at: int) -> int:
    return at + 1 if at < len(tokens) and tokens[at].norm == "of" else at


def tidy(value: float) -> int | float:
    """Convert a whole number to int."""
    return int(value) if float(value).is_integer() else value


def shown(value: float) -> str:
    """Format a number for an answer: `4,886.00`, `1,200`, `0.5`."""
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,.2f}" if round(value, 2) == round(value, 6) else f"{value:,g}"
