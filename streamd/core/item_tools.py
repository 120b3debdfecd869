"""The item tools: their schemas for a model, and the conversion of tool calls from and to JSON."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, TypeAlias, TypeVar, cast

import orjson

from streamd.core.criteria import Condition, WhereClause
from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item import ItemId
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.json.tool_arguments import Hint, checked
from streamd.core.prompt import ToolSpec
from streamd.core.tool_calls import AddItems, ChangeItems, ItemEdit, RemoveItems, ToolCall
from streamd.core.values import Value
from streamd.errors import InvalidMessageError, nearest
from streamd.facts import frozen

ADD: Final = "add_items"
CHANGE: Final = "change_items"
REMOVE: Final = "remove_items"
LIST: Final = "list_items"
GET: Final = "get_item"
LOOK_UP: Final = "search_knowledge"
RECALL: Final = "search_memory"
UNDO: Final = "undo"
ITEM_TOOLS: Final = frozenset({ADD, CHANGE, REMOVE, UNDO, LIST, GET, LOOK_UP, RECALL})
"""Reserved names: these tools are offered to the model of every agent."""

Input: TypeAlias = Mapping[str, object]
Given = TypeVar("Given")

_JSON_TYPES: Final = {"date": "string"}
_FIELDS: Final = {
    "type": "object",
    "description": "Field names and their new values. Fields of each item type are in the system prompt.",
}
_ITEM_ID: Final = {"type": "string", "description": "The item's id, exactly as it was told"}
_MISSPELLED: Final = 0.8
"""How much alike the name of a new field must be to a declared one to be a mistake."""


def item_tools(types: ItemTypes) -> tuple[ToolSpec, ...]:
    """Specifications of the tools that change items, for a model; `parse_tool_call` checks by the same schemas."""
    known = [item_type.name for item_type in types]
    others = f"One of {', '.join(known)}, or a new type" if known else "What kind of item it is: one word"
    item_type = (
        {"type": "string", "description": others}
        if types.accept_undeclared
        else {"type": "string", "enum": known}
    )
    return (
        ToolSpec(
            ADD,
            "Add new items. Names must be telling; fields that nobody gave are left out and get their defaults.",
            closed_object(
                ("items",),
                items={
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "properties": {"type": item_type, "name": {"type": "string"}},
                        "required": ["type", "name"],
                        "additionalProperties": True,
                    },
                    "examples": [[{"type": known[0] if known else "note", "name": "Bolt"}]],
                },
            ),
        ),
        ToolSpec(
            CHANGE,
            "Change fields of items that exist. Use inc for 'increase by' and 'reduce by' (negative), set for a new value.",
            closed_object(
                ("edits",),
                edits={
                    "type": "array",
                    "minItems": 1,
                    "items": closed_object(
                        ("item_id",),
                        item_id=_ITEM_ID,
                        set=_FIELDS,
                        unset={"type": "array", "items": {"type": "string"}},
                        inc={"type": "object", "additionalProperties": {"type": "number"}},
                        add_to_set={"type": "object", "additionalProperties": {"type": "array"}},
                    ),
                    "examples": [[{"item_id": "the id", "set": {"name": "Bolt"}}]],
                },
            ),
        ),
        ToolSpec(
            REMOVE,
            "Remove items for good. Only those that the request clearly means.",
            closed_object(
                ("item_ids",),
                item_ids={"type": "array", "minItems": 1, "items": _ITEM_ID},
                reason={
                    "type": "string",
                    "description": "Why, in a few words a person reads beside the removal",
                },
            ),
        ),
    )


def closed_object(required: Sequence[str], **properties: Mapping[str, object]) -> dict[str, object]:
    """Build the schema of an object that has no other keys than these."""
    return {
        "type": "object", "properties": properties, "required": list(required), "additionalProperties": False,
    }  # fmt: skip


@lru_cache(maxsize=8)
def describe_types(types: ItemTypes) -> str:
    """Describe the item types in a system prompt."""
    return "\n".join(_type_in_words(item_type) for item_type in types)


def parse_tool_call(
    name: str, data: Input, types: ItemTypes, types_by_id: Mapping[ItemId, str] | None = None
) -> ToolCall:
    """Parse a model's input into a tool call: checked by the tool's schema, and with fields as they are declared.

    Args:
        name: the tool.
        data: the input.
        types: the declared types, for aliases of types and fields.
        types_by_id: the types of the items that it is about, as far as they are known; None leaves names as they are.

    Raises:
        InvalidMessageError: there is no such tool, or the input is invalid; the message tells the model what to write
            instead.

    """
    spec = next((spec for spec in item_tools(types) if spec.name == name), None)
    if spec is None:
        raise InvalidMessageError(
            f"there is no tool {name}; there are {ADD}, {CHANGE}, {REMOVE}", path="name"
        )
    names = None if types_by_id is None else FieldNaming(types, types_by_id)
    read = cast("Input", checked(spec.input_schema, _with_types(data, names), hint=_hint_of(types)))
    match name:
        case "add_items":
            return _add(read, types, names)
        case "change_items":
            return _change(read, names)
        case _:
            return _remove(read)


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


@frozen
class FieldNaming:
    """Resolves what models call fields and types, as imports do."""

    types: ItemTypes
    types_by_id: Mapping[ItemId, str]

    def field(self, name: str, item_type: str, path: str) -> str:
        """Return the declared name of a field. Raises InvalidMessageError for a new one that looks like a slip of the pen."""
        declared = self.types.declared.get(item_type)
        if declared is None:
            return name
        found = declared.field_named(name)
        if found is None and (meant := nearest(name, declared.fields, alike=_MISSPELLED)) is not None:
            raise InvalidMessageError(
                f"{item_type} has no field {name}; did you mean {meant}?", path=f"{path}.{name}"
            )
        return name if found is None else found

    def fields(self, given: Mapping[str, Given], item_type: str, path: str) -> dict[str, Given]:
        """Return values by the declared names of their fields. Raises InvalidMessageError also for one given twice."""
        named: dict[str, Given] = {}
        for name, value in given.items():
            field = self.field(name, item_type, path)
            if field in named:
                raise InvalidMessageError(
                    f"{path} has {field} twice: {name} is the same", path=f"{path}.{name}"
                )
            named[field] = value
        return named

    def type(self, word: str) -> str:
        """Return the declared type that is called so; else the word, for a type that is not declared."""
        found = self.types.named(word)
        if found is None and (meant := nearest(word, self.types.declared, alike=_MISSPELLED)) is not None:
            raise InvalidMessageError(f"there is no item type {word}; did you mean {meant}?", path="type")
        return word if found is None else found


def _with_types(data: Input, names: FieldNaming | None) -> Input:
    """Return the input of `add_items` with the declared names of its types, which its schema may list."""
    items = data.get("items")
    if names is None or not isinstance(items, list):
        return data
    named = [
        {**entry, "type": names.type(entry["type"])}
        if isinstance(entry, dict) and isinstance(entry.get("type"), str)
        else entry
        for entry in items
    ]
    return {**data, "items": named}


def _hint_of(types: ItemTypes) -> Hint:
    def hint(path: str, key: str, value: object) -> str:
        if not path.startswith("edits["):
            return ""
        fields = {found for one in types if (found := one.field_named(key)) is not None}
        if not fields:
            return ""
        return f"; new values of fields stand in set: {orjson.dumps({'set': {min(fields): value}}, default=str).decode()}"

    return hint


def _add(data: Input, types: ItemTypes, names: FieldNaming | None) -> ToolCall:
    items = []
    for index, entry in enumerate(cast("Sequence[Mapping[str, Value | None]]", data["items"])):
        fields = {name: value for name, value in entry.items() if value is not None}
        kind = str(entry["type"])
        if names is not None:
            fields = names.fields(fields, kind, f"items[{index}]")
        declared = types.declared.get(kind)
        items.append({**(declared.defaults({}) if declared is not None else {}), **fields})
    return AddItems(tuple(items))


def _change(data: Input, names: FieldNaming | None) -> ToolCall:
    edits = []
    for index, entry in enumerate(cast("Sequence[Mapping[str, Any]]", data["edits"])):
        item_id = ItemId(entry["item_id"])
        given = {kind: entry.get(kind) or {} for kind in ("set", "inc", "add_to_set")}
        unset = list(entry.get("unset") or ())
        kind = None if names is None else names.types_by_id.get(item_id)
        if names is not None and kind is not None:
            path = f"edits[{index}]"
            given = {part: names.fields(values, kind, f"{path}.{part}") for part, values in given.items()}
            unset = [names.field(name, kind, f"{path}.unset") for name in unset]
        sets = {name: tuple(members) for name, members in given["add_to_set"].items()}
        edits.append(
            ItemEdit(item_id, set=given["set"], unset=tuple(unset), inc=given["inc"], add_to_set=sets)
        )
    return ChangeItems(tuple(edits))


def _remove(data: Input) -> ToolCall:
    # Without duplicates: the second removal of an id would be refused as gone.
    ids = dict.fromkeys(ItemId(one) for one in cast("Sequence[str]", data["item_ids"]))
    return RemoveItems(tuple(ids), str(data.get("reason") or "removed"))


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
