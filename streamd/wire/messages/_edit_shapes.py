"""Shapes of changes to items, as an edit or a row of `bulk` has them."""

from collections.abc import Mapping
from typing import Final, cast

import attrs

from streamd.core.change import ChangeItem, OnConflict, Publish, RemoveItem
from streamd.core.item import ItemId, Seq
from streamd.core.json.typed_schemas import JsonSchema
from streamd.core.values import (
    MAX_FIELDS,
    MAX_INTEGER,
    MAX_NAME_CHARS,
    CheckedFields,
    Value,
    check_field_name,
    check_fields,
    check_value,
)
from streamd.errors import InvalidMessageError
from streamd.facts import fact
from streamd.wire.messages import _readers as read
from streamd.wire.messages._key_schemas import accepts, either, merged, or_null, schema_of, text_schema
from streamd.wire.messages._shapes import Body, ReadBody, Shape, Source, optional

MAX_REASON_CHARS: Final = 500
ON_CONFLICT: Final[tuple[OnConflict, ...]] = ("overwrite", "merge", "reject")

_NAME: Final = text_schema(MAX_NAME_CHARS, least=1)
_FIELD: Final[JsonSchema] = {**_NAME, "not": {"const": "id"}}

_EMPTY: Final[Mapping[str, Value | None]] = {}


# ── items to add ─────────────────────────────────────────────────────────────────────────────────────────────────────


@fact
class NewItem:
    """An item to be added, alone or in bulk."""

    item_id: ItemId | None
    """None: the daemon gives it one."""
    fields: Mapping[str, Value | None]
    """Flat, without `id`. A null means 'no such field'."""


def new_item(item: object, *beside: ItemId | None) -> NewItem:
    """Make a new item of one whose id stands in it, beside it, in both places or in none."""
    fields = dict(_item(item, "item"))
    own = fields.pop("id", None)
    check_fields(fields, "item")
    ids = {*beside, None if own is None else read.item_id(own, "id")}
    ids.discard(None)
    if len(ids) > 1:
        raise InvalidMessageError("id and item.id differ; give one of them", path="id")
    return NewItem(ids.pop() if ids else None, CheckedFields(fields))


NEW_ITEM: Final[JsonSchema] = {
    "type": "object",
    "properties": {"id": or_null(schema_of(read.item_id))},
    "anyOf": [{"maxProperties": MAX_FIELDS}, {"maxProperties": MAX_FIELDS + 1, "required": ["id"]}],
    "propertyNames": _NAME,
}


@accepts(NEW_ITEM)
def _item(value: object, key: str) -> Mapping[str, Value | None]:
    if not isinstance(value, dict):
        raise InvalidMessageError(f'{key} is required: an object such as {{"type":…,"name":…}}', path=key)
    return value


ADDITION: Final = Shape(new_item, item=_item, id=optional(read.item_id), item_id=optional(read.item_id))


# ── changes ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@accepts({"type": "object", "maxProperties": MAX_FIELDS, "propertyNames": _FIELD})
def _set(value: object, key: str) -> Mapping[str, Value | None]:
    if not isinstance(value, dict):
        raise InvalidMessageError(f"{key} must be an object of fields and their new values", path=key)
    check_fields(value, key)
    return value


@accepts({"type": "array", "items": _FIELD, "maxItems": MAX_FIELDS})
def _unset(value: object, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > MAX_FIELDS or not all(isinstance(n, str) for n in value):
        raise InvalidMessageError(f"{key} must be a list of at most {MAX_FIELDS} field names", path=key)
    for field in value:
        check_field_name(field)
    return tuple(value)


@accepts(
    {
        "type": "object",
        "additionalProperties": {"type": "number", "minimum": -MAX_INTEGER, "maximum": MAX_INTEGER},
        "maxProperties": MAX_FIELDS,
        "propertyNames": _FIELD,
    }
)
def _inc(value: object, key: str) -> Mapping[str, float]:
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        raise InvalidMessageError(f"{key} must be an object of fields and numbers to add", path=key)
    for field, by in value.items():
        check_field_name(field)
        if isinstance(by, bool) or not isinstance(by, int | float) or abs(by) > MAX_INTEGER:
            raise InvalidMessageError(f"{key} adds numbers within ±(2^53-1)", path=f"{key}.{field}")
    return value


@accepts(
    {
        "type": "object",
        "additionalProperties": {"not": {"type": "null"}},
        "maxProperties": MAX_FIELDS,
        "propertyNames": _FIELD,
    }
)
def _add_to_set(value: object, key: str) -> Mapping[str, tuple[object, ...]]:
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        raise InvalidMessageError(f"{key} must be an object of fields and lists of members to add", path=key)
    members: dict[str, tuple[object, ...]] = {}
    for field, more in value.items():
        check_field_name(field)
        check_value(more, f"{key}.{field}")
        if more is None:
            raise InvalidMessageError(f"{key} adds values, not null", path=f"{key}.{field}")
        members[field] = tuple(cast("list[object]", more)) if isinstance(more, list) else (more,)
    return members


@accepts(either("set", "unset", "inc", "add_to_set"))
def _change(
    item_id: ItemId,
    new: Mapping[str, Value | None],
    unset: tuple[str, ...],
    inc: Mapping[str, float],
    add_to_set: Mapping[str, tuple[object, ...]],
    base: Seq | None,
    on_conflict: OnConflict,
) -> ChangeItem:
    if not (new or unset or inc or add_to_set):
        raise InvalidMessageError("nothing to change: give set, unset, inc or add_to_set", path="set")
    return ChangeItem(item_id, new, unset, inc, add_to_set, base, on_conflict)


class _RowId(ReadBody[ItemId]):
    """The id of an item in a row of `bulk`, which may stand under `id`, too."""

    keys = frozenset({"item_id", "id"})

    def __call__(self, body: Body, /) -> ItemId:
        """Read the one that is there."""
        key = "id" if "item_id" not in body and "id" in body else "item_id"
        return read.item_id(body.get(key), key)

    def json_schema(self) -> JsonSchema:
        """Make the schema of rows with an id."""
        given = schema_of(read.item_id)
        named: JsonSchema = {"properties": {"item_id": given}, "required": ["item_id"]}
        return {
            "properties": {"item_id": {}, "id": {}},
            "anyOf": [
                named,
                {"properties": {"id": given}, "required": ["id"], "not": {"required": ["item_id"]}},
            ],
        }


_CHANGED: Final[Mapping[str, Source]] = {
    "set": optional(_set, _EMPTY),
    "unset": optional(_unset, ()),
    "inc": optional(_inc, _EMPTY),
    "add_to_set": optional(_add_to_set, _EMPTY),
    "base": optional(read.position()),
    "on_conflict": optional(read.choice(ON_CONFLICT), "overwrite"),
}

CHANGE: Final = Shape(_change, item_id=read.item_id, **_CHANGED)
_ROW_CHANGE: Final = Shape(_change, item_id=_RowId(), **_CHANGED)
_EDITS: Final = ("set", "unset", "inc", "add_to_set")
_FLAT_ROW: Final = Shape(
    lambda item_id, base, on_conflict: ChangeItem(item_id, base=base, on_conflict=on_conflict),
    item_id=_RowId(),
    base=_CHANGED["base"],
    on_conflict=_CHANGED["on_conflict"],
)


_NO_EDITS: Final[JsonSchema] = {
    "properties": {edit: {"type": "null"} for edit in _EDITS},
    "maxProperties": MAX_FIELDS + 8,
    "propertyNames": _NAME,
}


@accepts({"anyOf": [_ROW_CHANGE.json_schema(), merged(_FLAT_ROW.json_schema(), _NO_EDITS)]})
def row_change(row: Body) -> ChangeItem:
    """Read a row of `bulk` that changes an item: as `change_item` where one of the four edits is there, else flat.

    In a flat row every key is a field but the id, `base` and `on_conflict`; so a field that is called like one of those, or
    like an edit, can only be changed by an edit.
    """
    no_fields = {*_FLAT_ROW.keys, *_EDITS}
    fields = {name: value for name, value in row.items() if name not in no_fields}
    if not fields or any(row.get(edit) is not None for edit in _EDITS):
        return _ROW_CHANGE(row)
    change = _FLAT_ROW(row)
    check_fields(fields)
    return attrs.evolve(change, set=cast("Mapping[str, Value | None]", fields))


# ── removals and events ──────────────────────────────────────────────────────────────────────────────────────────────

_REMOVED: Final[Mapping[str, Source]] = {
    "reason": optional(read.remark(MAX_REASON_CHARS), "removed"),
    "base": optional(read.position()),
    "clear_references": optional(read.flag, False),
}

REMOVAL: Final = Shape(RemoveItem, item_id=read.item_id, **_REMOVED)
ROW_REMOVAL: Final = Shape(RemoveItem, item_id=_RowId(), **_REMOVED)


@accepts({"type": "object"})
def _data(value: object, key: str) -> Mapping[str, object]:
    if value is None:
        raise InvalidMessageError(f"{key} is required: an object, {{}} will do", path=key)
    return read.facts(value, key)


PUBLICATION: Final = Shape(Publish, event_type=read.required_name, data=_data, item_id=optional(read.item_id))
"""Which types of events clients may publish is a rule of the core."""
