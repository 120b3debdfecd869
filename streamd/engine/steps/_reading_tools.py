"""Reading tools: how a language model reads items, memory and knowledge before it acts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import orjson

from streamd.core.criteria import parse_conditions
from streamd.core.item import Item, ItemId
from streamd.core.item_tools import GET, LIST, LOOK_UP, RECALL, closed_object
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.json.tool_arguments import checked
from streamd.core.lists.item_order import ItemOrder, parse_sort
from streamd.core.lists.item_words import has_words, search_words
from streamd.core.prompt import ToolSpec
from streamd.core.values import spelling_in, spellings
from streamd.errors import InvalidMessageError, NotFoundError, did_you_mean
from streamd.facts import frozen
from streamd.ports.agent import Run

_MOST_LISTED: Final = 200
_MOST_BYTES: Final = 40_000
"""Size of one result: some ten thousand tokens."""
_MOST_TEXT: Final = 1_000
"""Characters of one text in a list; `get_item` tells all of it."""
_MOST_OF_ONE: Final = 24_000
"""Characters of one text of one item."""
_ALWAYS: Final = ("id", "type", "name")
_FIELDS: Final = {
    "type": "array",
    "description": f"Only these fields, beside {', '.join(_ALWAYS)}",
    "items": {"type": "string"},
}
_FROM_ZERO: Final = {"type": "integer", "minimum": 0}

READING_TOOLS: Final = (
    ToolSpec(
        LIST,
        "List items, in the order they were added: `count` says how many there are, `next` how to go on. Long texts are cut. "
        "Use it to find ids before changing or removing.",
        closed_object(
            (),
            type={"type": "string", "description": "Only items of this type"},
            criterion={"type": "string", "description": "Only items that meet this named criterion"},
            where={
                "type": "array",
                "description": "Conditions that must all hold, each [field, comparison, value]; comparisons are "
                "== != in (exact), =~ !~ in~ contains (ignore the case of text), < <= > >=; "
                'instead of one may stand {"any": […]}, {"all": […]} or {"not": […]} of conditions',
                "items": {"type": ["array", "object"]},
            },
            search={"type": "string", "description": "Only items whose texts have all these words"},
            sort={
                "type": "array",
                "description": "Fields to sort by, with a - before those in descending order",
                "items": {"type": "string"},
            },
            fields=_FIELDS,
            limit={"type": "integer", "minimum": 1, "description": f"Items at most, up to {_MOST_LISTED}"},
            offset=_FROM_ZERO,
        ),
    ),
    ToolSpec(
        GET,
        f"One item with all its fields. Of a text beyond {_MOST_OF_ONE:,} characters offset says where to read on.",
        closed_object(("item_id",), item_id={"type": "string"}, fields=_FIELDS, offset=_FROM_ZERO),
    ),
    ToolSpec(
        LOOK_UP,
        "Search the documents of the knowledge base. Cite what you use by its source.",
        closed_object(("query",), query={"type": "string"}),
    ),
    ToolSpec(
        RECALL,
        "Search what was asked, answered and found before, and what the user prefers.",
        closed_object(("query",), query={"type": "string"}),
    ),
)
_SPECS: Final = {spec.name: spec for spec in READING_TOOLS}


def told_items(
    name: str, arguments: Mapping[str, object], items: Sequence[Item], types: ItemTypes
) -> tuple[str, list[ItemId]]:
    """Return the result of a tool that reads items as JSON, and the ids of the items in it.

    Raises RefusedError with a message for the model.
    """
    given = cast("Mapping[str, Any]", checked(_SPECS[name].input_schema, arguments, hint=_hint))
    return _listed(items, given, types) if name == LIST else _one(items, given)


async def searched(run: Run, name: str, arguments: Mapping[str, object]) -> str:
    """Return the result of a tool that searches as JSON. Raises RefusedError with a message for the model."""
    given = cast("Mapping[str, Any]", checked(_SPECS[name].input_schema, arguments))
    if name == LOOK_UP:
        passages = await run.look_up(given["query"])
        return orjson.dumps(
            [{"source": hit.source, "title": hit.title, "text": hit.text} for hit in passages]
        ).decode()
    memories = await run.recall(given["query"])
    return orjson.dumps([{"kind": memory.kind, "text": memory.text} for memory in memories]).decode()


def _hint(_path: str, key: str, value: object) -> str:
    """Say how a list is asked for by a field."""
    if key == "item_id" or not isinstance(value, str | int | float):
        return ""
    condition = orjson.dumps({"where": [[key, "=~" if isinstance(value, str) else "==", value]]}).decode()
    return f"; items are chosen by a field as in {condition}"


def _one(items: Sequence[Item], given: Mapping[str, Any]) -> tuple[str, list[ItemId]]:
    item_id = given["item_id"]
    named = spellings(item_id)
    item = next((item for item in items if item.id in named), None)
    if item is None:
        raise NotFoundError(f"there is no item {item_id}; use {LIST} to find the right id")
    told = orjson.dumps(_shown(item, given.get("fields"), _MOST_OF_ONE, given.get("offset") or 0))
    if len(told) > 2 * _MOST_BYTES:
        names = ", ".join(name for name in item.flat() if name not in _ALWAYS)
        raise InvalidMessageError(
            f"{item_id} is too long to be told at once: choose fields, of {names}", path="fields"
        )
    return told.decode(), [item.id]


def _listed(items: Sequence[Item], given: Mapping[str, Any], types: ItemTypes) -> tuple[str, list[ItemId]]:
    kind = _type_among(given.get("type"), items, types)
    item_type = None if kind is None else {kind}
    known = COMMON_FIELDS.union({"id"}, *(one.fields for one in types), *(item.fields for item in items))
    naming = _Naming(types, kind, known)
    conditions = parse_conditions(
        naming.conditions(given.get("where") or []),
        fields=COMMON_FIELDS.union(*(one.fields for one in types)),
        numbers=types.numeric_fields(item_type),
        literals=types.literals(item_type),
        criteria=lambda name: types.criterion(name, item_type),
    )
    criteria = types.criterion(given["criterion"], item_type) if given.get("criterion") else None
    words = search_words(given.get("search") or "")
    order = ItemOrder(parse_sort([naming.sort(name) for name in given.get("sort") or []]))
    fields = [naming.field(name, "fields") for name in given["fields"]] if given.get("fields") else None
    offset, most = given.get("offset") or 0, min(_MOST_LISTED, given.get("limit") or _MOST_LISTED)
    matching = [
        item
        for item in items
        if kind in (None, item.type)
        and conditions.holds(item.fields)
        and (not words or has_words(item, words))
        and (criteria is None or (item.type in criteria and criteria[item.type].holds(item.fields)))
    ]
    shown: list[orjson.Fragment] = []
    size = 0
    page = order.sort(matching)[offset : offset + most]
    for item in page:
        flat = orjson.dumps(_shown(item, fields, _MOST_TEXT, 0))
        size += len(flat)
        if shown and size > _MOST_BYTES:
            break
        shown.append(orjson.Fragment(flat))
    told: dict[str, object] = {"count": len(matching), "items": shown}
    if offset + len(shown) < len(matching):
        told["next"] = {"offset": offset + len(shown)}
    return orjson.dumps(told).decode(), [item.id for item in page[: len(shown)]]


def _shown(item: Item, fields: Sequence[str] | None, most: int, offset: int) -> dict[str, object]:
    """Return an item as a model reads it: with these fields, and of long texts a part that says how to read on."""
    flat = item.flat()
    chosen = flat if fields is None else {name: flat[name] for name in (*_ALWAYS, *fields) if name in flat}
    return {name: _part(value, most, offset) for name, value in chosen.items()}


def _part(value: object, most: int, offset: int) -> object:
    if not isinstance(value, str) or len(value) <= most:
        return value
    end = offset + most
    rest = f" […{len(value) - end:,} more characters: {GET} with offset {end}]" if end < len(value) else ""
    return f"{value[offset:end]}{rest}"


def _type_among(wanted: str | None, items: Sequence[Item], types: ItemTypes) -> str | None:
    """Return the type that is meant. Raises InvalidMessageError where no type is called so, and no item is of it."""
    if wanted is None:
        return None
    kind = types.named(wanted)
    if kind is not None:
        return kind
    present = dict.fromkeys((*types.declared, *(item.type for item in items)))
    if present and wanted not in present:
        raise InvalidMessageError(
            f"there is no item type {wanted}{did_you_mean(wanted, present)}; there are {', '.join(present)}",
            path="type",
        )
    return wanted


@frozen
class _Naming:
    """Resolves what a model calls fields of items (of one type), as imports do."""

    types: ItemTypes
    item_type: str | None
    known: frozenset[str]

    def field(self, name: str, path: str) -> str:
        """Return the field that is meant. Raises InvalidMessageError where no item has it."""
        spelled = spelling_in(self.known, name)
        if spelled in self.known:
            return spelled
        kinds = [one for one in self.types if self.item_type in (None, one.name)]
        found = next((field for one in kinds if (field := one.field_named(name)) is not None), None)
        if found is None:
            raise InvalidMessageError(
                f"there is no field {name}{did_you_mean(name, sorted(self.known))}", path=path
            )
        return found

    def sort(self, name: str) -> str:
        """Return a field to sort by, with its sign."""
        return f"-{self.field(name[1:], 'sort')}" if name.startswith("-") else self.field(name, "sort")

    def conditions(self, where: object) -> object:
        """Return conditions with the fields that are meant; what is no condition stays, to be refused with the reason."""
        match where:
            case [str() as name, str() as comparison, right] if name not in ("any", "all", "not"):
                return [self.field(name, "where"), comparison, right]
            case list():
                return [self.conditions(part) for part in where]
            case dict():
                return {
                    key: self.conditions(part) if key != "criterion" else part for key, part in where.items()
                }
            case _:
                return where
