"""Values of item fields: JSON within limits that every client can represent."""

import math
from collections.abc import Mapping
from typing import Final, TypeAlias

from streamd.errors import InvalidMessageError

Value: TypeAlias = str | int | float | bool | list[object] | dict[str, object]
"""A JSON value of an item's field: anything but null at the top level."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest magnitude of an integer that JavaScript represents exactly."""
_PLAIN_FLOAT: Final = 1e21
"""A whole float below this may have been an integer beyond 64 bits, which the JSON parser converts silently."""
MAX_DEPTH: Final = 32
MAX_STRING_BYTES: Final = 65_536
_SURELY_SHORT: Final = MAX_STRING_BYTES // 4
"""A text of so many characters is not too long, whichever they are."""
MAX_FIELDS: Final = 256
MAX_NAME_CHARS: Final = 128
MAX_ID_CHARS: Final = 200


def check_value(value: object, path: str) -> None:
    """Raise InvalidMessageError for non-JSON, depth over 32, a text over 64 KiB, or an integer beyond ±(2^53-1)."""
    if (fault := _fault(value, 1)) is not None:
        place, why = fault
        raise InvalidMessageError(f"{path}{place} {why}", path=f"{path}{place}")


def _fault(value: object, depth: int) -> tuple[str, str] | None:
    """(path, violated rule) of an invalid value; paths are built only for invalid ones."""
    match value:
        case str():
            if len(value) > _SURELY_SHORT and len(value.encode("utf-8", "surrogatepass")) > MAX_STRING_BYTES:
                return "", f"is longer than {MAX_STRING_BYTES} bytes"
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
                if (fault := _fault(member, depth + 1)) is not None:
                    return f".{key}{fault[0]}", fault[1]
        case _:
            return "", "is not a JSON value"
    return None


def check_field_name(name: str) -> None:
    """Raise InvalidMessageError for a field name that is empty, over 128 characters, `id`, or has control characters."""
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
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
        if isinstance(value, str) and len(value) <= _SURELY_SHORT:
            continue  # most values, for which a call costs more than the check
        check_value(value, f"{path}.{name}" if path else name)


def check_type_name(name: str) -> None:
    """Raise InvalidMessageError for a name of a type that is over 128 characters or has control characters."""
    if len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise InvalidMessageError(
            f"a type's name has 1 to {MAX_NAME_CHARS} printable characters", path="type"
        )


def check_item_id(item_id: str) -> None:
    """Raise InvalidMessageError for an id that is empty, over 200 characters, or has control characters."""
    if not item_id or len(item_id) > MAX_ID_CHARS or not item_id.isprintable():
        raise InvalidMessageError(f"an item id has 1 to {MAX_ID_CHARS} printable characters", path="item_id")
