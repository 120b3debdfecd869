"""Messages that ask for items: all, a page, one."""

from typing import Final, TypeAlias

from streamd.core.criteria import MAX_CONDITIONS, parse_conditions
from streamd.core.item import START, ItemId, Seq
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.lists.item_groups import MAX_SUMS
from streamd.core.lists.item_order import MAX_SORT_FIELDS, ItemOrder, parse_sort
from streamd.core.values import MAX_INTEGER, check_value
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts, schema_of, text_schema
from streamd.wire.messages._shapes import ReadValue
from streamd.wire.messages.client_message import ClientMessage, from_key, from_keys, message

MAX_PAGE: Final = 1000
DEFAULT_PAGE: Final = 100
_CURSOR_CHARS: Final = 16_000
_FIRST_PAGE: Final[Seq | str] = START
MAX_CONDITION_CHARS: Final = 500


_CONDITION: Final[JsonSchema] = {"type": "array", "minItems": 3, "maxItems": 3}
_SOME: Final[JsonSchema] = {"type": "array", "minItems": 1}
_GROUP: Final[JsonSchema] = {
    "type": "object",
    "properties": {
        "any": _SOME,
        "all": _SOME,
        "not": {"type": ["array", "object"]},
        "criterion": {"type": "string", "minLength": 1},
    },
    "additionalProperties": False,
    "minProperties": 1,
    "maxProperties": 1,
}
_CLAUSES: Final[JsonSchema] = {
    "type": "array",
    "items": {"anyOf": [_CONDITION, _GROUP]},
    "maxItems": MAX_CONDITIONS,
}


@accepts({"anyOf": [_CLAUSES, _GROUP]})
def _where(value: object, key: str) -> tuple[object, ...]:
    if not isinstance(value, list | dict) or len(value) > MAX_CONDITIONS:
        raise InvalidMessageError(
            f"{key} must be a list of at most {MAX_CONDITIONS} [field, comparison, value]", path=key
        )
    check_value(value, key)
    _check_texts(value, key)
    parse_conditions(value, criteria=lambda _: {}, path=key)
    return tuple(value) if isinstance(value, list) else (value,)


def _check_texts(value: object, path: str) -> None:
    """Refuse long texts in conditions; members of lists on their right sides may be longer."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _check_texts(inner, f"{path}.{name}")
    elif isinstance(value, list):
        if any(isinstance(part, str) and len(part) > MAX_CONDITION_CHARS for part in value):
            raise InvalidMessageError(
                f"a text in where has at most {MAX_CONDITION_CHARS} characters", path=path
            )
        if value and not isinstance(value[0], str):
            for index, inner in enumerate(value):
                _check_texts(inner, f"{path}[{index}]")


@accepts({"anyOf": [{"type": "integer", "minimum": 0, "maximum": MAX_INTEGER}, text_schema(_CURSOR_CHARS)]})
def _page_end(value: object, key: str) -> Seq | str:
    if isinstance(value, str) and len(value) <= _CURSOR_CHARS:
        return value
    if isinstance(value, str):
        raise InvalidMessageError(f"{key} must be the `after` of the page before", path=key)
    return read.position()(value, key)


def _one_or_more(most: int) -> ReadValue[tuple[str, ...]]:
    listed = read.name_list(most=most)

    @accepts({"anyOf": [schema_of(read.required_name), schema_of(listed)]})
    def read_names(value: object, key: str) -> tuple[str, ...]:
        return listed([value] if isinstance(value, str) else value, key)

    return read_names


_sorted_by: Final = _one_or_more(MAX_SORT_FIELDS)


@accepts(schema_of(_sorted_by))
def _sort(value: object, key: str) -> tuple[str, ...]:
    names = _sorted_by(value, key)
    parse_sort(names, key)
    return names


ViewWhere: TypeAlias = str | tuple[object, ...]
"""What the items of a view meet: a criterion, by its name, or conditions; none restrict nothing."""


@accepts({"anyOf": [schema_of(read.name), schema_of(_where)]})
def view_where(value: object, key: str) -> ViewWhere | None:
    """Read the name of a criterion, or conditions as `list_items` takes them."""
    return read.name(value, key) if isinstance(value, str) else _where(value, key)


@message("snapshot")
class SnapshotMessage(ClientMessage):
    """`snapshot`: asks for all items (of these types, that meet this); events after them follow."""

    item_types: frozenset[str] | None = from_keys(read.item_types, default=None)
    where: ViewWhere | None = from_key(view_where, default=None)


@message("list_items")
class ListItemsMessage(ClientMessage):
    """`list_items`: asks for one page of items, for how many there are, and for counts and sums by the value of a field."""

    refuses_misspelled_keys = True

    item_type: str | None = from_key(read.name, default=None)
    where: tuple[object, ...] = from_key(_where, default=())
    """Triples and groups of the right shape; `core.criteria.parse_conditions` makes conditions of them."""
    criterion: str | None = from_key(read.name, default=None)
    after: Seq | str = from_key(_page_end, default=_FIRST_PAGE)
    """Where the last page ended; 0 for the first."""
    limit: int = from_key(read.whole(least=1, most=MAX_PAGE), default=DEFAULT_PAGE)
    at: Seq | None = from_key(read.position(), default=None)
    """The items as they were after the event at this position; None: as they are now."""
    search: str | None = from_key(read.short_text(MAX_CONDITION_CHARS), default=None)
    """Words that the items' texts have."""
    sort: tuple[str, ...] = from_key(_sort, default=())
    """Names of fields, with `-` before those that descend."""
    total: bool = from_key(read.flag, default=False)
    group_by: str | None = from_key(read.name, default=None)
    sum: tuple[str, ...] = from_key(_one_or_more(MAX_SUMS), default=())
    """Fields to add up, in each group or of all."""

    def __attrs_post_init__(self) -> None:
        """Check that `after` belongs to a list that is sorted like this one."""
        ItemOrder(parse_sort(self.sort)).parse_cursor(self.after)


@message("history")
class HistoryMessage(ClientMessage):
    """`history`: asks for the changes of one item, the newest first."""

    item_id: ItemId = from_key(read.item_id)
    before: Seq | None = from_key(read.position(least=1), default=None)
    """Only changes below this position: the `before` of the page before."""
    limit: int = from_key(read.whole(least=1, most=MAX_PAGE), default=DEFAULT_PAGE)


@message("get_item")
class GetItemMessage(ClientMessage):
    """`get_item`: asks for one item."""

    item_id: ItemId = from_key(read.item_id)
