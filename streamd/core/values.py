"""What may stand in an item: JSON values within limits that every client can hold."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from streamd.errors import InvalidMessageError

Value: TypeAlias = str | int | float | bool | list[object] | dict[str, object]
"""A JSON value that an item's field may hold: anything but null at the top."""

MAX_INTEGER: Final = 2**53 - 1
"""Largest magnitude of a whole number that JavaScript holds exactly."""
MAX_DEPTH: Final = 32
MAX_STRING_BYTES: Final = 65_536
MAX_FIELDS: Final = 256
MAX_NAME_CHARS: Final = 128
MAX_ID_CHARS: Final = 200


def check_value(value: object, path: str, depth: int = 1) -> None:
    """Refuse what is not JSON, nests deeper than 32, holds a text over 64 KiB or a whole number beyond ±(2^53-1)."""
    match value:
        case bool() | None:
            return
        case str():
            if (
                len(value) * 4 > MAX_STRING_BYTES
                and len(value.encode("utf-8", "surrogatepass")) > MAX_STRING_BYTES
            ):
                raise InvalidMessageError(f"{path} is longer than {MAX_STRING_BYTES} bytes", path=path)
        case int():
            if not -MAX_INTEGER <= value <= MAX_INTEGER:
                raise InvalidMessageError(f"{path} is beyond ±(2^53-1)", path=path)
        case float():
            if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124
                raise InvalidMessageError(f"{path} is not a finite number", path=path)
            if abs(value) > MAX_INTEGER and value.is_integer() and abs(value) < 1e21:
                # orjson turns whole numbers beyond 64 bits into floats without a word
                raise InvalidMessageError(f"{path} is beyond ±(2^53-1)", path=path)
        case list():
            if depth >= MAX_DEPTH:
                raise InvalidMessageError(f"{path} nests deeper than {MAX_DEPTH}", path=path)
            for index, member in enumerate(value):
                check_value(member, f"{path}[{index}]", depth + 1)
        case dict():
            if depth >= MAX_DEPTH:
                raise InvalidMessageError(f"{path} nests deeper than {MAX_DEPTH}", path=path)
            for key, member in value.items():
                if not isinstance(key, str):
                    raise InvalidMessageError(f"{path} has a key that is not text", path=path)
                check_value(member, f"{path}.{key}", depth + 1)
        case _:
            raise InvalidMessageError(f"{path} is not a JSON value", path=path)


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


def check_item_id(item_id: str) -> None:
    """Refuse an id that is empty, over 200 characters, or holds control characters."""
    if not item_id or len(item_id) > MAX_ID_CHARS or not item_id.isprintable():
        raise InvalidMessageError(f"an item id has 1 to {MAX_ID_CHARS} printable characters", path="item_id")
