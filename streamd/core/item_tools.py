"""The item tools: their schemas for a model, and the conversion of tool calls from and to JSON."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final, TypeAlias, cast

import orjson

from streamd.core.criteria import Condition, WhereClause
from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item import ItemId
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.prompt import ToolSpec
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.core.values import Value
from streamd.errors import InvalidMessageError

ADD: Final = "add_items"
CHANGE: Final = "change_items"
REMOVE: Final = "remove_items"
LIST: Final = "list_items"
GET: Final = "get_item"
LOOK_UP: Final = "search_knowledge"
RECALL: Final = "search_memory"
ITEM_TOOLS: Final = frozenset({ADD, CHANGE, REMOVE, LIST, GET, LOOK_UP, RECALL})
"""Reserved names: these tools are offered to the model of every agent."""

Input: TypeAlias = Mapping[str, object]

_JSON_TYPES: Final = {"date": "string"}
_FIELDS: Final = {
    "type": "object",
    "description": "Field names and their new values. Fields of each item type are in the system prompt.",
}
_ITEM_ID: Final = {"type": "string", "description": "The item's id, exactly as it was told"}


def item_tools(types: ItemTypes) -> tuple[ToolSpec, ...]:
    """Specifications of the tools that change items, for a model."""
    return (
        ToolSpec(
            ADD,
            "Add new items. Names must be telling; fields that nobody gave are left out and get their defaults.",
            _object(
                items={
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {
                            "type": {"type": "string", "enum": [item_type.name for item_type in types]},
                            "name": {"type": "string"},
                        },
                        "required": ["type", "name"],
                        "additionalProperties": True,
                    },
                }
            ),
        ),
        ToolSpec(
            CHANGE,
            "Change fields of items that exist. Use inc for 'increase by' and 'reduce by' (negative), set for a new value.",
            _object(
                edits={
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {
                            "item_id": _ITEM_ID,
                            "set": _FIELDS,
                            "unset": {"type": "array", "items": {"type": "string"}},
                            "inc": {"type": "object", "additionalProperties": {"type": "number"}},
                            "add_to_set": {"type": "object", "additionalProperties": {"type": "array"}},
                        },
                        "required": ["item_id"],
                    },
                }
            ),
        ),
        ToolSpec(
            REMOVE,
            "Remove items for good. Only those that the request clearly means.",
            _object(
                item_ids={"type": "array", "minItems": 1, "items": _ITEM_ID},
                reason={
                    "type": "string",
                    "description": "Why, in a few words a person reads beside the removal",
                },
            ),
        ),
    )


@lru_cache(maxsize=8)
def describe_types(types: ItemTypes) -> str:
    """Describe the item types in a system prompt."""
    return "\n".join(_type_in_words(item_type) for item_type in types)


def parse_tool_call(name: str, data: Input, types: ItemTypes) -> ToolCall:
    """Parse a model's input into a tool call.

    Raises:
        InvalidMessageError: there is no such tool, or the input is invalid; the message tells the model what to write
            instead.

    """
    reader = _READERS.get(name)
    if reader is None:
        raise InvalidMessageError(f"there is no tool {name}; there are {', '.join(_READERS)}", path="name")
    return reader(data, types)


def tool_input(call: ToolCall) -> tuple[str, dict[str, object]]:
    """(name, input) of a tool call, as JSON."""
    match call:
        case AddItems(items=items):
            return ADD, {"items": [dict(item) for item in items]}
        case ChangeItems(edits=edits):
            return CHANGE, {"edits": [_edit_input(edit) for edit in edits]}
        case RemoveItems(item_ids=item_ids, reason=reason):
            return REMOVE, {"item_ids": list(item_ids), "reason": reason}


def _edit_input(edit: ItemEdit) -> dict[str, object]:
    result: dict[str, object] = {"item_id": edit.item_id}
    if edit.set:
        result["set"] = dict(edit.set)
    if edit.unset:
        result["unset"] = list(edit.unset)
    if edit.inc:
        result["inc"] = dict(edit.inc)
    if edit.add_to_set:
        result["add_to_set"] = {name: list(values) for name, values in edit.add_to_set.items()}
    return result


def _add(data: Input, types: ItemTypes) -> ToolCall:
    items = []
    for index, entry in enumerate(_list(data, "items")):
        if not isinstance(entry, Mapping) or not all(_named(entry, key) for key in ("type", "name")):
            raise InvalidMessageError(
                "each of items must be an object with a type and a name", path=f"items[{index}]"
            )
        fields = {str(name): cast("Value", value) for name, value in entry.items() if value is not None}
        items.append({**_defaults(str(entry["type"]), types), **fields})
    return AddItems(tuple(items))


def _defaults(kind: str, types: ItemTypes) -> dict[str, Value]:
    return {
        name: spec.default
        for item_type in types
        if item_type.name == kind
        for name, spec in item_type.fields.items()
        if spec.default is not None
    }


def _change(data: Input, _types: ItemTypes) -> ToolCall:
    edits = []
    for index, entry in enumerate(_list(data, "edits")):
        if not isinstance(entry, Mapping) or not _named(entry, "item_id"):
            raise InvalidMessageError(
                "each of edits must be an object with an item_id", path=f"edits[{index}]"
            )
        inc, sets = _mapping(entry, "inc"), _mapping(entry, "add_to_set")
        if not all(isinstance(by, int | float) and not isinstance(by, bool) for by in inc.values()):
            raise InvalidMessageError("inc must hold numbers", path=f"edits[{index}].inc")
        if not all(isinstance(members, list | tuple) for members in sets.values()):
            raise InvalidMessageError("add_to_set must hold lists", path=f"edits[{index}].add_to_set")
        edits.append(
            ItemEdit(
                ItemId(str(entry["item_id"])),
                set=cast("Mapping[str, Value]", _mapping(entry, "set")),
                unset=tuple(map(str, _list(entry, "unset"))) if entry.get("unset") else (),
                inc=cast("Mapping[str, float]", inc),
                add_to_set={name: tuple(cast("Sequence[Value]", members)) for name, members in sets.items()},
            )
        )
    return ChangeItems(tuple(edits))


def _remove(data: Input, _types: ItemTypes) -> ToolCall:
    ids = _list(data, "item_ids")
    if not all(isinstance(item_id, str) and item_id for item_id in ids):
        raise InvalidMessageError("item_ids must be a list of ids", path="item_ids")
    # Without duplicates: the second removal of an id would be refused as gone.
    return RemoveItems(
        tuple(dict.fromkeys(ItemId(str(item_id)) for item_id in ids)), str(data.get("reason") or "removed")
    )


_READERS: Final[Mapping[str, Callable[[Input, ItemTypes], ToolCall]]] = {
    ADD: _add,
    CHANGE: _change,
    REMOVE: _remove,
}


def _list(data: Input, key: str) -> Sequence[object]:
    value = data.get(key)
    if not isinstance(value, list | tuple) or not value:
        raise InvalidMessageError(f"{key} must be a list with at least one member", path=key)
    return value


def _mapping(data: Input, key: str) -> Mapping[str, object]:
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidMessageError(f"{key} must be an object", path=key)
    return {str(name): member for name, member in value.items()}


def _named(data: Mapping[object, object] | Input, key: str) -> bool:
    value = cast("Mapping[object, object]", data).get(key)
    return isinstance(value, str) and bool(value.strip())


def _object(**properties: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _type_in_words(item_type: ItemType) -> str:
    fields = ", ".join(_field_in_words(spec) for spec in item_type.fields.values())
    criteria = ", ".join(
        f"{name} ({' and '.join(map(_condition_in_words, criterion.conditions.parts))})"
        for name, criterion in item_type.criteria.items()
    )
    text = f"- {item_type.name}: name, {fields}."
    return f"{text} Criteria: {criteria}." if criteria else text


def _condition_in_words(clause: WhereClause) -> str:
    if isinstance(clause, Condition):
        return " ".join(map(str, clause.as_json()))
    return orjson.dumps(clause.as_json()).decode()


def _field_in_words(spec: FieldSpec) -> str:
    kind = _JSON_TYPES.get(spec.kind, spec.kind)
    unit = f" in {spec.unit}" if spec.unit else ""
    return f"{spec.name} ({kind}{unit})"
