"""Reading the keys of a client's message: each reader gives the value, None where it is absent or null, or refuses it.

A refusal says what is expected and where; it never repeats the value.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final, TypeAlias, TypeVar, cast

import orjson

from streamd.core.item import ItemId, Seq
from streamd.core.values import MAX_ID_CHARS, MAX_INTEGER, check_item_id, check_value
from streamd.errors import InvalidMessageError

Body: TypeAlias = Mapping[str, object]
"""A decoded JSON object."""

MAX_NAMES: Final = 100
"""Most members of a list of names."""

_Choice = TypeVar("_Choice", bound=str)


def name(body: Body, key: str, *, limit: int = MAX_ID_CHARS) -> str | None:
    """A short text for machines: ids, types, names. An empty one is as good as none."""
    value = body.get(key)
    if value is None or value == "":
        return None
    if isinstance(value, str) and len(value) <= limit and value.isprintable():
        return value
    raise InvalidMessageError(f"{key} must be text of at most {limit} printable characters", path=key)


def required_name(body: Body, key: str) -> str:
    """A name that must be there."""
    value = name(body, key)
    if value is None:
        raise InvalidMessageError(f"{key} is required: text of 1 to {MAX_ID_CHARS} characters", path=key)
    return value


def op_id(body: Body) -> str | None:
    """The id that makes an edit repeatable. An empty one is refused: it would promise what it does not keep."""
    value = body.get("op_id")
    if value is None:
        return None
    if isinstance(value, str) and 0 < len(value) <= MAX_ID_CHARS and value.isprintable():
        return value
    raise InvalidMessageError(f"op_id must be text of 1 to {MAX_ID_CHARS} printable characters", path="op_id")


def item_id(body: Body, key: str = "item_id") -> ItemId:
    """The id of an item."""
    value = body.get(key)
    if not isinstance(value, str):
        raise InvalidMessageError(f"{key} is required: the id of an item, as text", path=key)
    check_item_id(value)
    return ItemId(value)


def text(body: Body, key: str) -> str | None:
    """Text for people or programs, of any length."""
    value = body.get(key)
    if value is None or isinstance(value, str):
        return value
    raise InvalidMessageError(f"{key} must be text", path=key)


def flag(body: Body, key: str) -> bool:
    """True or false; 1 and 0 will do. Absent is false."""
    value = body.get(key)
    if value is None:
        return False
    if isinstance(value, int) and value in (0, 1):
        return bool(value)
    raise InvalidMessageError(f"{key} must be true or false", path=key)


def whole(body: Body, key: str, *, least: int = 0, most: int = MAX_INTEGER) -> int | None:
    """A whole number within limits."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
        return value
    upper = "" if most == MAX_INTEGER else f" to {most}"
    raise InvalidMessageError(f"{key} must be a whole number, {least}{upper or ' or more'}", path=key)


def amount(body: Body, key: str) -> float | None:
    """A number above 0."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= MAX_INTEGER:
        return float(value)
    raise InvalidMessageError(f"{key} must be a number above 0", path=key)


def seq(body: Body, key: str, *, least: int = 0) -> Seq | None:
    """A position, or 0."""
    value = whole(body, key, least=least)
    return None if value is None else Seq(value)


def choice(body: Body, key: str, choices: Sequence[_Choice]) -> _Choice | None:
    """One of a closed set of texts."""
    value = body.get(key)
    if value is None:
        return None
    if isinstance(value, str) and value in choices:
        return cast("_Choice", value)
    raise InvalidMessageError(f"{key} must be one of: {', '.join(choices)}", path=key)


def names(body: Body, key: str) -> frozenset[str] | None:
    """A set of names, given as a list."""
    given = name_list(body, key)
    return None if given is None else frozenset(given)


def name_list(body: Body, key: str, *, most: int = MAX_NAMES) -> tuple[str, ...] | None:
    """A list of names, each once, in the order given."""
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > most:
        raise InvalidMessageError(f"{key} must be a list of at most {most} texts", path=key)
    for index, member in enumerate(value):
        if not (isinstance(member, str) and 0 < len(member) <= MAX_ID_CHARS and member.isprintable()):
            raise InvalidMessageError(
                f"{key}[{index}] must be text of 1 to {MAX_ID_CHARS} printable characters",
                path=f"{key}[{index}]",
            )
    return tuple(dict.fromkeys(value))


def item_types(body: Body) -> frozenset[str] | None:
    """The filter by item type: `item_types`, also spelt `types`, or a single `item_type`."""
    for key in ("item_types", "types"):
        given = names(body, key)
        if given is not None:
            return given
    one = name(body, "item_type")
    return None if one is None else frozenset({one})


def facts(body: Body, key: str) -> dict[str, object] | None:
    """An object of any JSON values within the limits that hold for items."""
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, dict):
        raise InvalidMessageError(f"{key} must be an object", path=key)
    check_value(value, key)
    return value


def json_value(body: Body, key: str, *, most_bytes: int) -> object:
    """Any JSON value within the limits that hold for items, and of at most so many bytes as JSON."""
    value = body.get(key)
    check_value(value, key)
    if len(orjson.dumps(value)) > most_bytes:
        raise InvalidMessageError(f"{key} must have at most {most_bytes} bytes as JSON", path=key)
    return value


def inner(body: Body, key: str) -> Body | None:
    """An object whose keys the protocol knows; others in it are ignored. Read it `within(key)`."""
    value = body.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise InvalidMessageError(f"{key} must be an object", path=key)


@contextmanager
def within(path: str) -> Iterator[None]:
    """Have refusals name a key of an inner object by its whole path."""
    try:
        yield
    except InvalidMessageError as refusal:
        whole_path = f"{path}.{refusal.path}" if refusal.path else path
        raise InvalidMessageError(f"{path}.{refusal.message}", path=whole_path) from None
