"""Parses numbers in tables: `$1,250.00`, `1.250,00 €`, `95 %`, `(12)`."""

import re
from collections.abc import Collection, Iterable
from typing import Final

_PLAIN: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_MANTISSA: Final = re.compile(r"[^eE]*[1-9]")
_MAX_CHARS: Final = 400
"""Longer texts are no numbers."""
_CODE_WORDS: Final = (
    "AED AMD ARS AUD AZN BAM BDT BGN BHD BOB BRL BYN CAD CHF CLP CNY COP CRC CZK DKK DOP DZD EGP ETB EUR GBP GEL GHS GTQ "
    "HKD HRK HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KRW KWD KZT LBP LKR MAD MDL MKD MXN MYR NGN NOK NPR NZD OMR PAB "
    "PEN PHP PKR PLN PYG QAR RON RSD RUB SAR SEK SGD THB TND TRY TTD TWD TZS UAH UGX USD UYU UZS VND XAF XOF ZAR ZMW"
)
_CODES: Final = frozenset(_CODE_WORDS.split())
_CURRENCY: Final = re.compile(rf"[$€£¥₹%]|\b(?:{'|'.join(_CODE_WORDS.split())})\b")
"""What is passed over beside a number; other words beside it are not."""
_CODE_OR_SIGN: Final = re.compile(r"[$€£¥₹]|\b[A-Z]{3}\b")
_SIGNS: Final = {"€": "EUR", "£": "GBP", "₹": "INR"}
_DOLLARS: Final = "USD AUD CAD NZD HKD SGD MXN TWD TTD JMD ARS CLP COP DOP UYU"
_SHARED_SIGNS: Final = {"$": frozenset(_DOLLARS.split()), "¥": frozenset({"JPY", "CNY"})}
"""Signs of several currencies."""
_SHORTENED: Final = re.compile(r"[1-9](?:[.,][0-9]+)?E\+[0-9]{2}")
_PLUS_MINUS: Final = "-+\u2212"
_GROUPING: Final = re.compile(r"(?<=[0-9])['’ \u00a0\u2009\u202f](?=[0-9]{3}(?![0-9]))")  # noqa: RUF001
_NO_DECIMALS: Final = re.compile(r"(?<=[0-9])([.,])[-\u2013\u2014]{1,2}(?=\s*$)")
_POINT: Final = re.compile(
    r"(?:[0-9]{1,3}(?:,[0-9]{2,3})*,[0-9]{3}|[0-9]+)?(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"
)
_COMMA: Final = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)?(?:,[0-9]*)?(?:[eE][+-]?[0-9]+)?")
_CLEAR: Final = r"""
    (?<![0-9.,]) (?:
        [0-9]{{1,3}} (?:{group}[0-9]{{3}})* {mark} (?:[0-9]{{1,2}}|[0-9]{{4,}})   # 12{mark}5
      | [0-9]{{1,3}} (?:{group}[0-9]{{3}})+ {mark} [0-9]+                       # 1{group}250{mark}125
      | (?:0+|[0-9]{{4,}}) {mark} [0-9]+                                       # 0{mark}125
      | [0-9]{{1,3}} (?:{group}[0-9]{{3}}){{2,}}                                # 1{group}250{group}000
    ) (?![0-9.,])"""
_CLEAR_POINT: Final = re.compile(_CLEAR.format(mark=r"\.", group=","), re.VERBOSE)
_CLEAR_COMMA: Final = re.compile(_CLEAR.format(mark=",", group=r"\."), re.VERBOSE)
_UNCLEAR: Final = re.compile(r"[^0-9]*[1-9][0-9]{0,2}[.,][0-9]{3}[^0-9.,]*")


def plain_number(text: str) -> int | float | None:
    """The number, where the text is one as JSON writes it; so `0012` and `1,5` are none, and neither is infinity."""
    if len(text) > _MAX_CHARS or not _PLAIN.fullmatch(text):
        return None
    return _value(text)


def number_of(text: str, *, decimal_comma: bool = False) -> int | float | None:
    """The number in a cell, or None.

    Currency signs and codes, percent signs (`95 %` is 95) and thousands separators are passed over;
    parentheses mean negative, and so does a minus behind the number, as SAP writes it; `3,-` is 3. Of `1,250` and `1.250`, which can be read either way, `decimal_comma` decides.
    """
    known = plain_number(text) if not decimal_comma else None
    if known is not None:
        return known
    if len(text) > _MAX_CHARS:
        return None
    rest = _CURRENCY.sub("", text).strip()
    rest = _NO_DECIMALS.sub(r"\g<1>0", rest)
    negative = rest.startswith("(") and rest.endswith(")")
    rest = _GROUPING.sub("", rest[1:-1] if negative else rest).strip()
    sign = rest[:1] if rest[:1] in _PLUS_MINUS else rest[-1:]
    if sign and sign in _PLUS_MINUS:
        negative = negative != (sign != "+")
        rest = rest.removeprefix(sign) if rest[0] == sign else rest.removesuffix(sign)
        rest = rest.strip()
    if not any(character in "0123456789" for character in rest):
        return None
    for comma in (decimal_comma, not decimal_comma):
        if (_COMMA if comma else _POINT).fullmatch(rest):
            digits = rest.replace(".", "").replace(",", ".") if comma else rest.replace(",", "")
            number = _value(digits)
            return -number if negative and number is not None else number
    return None


def comma_votes(text: str) -> int:
    """1 when the decimal mark of a number is clearly a comma, -1 when it is a point, 0 when it is ambiguous."""
    if len(text) > _MAX_CHARS:
        return 0
    return bool(_CLEAR_COMMA.search(text)) - bool(_CLEAR_POINT.search(text))


def is_unclear_number(text: str) -> bool:
    """Whether this is a number such as `1,250` or `1.250`, whose mark may part thousands or decimals."""
    return len(text) <= _MAX_CHARS and _UNCLEAR.fullmatch(text) is not None


def is_shortened(text: str) -> bool:
    """Whether this is a long number as spreadsheets show it, without most of its digits: `4.00638E+12`."""
    return _SHORTENED.fullmatch(text) is not None


def currency_of(text: str) -> str:
    """The currency that an amount names by its code or its sign, a sign of several by itself; empty when it names none."""
    for found in _CODE_OR_SIGN.finditer(text):
        code = _SIGNS.get(found[0], found[0])
        if code in _CODES or code in _SHARED_SIGNS:
            return code
    return ""


def different_currencies(named: Iterable[str]) -> Collection[str]:
    """The currencies among those that amounts name; a sign of several is no further one beside one that it may stand for."""
    found = set(filter(None, named))
    return found - {sign for sign, codes in _SHARED_SIGNS.items() if codes & found}


def parted_unit(text: str) -> tuple[str, str]:
    """A number, and the words or the sign behind it: `7` and `weeks`."""
    word = text.lstrip("-+(0123456789.,'’ \u00a0\u202f\u2009").rstrip(") ")  # noqa: RUF001
    if not word or not (word[0].isalpha() or word == "¢"):
        return text, ""
    return text.replace(word, "", 1).strip(), word


def _value(digits: str) -> int | float | None:
    try:
        return int(digits)
    except ValueError:
        number = float(digits)
    is_lost = number == 0 and _MANTISSA.match(digits) is not None
    return None if is_lost or number in (float("inf"), float("-inf")) else number
