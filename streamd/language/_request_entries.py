"""Resolves the entries of structured requests: one item to find, to add or to change."""

from collections.abc import Mapping
from typing import Final

from streamd.core.item import ItemId
from streamd.core.tool_calls import ItemEdit
from streamd.core.values import MAX_INTEGER, Value, check_fields, spelling_in
from streamd.errors import InvalidMessageError
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._tokens import key_of
from streamd.language._tool_call_builder import ToolCallBuilder

ID_KEYS: Final = ("id", "item_id")


def fields_of(context: Mapping[str, object]) -> dict[str, Value]:
    """The fields of a context, under any of the usual keys."""
    for key in ("fields", "data", "changes", "updates", "set", "item"):
        given = context.get(key)
        if isinstance(given, Mapping):
            return {
                str(field): value
                for field, value in given.items()
                if value is not None and field not in ID_KEYS
            }
    return {}


def new_item(builder: ToolCallBuilder, fields: Mapping[str, Value], item_id: str = "") -> ItemId:
    """Add one item with the defaults of its type; raises with the reason when it is not valid."""
    working = builder.working
    try:
        check_fields(fields)
        declared = working.types.get(str(fields.get("type", "")))
        defaults = {
            spec.name: spec.default
            for spec in declared.fields.values()
            if spec.default is not None and spec.name not in fields
        }
        whole = {**fields, **defaults}
        declared.check(whole)
    except InvalidMessageError as error:
        raise NotUnderstoodError(f"{error.message}. Nothing was changed.") from error
    fresh = ItemId(f"\0new {len(working.fresh) + 1}")
    working.fields[fresh] = {"id": item_id, **whole} if item_id else whole
    working.fresh.add(fresh)
    working.lexicon.learn(str(fields.get("name", "")), fresh)
    return fresh


def item_referred_to(builder: ToolCallBuilder, reference: object) -> ItemId:
    """Find an item by its id, else by its name."""
    working = builder.working
    if not isinstance(reference, str) or not reference:
        raise NotUnderstoodError("an entry needs the id of an item. Nothing was changed.")
    item_id = ItemId(spelling_in(working.fields, reference))
    if item_id in working.fields:
        return item_id
    named = [
        one
        for one in working.lexicon.names.get(key_of(reference), ())
        if one in working.fields and one not in working.fresh
    ]
    if len(named) == 1:
        return named[0]
    if named:
        raise NotUnderstoodError(
            f"Several items are called «{reference}». Nothing was changed.", tuple(named)
        )
    raise NotUnderstoodError(f"There is no item «{reference}». Nothing was changed.")


def edit_of(builder: ToolCallBuilder, item_id: ItemId, change: Mapping[str, object]) -> ItemEdit:
    """The change of one item; null removes a field."""
    working = builder.working
    fields = {str(key): value for key, value in change.items() if key not in ID_KEYS}
    if not fields:
        raise NotUnderstoodError(
            f"{working.name_of(item_id)}: there is nothing to change. Nothing was changed."
        )
    unset = tuple(key for key, value in fields.items() if value is None)
    declared = working.types.declared.get(working.type_of(item_id))
    for field in unset:
        if field in ("type", *(declared.required if declared else ("name",))):
            raise NotUnderstoodError(
                f"{working.name_of(item_id)} cannot be without {field}. Nothing was changed."
            )
    set_ = {key: plain(value) for key, value in fields.items() if value is not None}
    try:
        check_fields(fields)
        kind = working.types.get(str(set_.get("type", working.type_of(item_id))))
        whole = {key: value for key, value in working.fields[item_id].items() if key not in unset} | set_
        for field, value in set_.items():
            kind.fitted(field, value)
        if "type" in set_:
            kind.check(whole)
    except InvalidMessageError as error:
        raise NotUnderstoodError(
            f"{working.name_of(item_id)}: {error.message}. Nothing was changed."
        ) from error
    working.fields[item_id] = whole
    return ItemEdit(item_id, set=set_, unset=unset)


def plain(value: object) -> Value:
    """Convert a JSON value to one of an item: whole numbers to int."""
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) <= MAX_INTEGER else value
    assert isinstance(value, str | int | bool | list | dict)
    return value
