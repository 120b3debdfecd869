"""Messages that change items, one by one or in bulk, and events that clients publish."""

from typing import Final, Literal, TypeAlias, get_args

from streamd.core.change import ChangeItem, Publish, RemoveItem
from streamd.core.json.typed_schemas import JsonSchema
from streamd.errors import InvalidMessageError
from streamd.wire.messages import _readers as read
from streamd.wire.messages._edit_shapes import (
    ADDITION,
    CHANGE,
    NEW_ITEM,
    PUBLICATION,
    REMOVAL,
    ROW_REMOVAL,
    NewItem,
    new_item,
    row_change,
)
from streamd.wire.messages._key_schemas import accepts, schema_of
from streamd.wire.messages._shapes import Shape, optional
from streamd.wire.messages.client_message import ClientMessage, from_key, from_keys, message

__all__ = [
    "BULK_OPERATIONS", "MAX_BULK_ITEMS", "AddItemMessage", "BulkItem", "BulkMessage", "BulkOperation",
    "ChangeItemMessage", "NewItem", "PublishMessage", "RemoveItemMessage",
]  # fmt: skip

MAX_BULK_ITEMS: Final = 10_000

BulkOperation = Literal["add_multiple", "remove_multiple", "update_multiple"]
BULK_OPERATIONS: Final[tuple[BulkOperation, ...]] = get_args(BulkOperation)

BulkItem: TypeAlias = NewItem | ChangeItem | RemoveItem | InvalidMessageError


@message("add_item")
class AddItemMessage(ClientMessage):
    """`add_item`: adds an item."""

    item: NewItem = from_keys(ADDITION)
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)


@message("change_item")
class ChangeItemMessage(ClientMessage):
    """`change_item`: changes fields of an item."""

    change: ChangeItem = from_keys(CHANGE)
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)


@message("remove_item")
class RemoveItemMessage(ClientMessage):
    """`remove_item`: removes an item."""

    change: RemoveItem = from_keys(REMOVAL)
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)


@message("publish")
class PublishMessage(ClientMessage):
    """`publish`: emits an event that changes no item to everyone in the workspace."""

    change: Publish = from_keys(PUBLICATION)
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)


@accepts({"enum": list(BULK_OPERATIONS)})
def _operation(value: object, key: str) -> BulkOperation:
    if value is None:
        raise InvalidMessageError(f"{key} is required: one of {', '.join(BULK_OPERATIONS)}", path=key)
    return _KNOWN_OPERATION(value, key)


_KNOWN_OPERATION: Final = read.choice(BULK_OPERATIONS)


@accepts({"type": "array", "minItems": 1, "maxItems": MAX_BULK_ITEMS})
def _rows(value: object, key: str) -> list[object]:
    if not isinstance(value, list) or not 0 < len(value) <= MAX_BULK_ITEMS:
        raise InvalidMessageError(f"{key} is required: a list of 1 to {MAX_BULK_ITEMS}", path=key)
    return value


def _rows_of(operation: BulkOperation, *rows: JsonSchema) -> JsonSchema:
    of_this = {"properties": {"operation": {"const": operation}}}
    return {"if": of_this, "then": {"properties": {"items": {"items": {"anyOf": list(rows)}}}}}


@accepts(
    {
        "allOf": [
            _rows_of("add_multiple", NEW_ITEM),
            _rows_of("remove_multiple", schema_of(read.item_id), ROW_REMOVAL.json_schema()),
            _rows_of("update_multiple", schema_of(row_change)),
        ]
    }
)
def _bulk_items(operation: BulkOperation, rows: list[object], atomic: bool) -> tuple[BulkItem, ...]:
    items: list[BulkItem] = []
    for index, row in enumerate(rows):
        try:
            items.append(_bulk_item(operation, row))
        except InvalidMessageError as error:
            where = f"items[{index}]"
            path = f"{where}.{error.path}" if error.path else where
            what = f"{where}: {error.message}"
            if atomic:
                raise InvalidMessageError(what, path=path, index=index) from None
            items.append(InvalidMessageError(what, path=path))
    return tuple(items)


def _bulk_item(operation: BulkOperation, row: object) -> BulkItem:
    match operation, row:
        case "add_multiple", _:
            return new_item(row)
        case "remove_multiple", str():
            return REMOVAL({"item_id": row})
        case "remove_multiple", dict():
            return ROW_REMOVAL(row)
        case "update_multiple", dict():
            return row_change(row)
        case _:
            raise InvalidMessageError("an item must be an object with its item_id")


@message("bulk")
class BulkMessage(ClientMessage):
    """`bulk`: many edits of one kind, in this order."""

    operation: BulkOperation = from_key(_operation)
    items: tuple[BulkItem, ...] = from_keys(
        Shape(_bulk_items, operation=_operation, items=_rows, atomic=optional(read.flag, False))
    )
    """An error stands for an item that breaks a rule of shape: it alone is refused. Never one when `atomic`."""
    atomic: bool = from_key(read.flag, default=False)
    """All or nothing. Else: item by item."""
    op_id: str | None = from_key(read.op_id, default=None)
    user_id: str | None = from_key(read.name, default=None)
