"""Decodes JSON that others wrote, and names what in it cannot be represented: rounded numbers, texts that are not Unicode."""

import json
import math
import re
from collections.abc import Iterator
from typing import Final

import orjson

from streamd.core.json.characters import NO_UNICODE, has_surrogates
from streamd.core.values import MAX_INTEGER
from streamd.facts import frozen

_DIGITS: Final = bytes.maketrans(b"123456789E", b"000000000e")
_LONG: Final = b"0" * 20
"""In a text whose digits are all zeros: a whole number beyond 64 bits, which orjson rounds."""
_TINY: Final = b"e-000"
"""In such a text: a number that may be too small, which orjson takes for 0."""
_ZERO: Final = re.compile(r"[-0.]*(?:[eE].*)?")


@frozen
class JsonFault:
    """A value that cannot be represented."""

    path: str
    why: str
    is_json: bool = True
    """Not so for NaN and Infinity, which some libraries write."""
    is_rounded: bool = False
    """Whether the value is only not what was written; nothing is wrong where nobody reads it."""


class _Number(float):
    """A number that a double does not hold as it was written."""


class _NoNumber(float):
    """NaN or an infinity, in letters."""


def decode_json(text: bytes | str) -> tuple[object, tuple[JsonFault, ...]]:
    """Decode a JSON text; returns what is in it and its faults.

    Faults are whole numbers beyond ±(2^53-1) that are written with all their digits, numbers beyond a double (and NaN) or
    so small that they would be 0, and halves of surrogate pairs, also in names. Raises ValueError when it is no JSON.
    """
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    try:
        value = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return _with_faults(raw)
    zeros = raw.translate(_DIGITS)
    if zeros.find(_LONG) >= 0 or zeros.find(_TINY) >= 0:  # `in` first tries whether the pattern is a number
        try:
            return value, _with_faults(raw)[1]
        except ValueError:
            pass  # nests deeper than Python reads, and than any value may
    return value, ()


_FENCED: Final = re.compile(r"```(?:json)?\s*(\{.*\})\s*```", re.DOTALL | re.IGNORECASE)


def object_in(text: str) -> dict[str, object] | None:
    """Return the JSON object that a text is, or holds in a fence; None where there is none."""
    fenced = _FENCED.search(text)
    for part in (text, fenced[1] if fenced else ""):
        try:
            value, faults = decode_json(part)
        except ValueError:
            continue
        if isinstance(value, dict) and not faults:
            return value
    return None


def _with_faults(raw: bytes) -> tuple[object, tuple[JsonFault, ...]]:
    try:
        value = json.loads(raw.decode(), parse_int=_whole, parse_float=_fraction, parse_constant=_NoNumber)
    except RecursionError:
        raise ValueError("the JSON nests too deep") from None
    return value, tuple(_faults(value, ""))


def _whole(digits: str) -> float:
    return (
        _Number(float(digits)) if len(digits) > 16 and abs(int(digits[:400])) > MAX_INTEGER else int(digits)
    )


def _fraction(digits: str) -> float:
    number = float(digits)
    is_plain = "e" not in digits and "E" not in digits
    is_lost = number == 0 and _ZERO.fullmatch(digits) is None
    if is_lost or not math.isfinite(number) or (is_plain and abs(number) > MAX_INTEGER):
        return _Number(number)
    return number


def _faults(value: object, path: str) -> Iterator[JsonFault]:
    match value:
        case _NoNumber():
            yield JsonFault(path, "is not a finite number", is_json=False)
        case _Number():
            yield JsonFault(path, _why(value), is_rounded=math.isfinite(value))
        case str() if has_surrogates(value):
            yield JsonFault(path, NO_UNICODE)
        case list():
            for index, member in enumerate(value):
                yield from _faults(member, f"{path}[{index}]")
        case dict():
            for name, member in value.items():
                shown = name.encode("utf-8", "replace").decode()
                place = f"{path}.{shown}" if path else shown
                if has_surrogates(name):
                    yield JsonFault(place, f"has a name that {NO_UNICODE}")
                yield from _faults(member, place)
        case _:
            pass


def _why(number: float) -> str:
    if number == 0:
        return "is too small for a number, and would be 0"
    return "is beyond ±(2^53-1)" if math.isfinite(number) else "is not a finite number"
