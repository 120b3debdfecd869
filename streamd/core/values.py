"""What may stand in an item: JSON values within limits that every client can hold."""

import math
from collections.abc import Mapping
from typing import Final, TypeAlias

from streamd.errors import InvalidMessageError

Value: TypeAlias = str | int | float | bool | list[object] | dict[str, object]
"""A JSON value that an item's field may hold: anything but null at the top."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest magnitude of a whole number that JavaScript holds exactly."""
_PLAIN_FLOAT: Final = 1e21
"""Below this a whole float may be a whole number beyond 64 bits, which the JSON reader turned into one without a word."""
MAX_DEPTH: Final = 32
MAX_STRING_BYTES: Final = 65_536
MAX_FIELDS: Final = 256
MAX_NAME_CHARS: Final = 128
MAX_ID_CHARS: Final = 200


def check_value(value: object, path: str) -> None:
    """Refuse what is not JSON, nests deeper than 32, holds a text over 64 KiB or a whole number beyond ±(2^53-1)."""
    if (fault := _fault(value, 1)) is not None:
        place, why = fault
        raise InvalidMessageError(f"{path}{place} {why}", path=f"{path}{place}")


def _fault(value: object, depth: int) -> tuple[str, str] | None:
    """Where in a value which rule is broken; paths are only made for values that break one."""
    match value:
        case str():
            if (
                len(value) * 4 > MAX_STRING_BYTES
                and len(value.encode("utf-8", "surrogatepass")) > MAX_STRING_BYTES
            ):
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
    """Refuse a field name that is empty, over 128 characters, `id`, or holds control characters."""
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise InvalidMessageError(
            f"a field name has 1 to {MAX_NAME_CHARS} printable characters", path=name[:MAX_NAME_CHARS]
        )
    if name == "id":
        raise InvalidMessageError("`id` cannot be set or changed as a field", path="id")


def check_fields(fields: Mapping[str, object], path: str = "") -> None:
    """Refuse more than 256 fields, bad field names and bad values. Null is allowed here: it means 'no such field'."""
    if len(fields) > MAX_FIELDS:
        raise InvalidMessageError(f"an item has at most {MAX_FIELDS} fields", path=path)
    for name, value in fields.items():
        check_field_name(name)
        check_value(value, f"{path}.{name}" if path else name)


def check_type_name(name: str) -> None:
    """Refuse a type's name that is over 128 characters or holds control characters."""
    if len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise InvalidMessageError(
            f"a type's name has 1 to {MAX_NAME_CHARS} printable characters", path="type"
        )


def check_item_id(item_id: str) -> None:
    """Refuse an id that is empty, over 200 characters, or holds control characters."""
    if not item_id or len(item_id) > MAX_ID_CHARS or not item_id.isprintable():
        raise InvalidMessageError(f"an item id has 1 to {MAX_ID_CHARS} printable characters", path="item_id")
