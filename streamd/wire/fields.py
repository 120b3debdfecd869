"""Reading the keys of a client's message: each reader gives the value, None where it is absent or null, or refuses it.

A refusal says what is expected and where; it never repeats the value.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias, TypeVar, cast

from streamd.core.item import ItemId, Seq
from streamd.core.values import MAX_ID_CHARS, MAX_INTEGER, check_item_id, check_value
from streamd.errors import InvalidMessageError
from streamd.wire.messages import RequestId

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


def request_id(body: Body) -> RequestId:
    """The id that replies repeat."""
    value = body.get("request_id")
    if value is None or (isinstance(value, int) and -MAX_INTEGER <= value <= MAX_INTEGER):
        return value
    if isinstance(value, str) and len(value) <= MAX_ID_CHARS:
        return value
    if isinstance(value, float) and abs(value) <= MAX_INTEGER:
        return value
    raise InvalidMessageError(
        f"request_id must be a number, true, false, or text of at most {MAX_ID_CHARS} characters",
        path="request_id",
    )


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


def seq(body: Body, key: str) -> Seq | None:
    """A position, or 0."""
    value = whole(body, key)
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
    """A list of names."""
    value = body.get(key)
    if value is None:
        return None
    if not isinstance(value, list) or len(value) > MAX_NAMES:
        raise InvalidMessageError(f"{key} must be a list of at most {MAX_NAMES} texts", path=key)
    for index, member in enumerate(value):
        if not (isinstance(member, str) and 0 < len(member) <= MAX_ID_CHARS and member.isprintable()):
            raise InvalidMessageError(
                f"{key}[{index}] must be text of 1 to {MAX_ID_CHARS} printable characters",
                path=f"{key}[{index}]",
            )
    return frozenset(value)


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
