"""Values of item fields: JSON within limits that every client can represent."""

import math
import re
import unicodedata
from collections.abc import Container, Hashable, Iterable, Mapping
from decimal import Context, Decimal
from typing import Final, TypeAlias, TypeVar, cast

from streamd.errors import InvalidMessageError

T = TypeVar("T", bound=str)

Value: TypeAlias = str | int | float | bool | list[object] | dict[str, object]
"""A JSON value of an item's field: anything but null at the top level."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest magnitude of an integer that JavaScript represents exactly."""
_PLAIN_FLOAT: Final = 1e21
"""A whole float below this is a whole number to JavaScript, which writes it with all its digits."""
NO_UNICODE: Final = "has half of a surrogate pair, which is no character"
MAX_DEPTH: Final = 32
MAX_STRING_BYTES: Final = 65_536
_SURELY_SHORT: Final = MAX_STRING_BYTES // 4
"""A text of so many characters is not too long, whichever they are."""
MAX_FIELDS: Final = 256
MAX_NAME_CHARS: Final = 128
MAX_ID_CHARS: Final = 200

_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_NUMBERS: Final = frozenset({int, float})
_EXACT: Final = Context(prec=1_000, traps=[])
"""Enough digits for the exact sum or product of any two doubles below 2^53."""


# ── equality ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def nfc(text: str) -> str:
    """Return the text in Unicode's Normalization Form C, in which texts that look the same by rule are the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def spellings(name: T) -> tuple[T, ...]:
    """Return the spellings of a name that mean the same: as it is, in NFC, and decomposed, as names of older versions may be."""
    if name.isascii():
        return (name,)
    return tuple(dict.fromkeys((name, cast("T", nfc(name)), cast("T", unicodedata.normalize("NFD", name)))))


def spelling_in(names: Container[str], name: str) -> str:
    """Return the spelling of a name that is among these names, else its NFC."""
    return name if name.isascii() else next((one for one in spellings(name) if one in names), nfc(name))


def equal(left: object, right: object) -> bool:
    """Whether two JSON values are equal: 1 and 1.0 are, true and 1 are not, texts are compared in NFC; so in depth, too."""
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        return left == right
    match left, right:
        case str(), str():
            return left == right or (not (left.isascii() and right.isascii()) and nfc(left) == nfc(right))
        case list(), list():
            return len(left) == len(right) and all(map(equal, left, right))
        case dict(), dict() if left.keys() == right.keys():
            return all(equal(value, right[name]) for name, value in left.items())
        case _:
            return left is right or (kind is other and equality_key(left) == equality_key(right))


def equality_key(value: object, *, ignore_case: bool = False) -> Hashable:
    """Make a key of a JSON value: two values are equal if and only if their keys are."""
    match value:
        case str():
            return caseless(value) if ignore_case else nfc(value)
        case bool():
            return (bool, value)
        case list():
            return (list, *(equality_key(member, ignore_case=ignore_case) for member in value))
        case dict():
            members = (
                (nfc(name), equality_key(member, ignore_case=ignore_case)) for name, member in value.items()
            )
            return (dict, len(value), frozenset(members))
        case _:
            return value


def equality_keys(members: Iterable[object]) -> list[Hashable]:
    """Make the keys of many values."""
    return [
        member if type(member) is str and member.isascii() else equality_key(member) for member in members
    ]


def caseless(text: str) -> str:
    """Return what is compared of a text where case does not count."""
    return text.lower() if text.isascii() else nfc(nfc(text).casefold())


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def is_number(value: object) -> bool:
    """Whether a value is a number: true and false are none."""
    return type(value) in _NUMBERS or (isinstance(value, int | float) and not isinstance(value, bool))


def is_empty(value: object) -> bool:
    """Whether a value is none where one is required: null, a text without a sign in it, or an empty list."""
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def exact_sum(numbers: Iterable[float]) -> float:
    """Add numbers as the decimals that they are written as, and round once: 0.1 + 0.2 is 0.3. Whole ones stay whole."""
    total = ExactSum()
    for number in numbers:
        total.add(number)
    return total.value


class ExactSum:
    """A sum as of `exact_sum`, number by number."""

    def __init__(self) -> None:
        self._whole = 0
        self._decimal: Decimal | None = None

    def add(self, number: float) -> None:
        """Add a number."""
        if type(number) is int:
            self._whole += number
        else:
            self._decimal = _EXACT.add(self._decimal or Decimal(0), _decimal(number))

    @property
    def value(self) -> float:
        """The sum, rounded to a double if a part of it was one."""
        return (
            self._whole if self._decimal is None else float(_EXACT.add(self._decimal, Decimal(self._whole)))
        )


def exact_product(left: float, right: float) -> float:
    """Multiply two numbers as the decimals that they are written as, and round once: 3 * 0.1 is 0.3."""
    if type(left) is int and type(right) is int:
        return left * right
    return float(_EXACT.multiply(_decimal(left), _decimal(right)))


def _decimal(number: float) -> Decimal:
    return Decimal(number) if isinstance(number, int) else Decimal(repr(number))


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def has_control_characters(text: str, *, besides: str = "") -> bool:
    """Whether a text has a control character (Unicode's category Cc), `besides` these, or half of a surrogate pair."""
    if text.isprintable():
        return False
    return any(found[0] not in besides for found in _CONTROL.finditer(text))


def has_surrogates(text: str) -> bool:
    """Whether a text has half of a surrogate pair, which UTF-8 cannot encode."""
    return not text.isascii() and _SURROGATE.search(text) is not None


def check_value(value: object, path: str) -> None:
    """Raise InvalidMessageError for non-JSON, depth over 32, a text over 64 KiB, or an integer beyond ±(2^53-1)."""
    if type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        return  # as of most changes
    if (fault := _fault(value, 1)) is not None:
        place, why = fault
        raise InvalidMessageError(f"{path}{place} {why}", path=f"{path}{place}")


def _fault(value: object, depth: int) -> tuple[str, str] | None:
    """(path, violated rule) of an invalid value; paths are built only for invalid ones."""
    match value:
        case str():
            if len(value) > _SURELY_SHORT and len(value.encode("utf-8", "surrogatepass")) > MAX_STRING_BYTES:
                return "", f"is longer than {MAX_STRING_BYTES} bytes"
            if not value.isascii() and has_surrogates(value):
                return "", NO_UNICODE
        case bool() | None:
            pass
        case int():
            if not -MAX_INTEGER <= value <= MAX_INTEGER:
                return "", "is beyond ±(2^53-1)"
        case float():
            if not math.isfinite(value):
                return "", "is not a finite number"
            if MAX_INTEGER < abs(value) < _PLAIN_FLOAT and value.is_integer():
                return "", "is beyond ±(2^53-1)"
        case list() | dict() if depth >= MAX_DEPTH:
            return "", f"nests deeper than {MAX_DEPTH}"
        case list():
            for index, member in enumerate(value):
                if (fault := _fault(member, depth + 1)) is not None:
                    return f"[{index}]{fault[0]}", fault[1]
        case dict():
            for key, member in value.items():
                if not isinstance(key, str):
                    return "", "has a key that is not text"
                if not key.isascii() and has_surrogates(key):
                    return "", f"has a key that {NO_UNICODE}"
                if (fault := _fault(member, depth + 1)) is not None:
                    return f".{key}{fault[0]}", fault[1]
        case _:
            return "", "is not a JSON value"
    return None


def check_field_name(name: str) -> None:
    """Raise InvalidMessageError for a field name that is empty, over 128 characters, `id`, or has control characters."""
    if not name or len(name) > MAX_NAME_CHARS or has_control_characters(name):
        raise InvalidMessageError(
            f"a field name has 1 to {MAX_NAME_CHARS} printable characters", path=name[:MAX_NAME_CHARS]
        )
    if name == "id":
        raise InvalidMessageError("`id` cannot be set or changed as a field", path="id")


def check_fields(fields: Mapping[str, object], path: str = "") -> None:
    """Raise InvalidMessageError for over 256 fields, or invalid names or values. Null is allowed: it means 'no such field'."""
    if len(fields) > MAX_FIELDS:
        raise InvalidMessageError(f"an item has at most {MAX_FIELDS} fields", path=path)
    for name, value in fields.items():
        check_field_name(name)
        if isinstance(value, str) and len(value) <= _SURELY_SHORT and value.isascii():
            continue  # most values, for which a call costs more than the check
        check_value(value, f"{path}.{name}" if path else name)


def check_type_name(name: str) -> None:
    """Raise InvalidMessageError for a name of a type that is over 128 characters or has control characters."""
    if len(name) > MAX_NAME_CHARS or has_control_characters(name):
        raise InvalidMessageError(
            f"a type's name has 1 to {MAX_NAME_CHARS} printable characters", path="type"
        )


def check_item_name(name: object) -> None:
    """Raise InvalidMessageError for an item's name that has control characters other than tabs and line breaks."""
    if isinstance(name, str) and has_control_characters(name, besides="\t\n\r"):
        raise InvalidMessageError(
            "name must have no control characters but tabs and line breaks", path="name"
        )


def check_item_id(item_id: str) -> None:
    """Raise InvalidMessageError for an id that is empty, over 200 characters, or has control characters."""
    if not item_id or len(item_id) > MAX_ID_CHARS or has_control_characters(item_id):
        raise InvalidMessageError(f"an item id has 1 to {MAX_ID_CHARS} printable characters", path="item_id")
