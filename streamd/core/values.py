"""Values of item fields: JSON within limits that every client can represent."""

import math
import unicodedata
from collections.abc import Collection, Container, Hashable, Mapping
from functools import lru_cache
from itertools import chain
from typing import Final, TypeAlias, TypeVar, cast

from streamd.core.json.characters import NO_UNICODE, has_control_characters, has_surrogates, why_refused
from streamd.errors import InvalidMessageError

T = TypeVar("T", bound=str)
V = TypeVar("V")

Value: TypeAlias = str | int | float | bool | list[object] | dict[str, object]
"""A JSON value of an item's field: anything but null at the top level."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest magnitude of an integer that JavaScript represents exactly."""
_PLAIN_FLOAT: Final = 1e21
"""A whole float below this is a whole number to JavaScript, which writes it with all its digits."""
MAX_DEPTH: Final = 32
MAX_STRING_BYTES: Final = 65_536
_SURELY_SHORT: Final = MAX_STRING_BYTES // 4
"""A text of so many characters is not too long, whichever they are."""
MAX_FIELDS: Final = 256
MAX_NAME_CHARS: Final = 128
MAX_ID_CHARS: Final = 200
_USUAL_NAMES: Final = 1024
"""Names that were found to be right are not looked at again: most items have the same fields."""
_LAYOUT: Final = "\t\n\r"

_NUMBERS: Final = frozenset({int, float})
_TEXT: Final = frozenset({str})
_FEW: Final = 4
"""Up to so many members, a look at each costs less than one at all of them."""
_FLAT: Final = _NUMBERS | _TEXT
_NESTING: Final = frozenset({list, dict})
_JSON: Final = frozenset({str, bool, type(None), int, float, list, dict})


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
    if kind is not other:
        return False
    if kind is str:
        return left == right or nfc(cast("str", left)) == nfc(cast("str", right))
    if kind is list:
        return _equal_lists(cast("list[object]", left), cast("list[object]", right))
    if kind is dict:
        fields, others = cast("dict[str, object]", left), cast("dict[str, object]", right)
        if fields.keys() == others.keys():
            return all(equal(value, others[name]) for name, value in fields.items())
    return left is right or equality_key(left) == equality_key(right)


def _equal_lists(left: list[object], right: list[object]) -> bool:
    if len(left) != len(right):
        return False
    if len(left) > _FEW and set(map(type, left)) | set(map(type, right)) <= _FLAT and left == right:
        return True
    return all(map(equal, left, right))


def equality_key(value: object, *, ignore_case: bool = False) -> Hashable:
    """Make a key of a JSON value: two values are equal if and only if their keys are."""
    kind = type(value)
    if kind is str:
        text = cast("str", value)
        return caseless(text) if ignore_case else nfc(text)
    if kind is bool:
        return (bool, value)
    if kind is list:
        return (list, *equality_keys(cast("list[object]", value), ignore_case=ignore_case))
    if kind is dict:
        fields = cast("dict[str, object]", value)
        keys = equality_keys(fields.values(), ignore_case=ignore_case)
        names = fields if all(map(str.isascii, fields)) else map(nfc, fields)
        return (dict, len(fields), frozenset(zip(names, keys, strict=True)))
    return value


def equality_keys(members: Collection[object], *, ignore_case: bool = False) -> list[Hashable]:
    """Make the keys of many values."""
    if len(members) <= _FEW:
        return [equality_key(member, ignore_case=ignore_case) for member in members]
    kinds = set(map(type, members))
    if kinds <= _NUMBERS or (
        not ignore_case and kinds == _TEXT and all(map(str.isascii, cast("Collection[str]", members)))
    ):
        return list(members)
    if kinds == _TEXT:
        texts = cast("Collection[str]", members)
        return list(map(caseless if ignore_case else nfc, texts))
    return [equality_key(member, ignore_case=ignore_case) for member in members]


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


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def check_value(value: object, path: str) -> None:
    """Raise InvalidMessageError for non-JSON, depth over 32, a text over 64 KiB, or an integer beyond ±(2^53-1)."""
    if type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        return  # as of most changes
    if type(value) in _NESTING and not _is_small(value) and _is_surely_valid(value):
        return
    if (fault := _fault(value, 1)) is not None:
        place, why = fault
        raise InvalidMessageError(f"{path}{place} {why}", path=f"{path}{place}")


def _is_small(value: object) -> bool:
    """Whether a list or an object has few members, and none of them has any."""
    members = cast("Collection[object]", value.values() if isinstance(value, dict) else value)
    return len(members) <= _FEW and _NESTING.isdisjoint(map(type, members))


def _is_surely_valid(value: object) -> bool:
    """Whether a value keeps the rules: looked at level by level, which costs a fraction of what one by one does.

    False where it may break one, or where only a closer look tells.
    """
    level: Collection[object] = (value,)
    for depth in range(1, MAX_DEPTH + 1):
        kinds = set(map(type, level))
        if not kinds <= _JSON:
            return False
        if str in kinds and not _are_surely_valid(_of_kind(str, level, kinds)):
            return False
        if int in kinds:
            whole = _of_kind(int, level, kinds)
            if min(whole) < -MAX_INTEGER or max(whole) > MAX_INTEGER:
                return False
        if float in kinds:
            fractions = _of_kind(float, level, kinds)
            # a NaN is neither, wherever it stands
            if not all(map(math.isfinite, fractions)) or max(map(abs, fractions)) > MAX_INTEGER:
                return False
        if not kinds & _NESTING:
            return True
        if depth == MAX_DEPTH:
            return False
        lists, objects = _of_kind(list, level, kinds), _of_kind(dict, level, kinds)
        names = [*chain.from_iterable(objects)]
        if not set(map(type, names)) <= _TEXT or has_surrogates("".join(names)):
            return False
        level = [*chain.from_iterable(lists), *chain.from_iterable(map(dict.values, objects))]
    return False


def _of_kind(kind: type[V], level: Collection[object], kinds: Collection[type]) -> Collection[V]:
    if len(kinds) == 1:
        return cast("Collection[V]", level if kind in kinds else ())
    return [member for member in level if type(member) is kind]


def _are_surely_valid(texts: Collection[str]) -> bool:
    return max(map(len, texts)) <= _SURELY_SHORT and not has_surrogates("".join(texts))


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


@lru_cache(maxsize=_USUAL_NAMES)
def check_field_name(name: str) -> None:
    """Raise InvalidMessageError for a field name that is empty, over 128 characters, `id`, or has control characters."""
    if not name or len(name) > MAX_NAME_CHARS or has_control_characters(name):
        raise InvalidMessageError(
            f"a field name has 1 to {MAX_NAME_CHARS} printable characters{why_refused(name, MAX_NAME_CHARS)}",
            path=name[:MAX_NAME_CHARS],
        )
    if name == "id":
        raise InvalidMessageError("`id` cannot be set or changed as a field", path="id")


class CheckedFields(dict[str, V]):
    """Fields that `check_fields` has accepted, which need not be looked at again."""

    __slots__ = ()


def check_fields(fields: Mapping[str, object], path: str = "") -> None:
    """Raise InvalidMessageError for over 256 fields, or invalid names or values. Null is allowed: it means 'no such field'."""
    if type(fields) is CheckedFields:
        return
    if len(fields) > MAX_FIELDS:
        raise InvalidMessageError(f"an item has at most {MAX_FIELDS} fields", path=path)
    for name, value in fields.items():
        check_field_name(name)
        # Most values, for which a call costs more than the check.
        if isinstance(value, str) and len(value) <= _SURELY_SHORT and value.isascii():
            continue
        if type(value) is int and -MAX_INTEGER <= value <= MAX_INTEGER:
            continue
        check_value(value, f"{path}.{name}" if path else name)


@lru_cache(maxsize=_USUAL_NAMES)
def check_type_name(name: str) -> None:
    """Raise InvalidMessageError for a name of a type that is over 128 characters or has control characters."""
    if len(name) > MAX_NAME_CHARS or has_control_characters(name):
        raise InvalidMessageError(
            f"a type's name has 1 to {MAX_NAME_CHARS} printable characters{why_refused(name, MAX_NAME_CHARS)}",
            path="type",
        )


def check_item_name(name: object) -> None:
    """Raise InvalidMessageError for an item's name that has control characters other than tabs and line breaks."""
    if isinstance(name, str) and has_control_characters(name, besides=_LAYOUT):
        raise InvalidMessageError(
            "name must have no control characters but tabs and line breaks"
            f"{why_refused(name, len(name), besides=_LAYOUT)}",
            path="name",
        )


def check_item_id(item_id: str) -> None:
    """Raise InvalidMessageError for an id that is empty, over 200 characters, or has control characters."""
    if not item_id or len(item_id) > MAX_ID_CHARS or has_control_characters(item_id):
        raise InvalidMessageError(
            f"an item id has 1 to {MAX_ID_CHARS} printable characters{why_refused(item_id, MAX_ID_CHARS)}",
            path="item_id",
        )
