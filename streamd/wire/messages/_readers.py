"""Reads the values of single keys: ids, names, numbers, flags, choices, lists and JSON.

A refusal says what is expected and where; it never repeats the value.
"""

from collections.abc import Callable, Collection
from typing import Final, TypeVar, cast

import orjson

from streamd.core.item import ItemId, Seq
from streamd.core.json.characters import has_control_characters, why_refused
from streamd.core.values import (
    MAX_ID_CHARS,
    MAX_INTEGER,
    check_item_id,
    check_value,
    nfc,
)
from streamd.errors import InvalidMessageError
from streamd.wire.messages._key_schemas import accepts, schema_of, text_schema
from streamd.wire.messages._shapes import FirstOf, ReadValue

MAX_NAMES: Final = 100
"""Most members of a list of names."""

_ID: Final = text_schema(MAX_ID_CHARS, least=1)

_Id = TypeVar("_Id", bound=str)
_Choice = TypeVar("_Choice", bound=str)


def short_text(limit: int) -> ReadValue[str | None]:
    """Make a reader of short text for programs, in NFC. An empty one is as good as none."""
    return _short(limit, nfc, "")


def remark(limit: int) -> ReadValue[str | None]:
    """Make a reader of short text for people, which may have line breaks. An empty one is as good as none."""
    return _short(limit, str, "\t\n\r")


def _short(limit: int, made: Callable[[str], str], besides: str) -> ReadValue[str | None]:
    @accepts(text_schema(limit))
    def read(value: object, key: str) -> str | None:
        if value is None or value == "":
            return None
        if (
            isinstance(value, str)
            and len(value) <= limit
            and not has_control_characters(value, besides=besides)
        ):
            return made(value)
        raise InvalidMessageError(
            f"{key} must be text of at most {limit} printable characters"
            f"{why_refused(value, limit, besides=besides)}",
            path=key,
        )

    return read


name: Final = short_text(MAX_ID_CHARS)
"""Reads a name or an id, in NFC. An empty one is as good as none."""


@accepts(_ID)
def required_name(value: object, key: str) -> str:
    """Read a name that is required."""
    given = name(value, key)
    if given is None:
        raise InvalidMessageError(f"{key} is required: text of 1 to {MAX_ID_CHARS} characters", path=key)
    return given


def name_of(kind: Callable[[str], _Id]) -> ReadValue[_Id | None]:
    """Make a reader of names that have a type of their own."""

    @accepts(schema_of(name))
    def read(value: object, key: str) -> _Id | None:
        given = name(value, key)
        return None if given is None else kind(given)

    return read


def _id(value: object, key: str) -> str:
    if isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARS and not has_control_characters(value):
        return value
    raise InvalidMessageError(
        f"{key} must be text of 1 to {MAX_ID_CHARS} printable characters{why_refused(value, MAX_ID_CHARS)}",
        path=key,
    )


@accepts(_ID)
def op_id(value: object, key: str) -> str:
    """Read the id that makes an edit repeatable. An empty one is refused, because it could not do that."""
    return _id(value, key)


@accepts(_ID)
def item_id(value: object, key: str) -> ItemId:
    """Read the id of an item, which is required."""
    if not isinstance(value, str):
        raise InvalidMessageError(f"{key} is required: the id of an item, as text", path=key)
    check_item_id(value)
    return ItemId(value)


@accepts({"type": "string"})
def text(value: object, key: str) -> str:
    """Read text for people or programs, of any length."""
    if isinstance(value, str):
        return value
    raise InvalidMessageError(f"{key} must be text", path=key)


@accepts({"enum": [True, False, 1, 0]})
def flag(value: object, key: str) -> bool:
    """Read true or false; 1 and 0 will do."""
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise InvalidMessageError(f"{key} must be true or false", path=key)


def whole(*, least: int = 0, most: int = MAX_INTEGER) -> ReadValue[int]:
    """Make a reader of whole numbers within limits."""
    upper = " or more" if most == MAX_INTEGER else f" to {most}"

    @accepts({"type": "integer", "minimum": least, "maximum": most})
    def read(value: object, key: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        raise InvalidMessageError(f"{key} must be a whole number, {least}{upper}", path=key)

    return read


def position(*, least: int = 0) -> ReadValue[Seq]:
    """Make a reader of positions in a stream; 0 is the one before the first entry."""
    return cast("ReadValue[Seq]", whole(least=least))


@accepts({"type": "number", "exclusiveMinimum": 0, "maximum": MAX_INTEGER})
def amount(value: object, key: str) -> float:
    """Read a number above 0."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_INTEGER:
        return float(value)
    raise InvalidMessageError(f"{key} must be a number above 0", path=key)


def choice(choices: Collection[_Choice]) -> ReadValue[_Choice]:
    """Make a reader of one of a closed set of texts."""
    expected = ", ".join(choices)

    @accepts({"enum": list(choices)})
    def read(value: object, key: str) -> _Choice:
        if isinstance(value, str) and value in choices:
            return cast("_Choice", value)
        raise InvalidMessageError(f"{key} must be one of: {expected}", path=key)

    return read


def name_list(*, most: int = MAX_NAMES) -> ReadValue[tuple[str, ...]]:
    """Make a reader of lists of names, each once, in the order given."""

    @accepts({"type": "array", "items": _ID, "maxItems": most})
    def read(value: object, key: str) -> tuple[str, ...]:
        if not isinstance(value, list) or len(value) > most:
            raise InvalidMessageError(f"{key} must be a list of at most {most} texts", path=key)
        for index, member in enumerate(value):
            _id(member, f"{key}[{index}]")
        return tuple(dict.fromkeys(map(nfc, value)))

    return read


_names: Final = name_list()


@accepts(schema_of(_names))
def names(value: object, key: str) -> frozenset[str]:
    """Read a set of names, given as a list."""
    return frozenset(_names(value, key))


def names_of(known: Collection[_Choice]) -> ReadValue[frozenset[_Choice]]:
    """Make a reader of sets of names out of a closed set, given as a list."""
    expected = ", ".join(known)

    @accepts({"type": "array", "items": {"enum": list(known)}, "maxItems": MAX_NAMES})
    def read(value: object, key: str) -> frozenset[_Choice]:
        given = names(value, key)
        if not given.issubset(known):
            raise InvalidMessageError(f"{key} must be of: {expected}", path=key)
        return cast("frozenset[_Choice]", given)

    return read


@accepts(schema_of(name))
def _one_name(value: object, key: str) -> frozenset[str] | None:
    given = name(value, key)
    return None if given is None else frozenset({given})


item_types: Final = FirstOf(item_types=names, types=names, item_type=_one_name)
"""Reads the filter by item type: a list under either of two names, or a single one."""


@accepts({"type": "object"})
def facts(value: object, key: str) -> dict[str, object]:
    """Read an object of any JSON values within the limits that hold for items."""
    if not isinstance(value, dict):
        raise InvalidMessageError(f"{key} must be an object", path=key)
    check_value(value, key)
    return value


def json_value(*, most_bytes: int) -> ReadValue[object]:
    """Make a reader of any JSON value within the limits that hold for items, and of at most so many bytes as JSON."""

    @accepts({})
    def read(value: object, key: str) -> object:
        check_value(value, key)
        check_size(value, key, most_bytes)
        return value

    return read


def check_size(value: object, key: str, most_bytes: int) -> None:
    """Refuse a value that has more bytes as JSON."""
    if len(orjson.dumps(value)) > most_bytes:
        raise InvalidMessageError(f"{key} must have at most {most_bytes} bytes as JSON", path=key)
