"""Reading tools: how a language model reads items, memory and knowledge before it acts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

import orjson

from streamd.core.criteria import parse_conditions
from streamd.core.item import Item
from streamd.core.item_tools import GET, LIST, LOOK_UP, RECALL
from streamd.core.item_type import COMMON_FIELDS, ItemTypes
from streamd.core.lists.item_order import ItemOrder, parse_sort
from streamd.core.lists.item_words import has_words, search_words
from streamd.core.prompt import ToolSpec
from streamd.core.values import spelling_in, spellings
from streamd.errors import InvalidMessageError, NotFoundError, did_you_mean
from streamd.long_work import ITEMS
from streamd.ports.agent import Run

_MOST_LISTED: Final = 200
MOST_RESULT_BYTES: Final = 1_000_000
"""Size of a tool's result: it goes to the model, and onto the run's stream in one entry."""

READING_TOOLS: Final = (
    ToolSpec(
        LIST,
        "List items with all their fields, in the order they were added. Use it to find ids before changing or removing.",
        {
            "type": "object",
            "properties": {
                "type": {"type": "string", "description": "Only items of this type"},
                "criterion": {"type": "string", "description": "Only items that meet this named criterion"},
                "where": {
                    "type": "array",
                    "description": "Conditions that must all hold, each [field, comparison, value]; comparisons are "
                    "== != in (exact), =~ !~ in~ contains (ignore the case of text), < <= > >=; "
                    'instead of one may stand {"any": […]}, {"all": […]} or {"not": […]} of conditions',
                    "items": {"type": ["array", "object"]},
                },
                "search": {"type": "string", "description": "Only items whose texts have all these words"},
                "sort": {
                    "type": "array",
                    "description": "Fields to sort by, with a - before those in descending order",
                    "items": {"type": "string"},
                },
                "offset": {"type": "integer", "minimum": 0},
            },
        },
    ),
    ToolSpec(
        GET,
        "One item with all its fields.",
        {"type": "object", "properties": {"item_id": {"type": "string"}}, "required": ["item_id"]},
    ),
    ToolSpec(
        LOOK_UP,
        "Search the documents of the knowledge base. Cite what you use by its source.",
        {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    ),
    ToolSpec(
        RECALL,
        "Search what was asked, answered and found before, and what the user prefers.",
        {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
    ),
)


async def read_with(run: Run, name: str, arguments: Mapping[str, object]) -> str:
    """Return the result of a reading tool as JSON. Raises RefusedError with a message for the model."""
    outcome = run.outcome
    moved = bool(outcome.added or outcome.changed or outcome.removed)
    if name == LIST:
        return await ITEMS.run(_listed, await run.items(fresh=moved), arguments, run.types)
    if name == GET:
        item_id = _text(arguments, "item_id")
        named = spellings(item_id)
        matching = next((item for item in await run.items(fresh=moved) if item.id in named), None)
        if matching is None:
            raise NotFoundError(f"there is no item {item_id}; use {LIST} to find the right id")
        return orjson.dumps(matching.flat()).decode()
    if name == LOOK_UP:
        passages = await run.look_up(_text(arguments, "query"))
        return orjson.dumps(
            [{"source": hit.source, "title": hit.title, "text": hit.text} for hit in passages]
        ).decode()
    memories = await run.recall(_text(arguments, "query"))
    return orjson.dumps([{"kind": memory.kind, "text": memory.text} for memory in memories]).decode()


def _listed(items: Sequence[Item], arguments: Mapping[str, object], types: ItemTypes) -> str:
    wanted, criterion, where = arguments.get("type"), arguments.get("criterion"), arguments.get("where") or []
    fields = COMMON_FIELDS.union(*(item_type.fields for item_type in types))
    item_type = None if wanted is None else {str(wanted)}
    conditions = parse_conditions(
        where,
        fields=fields,
        numbers=types.numeric_fields(item_type),
        literals=types.literals(item_type),
        criteria=lambda name: types.criterion(name, item_type),
    )
    criteria = types.criterion(str(criterion), item_type) if criterion else None
    words = search_words(str(arguments.get("search") or ""))
    order = _order(arguments.get("sort") or [])
    names = [*(one.field for one in conditions), *(field.name for field in order.fields)]
    _check_names(names, fields, items)
    offset = arguments.get("offset") or 0
    if not isinstance(offset, int) or offset < 0:
        raise InvalidMessageError("offset must be a whole number from 0", path="offset")
    matching = [
        item
        for item in items
        if wanted in (None, item.type)
        and conditions.holds(item.fields)
        and (not words or has_words(item, words))
        and (criteria is None or (item.type in criteria and criteria[item.type].holds(item.fields)))
    ]
    shown: list[orjson.Fragment] = []
    size = 0
    for item in order.sort(matching)[offset : offset + _MOST_LISTED]:
        flat = orjson.dumps(item.flat())
        size += len(flat)
        if shown and size > MOST_RESULT_BYTES:
            break
        shown.append(orjson.Fragment(flat))
    return orjson.dumps({"count": len(matching), "items": shown}).decode()


def _check_names(names: Collection[str], declared: frozenset[str], items: Sequence[Item]) -> None:
    """Refuse fields that are not declared and that no item has: the model mistook their names."""
    known = declared | {"id"}
    if not all(name in known for name in names):
        known = known.union(*(item.fields for item in items))
    for name in names:
        if spelling_in(known, name) not in known:
            raise InvalidMessageError(
                f"there is no field {name}{did_you_mean(name, sorted(known))}", path="where"
            )


def _order(names: object) -> ItemOrder:
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InvalidMessageError("sort must be a list of fields", path="sort")
    return ItemOrder(parse_sort(names))


def _text(arguments: Mapping[str, object], key: str) -> str:
    value = arguments.get(key)
    if not isinstance(value, str) or not value.strip():
        raise InvalidMessageError(f"{key} is required, as text", path=key)
    return value
