"""Messages that ask for items (all, a page, one), and that import and export them as CSV."""

from typing import Final, Literal, TypeAlias, get_args

from streamd.core.criteria import parse_conditions
from streamd.core.item import START, ItemId, Seq
from streamd.core.typed_schemas import JsonSchema
from streamd.core.values import check_value
from streamd.errors import InvalidMessageError
from streamd.wire import _readers as read
from streamd.wire._key_schemas import accepts, schema_of
from streamd.wire.client_message import ClientMessage, from_key, from_keys, message

MAX_PAGE: Final = 1000
DEFAULT_PAGE: Final = 100
MAX_CONDITIONS: Final = 32
MAX_CONDITION_CHARS: Final = 500
MAX_FILENAME_CHARS: Final = 255

TableFormat = Literal["csv"]
TABLE_FORMATS: Final[tuple[TableFormat, ...]] = get_args(TableFormat)


_CONDITION: Final[JsonSchema] = {"type": "array", "minItems": 3, "maxItems": 3}


@accepts({"type": "array", "items": _CONDITION, "maxItems": MAX_CONDITIONS})
def _where(value: object, key: str) -> tuple[object, ...]:
    if not isinstance(value, list) or len(value) > MAX_CONDITIONS:
        raise InvalidMessageError(
            f"{key} must be a list of at most {MAX_CONDITIONS} [field, comparison, value]", path=key
        )
    check_value(value, key)
    for index, triple in enumerate(value):
        if isinstance(triple, list) and any(
            isinstance(part, str) and len(part) > MAX_CONDITION_CHARS for part in triple
        ):
            raise InvalidMessageError(
                f"a text in {key} has at most {MAX_CONDITION_CHARS} characters", path=f"{key}[{index}]"
            )
    parse_conditions(value)
    return tuple(value)


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
    """`list_items`: asks for one page of items."""

    item_type: str | None = from_key(read.name, default=None)
    where: tuple[object, ...] = from_key(_where, default=())
    """Triples of the right shape; `core.criteria.parse_conditions` makes conditions of them."""
    criterion: str | None = from_key(read.name, default=None)
    after: Seq = from_key(read.position(), default=START)
    """Where the last page ended; 0 for the first."""
    limit: int = from_key(read.whole(least=1, most=MAX_PAGE), default=DEFAULT_PAGE)
    at: Seq | None = from_key(read.position(), default=None)
    """The items as they were after the event at this position; None: as they are now."""


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


@accepts({"type": "string", "minLength": 1})
def _file_text(value: object, key: str) -> str:
    given = None if value is None else read.text(value, key)
    if not given:
        raise InvalidMessageError(f"{key} is required: the content of a CSV file", path=key)
    return given


@message("import")
class ImportMessage(ClientMessage):
    """`import`: adds or updates items from the text of a CSV file."""

    text: str = from_key(_file_text, shown=False)
    item_type: str | None = from_key(read.name, default=None)
    filename: str | None = from_key(read.short_text(MAX_FILENAME_CHARS), default=None)
    """Says what the rows are where `item_type` does not."""
    dry_run: bool = from_key(read.flag, default=False)
    format: TableFormat = from_key(read.choice(TABLE_FORMATS), default="csv")
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)


@message("export")
class ExportMessage(ClientMessage):
    """`export`: asks for the items (of a type) as the text of a CSV file."""

    item_type: str | None = from_key(read.name, default=None)
    format: TableFormat = from_key(read.choice(TABLE_FORMATS), default="csv")
