"""Parsing messages that change items, one by one or in bulk."""

from collections.abc import Mapping
from typing import Final, cast

from streamd.core import change as changes
from streamd.core.change import OnConflict
from streamd.core.item import ItemId
from streamd.core.values import MAX_FIELDS, MAX_INTEGER, Value, check_field_name, check_fields, check_value
from streamd.errors import InvalidMessageError
from streamd.wire import messages
from streamd.wire.fields import Body, choice, facts, flag, item_id, name, op_id, required_name, seq
from streamd.wire.messages import BULK_OPERATIONS, BulkItem, NewItem
from streamd.wire.request_id import RequestId

MAX_BULK_ITEMS: Final = 10_000
MAX_REASON_CHARS: Final = 500
ON_CONFLICT: Final[tuple[OnConflict, ...]] = ("overwrite", "merge", "reject")

_EMPTY: Final[Mapping[str, Value | None]] = {}


def add_item(body: Body, request_id: RequestId) -> messages.AddItem:
    """`add_item`: the id stands beside the item or in it."""
    return messages.AddItem(_new_item(body.get("item"), body), op_id(body), name(body, "user_id"), request_id)


def change_item(body: Body, request_id: RequestId) -> messages.ChangeItem:
    """`change_item`: at least one of `set`, `unset`, `inc`, `add_to_set`."""
    return messages.ChangeItem(_change(body, item_id(body)), op_id(body), name(body, "user_id"), request_id)


def remove_item(body: Body, request_id: RequestId) -> messages.RemoveItem:
    """`remove_item`."""
    return messages.RemoveItem(_removal(body, item_id(body)), op_id(body), name(body, "user_id"), request_id)


def publish(body: Body, request_id: RequestId) -> messages.Publish:
    """`publish`: which event types are free is the core's rule."""
    event_type = required_name(body, "event_type")
    data = facts(body, "data")
    if data is None:
        raise InvalidMessageError("data is required: an object, {} will do", path="data")
    about = None if body.get("item_id") is None else item_id(body)
    change = changes.Publish(event_type, data, about)
    return messages.Publish(change, op_id(body), name(body, "user_id"), request_id)


def bulk(body: Body, request_id: RequestId) -> messages.Bulk:
    """`bulk`: when atomic the first bad item refuses the message, else each bad item only itself."""
    operation = choice(body, "operation", BULK_OPERATIONS)
    if operation is None:
        raise InvalidMessageError(
            f"operation is required: one of {', '.join(BULK_OPERATIONS)}", path="operation"
        )
    rows = body.get("items")
    if not isinstance(rows, list) or not 0 < len(rows) <= MAX_BULK_ITEMS:
        raise InvalidMessageError(f"items is required: a list of 1 to {MAX_BULK_ITEMS}", path="items")
    atomic = flag(body, "atomic")
    items: list[BulkItem] = []
    for index, row in enumerate(rows):
        try:
            items.append(_bulk_item(operation, row))
        except InvalidMessageError as error:
            where = f"items[{index}]"
            path = f"{where}.{error.path}" if error.path else where
            refusal = InvalidMessageError(f"{where}: {error.message}", path=path)
            if atomic:
                raise refusal from None
            items.append(refusal)
    return messages.Bulk(operation, tuple(items), atomic, op_id(body), name(body, "user_id"), request_id)


def _bulk_item(operation: messages.BulkOperation, row: object) -> BulkItem:
    match operation, row:
        case "add_multiple", _:
            return _new_item(row, {})
        case "remove_multiple", str():
            return _removal({}, item_id({"item_id": row}))
        case "remove_multiple", dict():
            return _removal(row, _id_in(row))
        case "update_multiple", dict():
            return _change(row, _id_in(row))
        case _:
            raise InvalidMessageError("an item must be an object with its item_id")


def _id_in(row: Body) -> ItemId:
    return item_id(row, "id" if "item_id" not in row and "id" in row else "item_id")


def _new_item(value: object, beside: Body) -> NewItem:
    if not isinstance(value, dict):
        raise InvalidMessageError('item is required: an object such as {"type":…,"name":…}', path="item")
    fields = dict(value)
    inner = fields.pop("id", None)
    check_fields(fields, "item")
    ids = {
        item_id({key: value}, key)
        for key, value in (("id", beside.get("id")), ("item_id", beside.get("item_id")), ("id", inner))
        if value is not None
    }
    if len(ids) > 1:
        raise InvalidMessageError("id and item.id differ; give one of them", path="id")
    return NewItem(ids.pop() if ids else None, fields)


def _change(body: Body, target: ItemId) -> changes.ChangeItem:
    wanted = body.get("set")
    if wanted is None:
        wanted = _EMPTY
    elif isinstance(wanted, dict):
        check_fields(wanted, "set")
    else:
        raise InvalidMessageError("set must be an object of fields and their new values", path="set")
    unset = _unset(body)
    inc = _inc(body)
    add_to_set = _add_to_set(body)
    if not (wanted or unset or inc or add_to_set):
        raise InvalidMessageError("nothing to change: give set, unset, inc or add_to_set", path="set")
    return changes.ChangeItem(
        target,
        wanted,
        unset,
        inc,
        add_to_set,
        seq(body, "base"),
        choice(body, "on_conflict", ON_CONFLICT) or "overwrite",
    )


def _unset(body: Body) -> tuple[str, ...]:
    value = body.get("unset")
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MAX_FIELDS or not all(isinstance(n, str) for n in value):
        raise InvalidMessageError(f"unset must be a list of at most {MAX_FIELDS} field names", path="unset")
    for field in value:
        check_field_name(field)
    return tuple(value)


def _inc(body: Body) -> Mapping[str, float]:
    value = body.get("inc")
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        raise InvalidMessageError("inc must be an object of fields and numbers to add", path="inc")
    for field, by in value.items():
        check_field_name(field)
        if isinstance(by, bool) or not isinstance(by, int | float) or abs(by) > MAX_INTEGER:
            raise InvalidMessageError("inc adds numbers within ±(2^53-1)", path=f"inc.{field}")
    return value


def _add_to_set(body: Body) -> Mapping[str, tuple[object, ...]]:
    value = body.get("add_to_set")
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        raise InvalidMessageError(
            "add_to_set must be an object of fields and lists of members to add", path="add_to_set"
        )
    members: dict[str, tuple[object, ...]] = {}
    for field, more in value.items():
        check_field_name(field)
        check_value(more, f"add_to_set.{field}")
        if more is None:
            raise InvalidMessageError("add_to_set adds values, not null", path=f"add_to_set.{field}")
        members[field] = tuple(cast("list[object]", more)) if isinstance(more, list) else (more,)
    return members


def _removal(body: Body, target: ItemId) -> changes.RemoveItem:
    reason = name(body, "reason", limit=MAX_REASON_CHARS)
    return changes.RemoveItem(target, reason or "removed", seq(body, "base"))
