"""Bulk requests: a list of entries to add, change or remove, each of which may be left out with a reason."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.tool_calls import ChangeItems, ItemEdit, Problem, RemoveItems
from streamd.core.values import Value, check_item_id
from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.language._item_creation import names_for
from streamd.language._request_entries import ID_KEYS, edit_of, item_referred_to, new_item, plain
from streamd.language._syntax_tree import NotUnderstoodError
from streamd.language._tokens import key_of
from streamd.language._tool_call_builder import ToolCallBuilder
from streamd.text.json_text import decode_json

ADDING: Final = frozenset({"add", "create", "insert", "new"})
REMOVING: Final = frozenset({"remove", "delete"})
CHANGING_WORDS: Final = frozenset({"change", "update", "set", "edit", "modify"})
MOST: Final = 10_000
_ENDINGS: Final = ("_multiple", "_items", "_item", "_many", "_bulk")


def verb_of(given: object) -> str:
    """Normalise the name of an action or operation: `add` of `add_multiple`, `bulk_add` and `add_items`."""
    if not isinstance(given, str):
        return ""
    verb = given.strip().casefold().replace("-", "_").replace(" ", "_").removeprefix("bulk_")
    for ending in _ENDINGS:
        verb = verb.removesuffix(ending)
    return verb


def bulk(
    operation: str, given: object, context: Mapping[str, object], builder: ToolCallBuilder
) -> tuple[Problem, ...]:
    """Apply one operation to all entries; returns the entries that were left out, with the reasons."""
    verb = verb_of(operation)
    entries = _entries(given)
    if verb not in ADDING | REMOVING | CHANGING_WORDS:
        raise NotUnderstoodError(
            f"There is no operation {operation}; there are add_multiple, remove_multiple and update_multiple. Nothing was changed."
        )
    if not entries:
        raise NotUnderstoodError("items is empty: there is nothing to do. Nothing was changed.")
    if len(entries) > MOST:
        raise NotUnderstoodError(
            f"At most {MOST:,} entries can be given at once, not {len(entries):,}. Nothing was changed."
        )
    problems: list[Problem] = []
    added: list[ItemId] = []
    edits: list[ItemEdit] = []
    removed: list[ItemId] = []
    given_ids: set[str] = set()
    for index, entry in enumerate(entries):
        try:
            if verb in ADDING:
                added.append(_bulk_add(entry, context, builder, given_ids))
            elif verb in REMOVING:
                item_id = item_referred_to(builder, _id_of(entry))
                if item_id not in removed:
                    removed.append(item_id)
            else:
                edits.append(edit_of(builder, item_referred_to(builder, _id_of(entry)), _change_of(entry)))
        except NotUnderstoodError as error:
            if context.get("atomic") is True:
                raise NotUnderstoodError(
                    f"Entry {index + 1} of {len(entries)}: {error.message}", error.candidates
                ) from error
            given = _id_of(entry)
            message = error.message.removesuffix(" Nothing was changed.")
            problems.append(Problem(index, message, given if isinstance(given, str) else ""))
    if added:
        builder.steps.append(tuple(added))
    if edits:
        builder.steps.append(ChangeItems(tuple(edits)))
    if removed:
        builder.steps.append(RemoveItems(tuple(removed), "requested by id"))
    if problems:
        builder.working.notes.append(
            f"{len(problems)} of {len(entries)} entries were left out: "
            + " ".join(f"Entry {one.index + 1}: {one.message}" for one in problems[:20])
        )
    return tuple(problems)


def _entries(items: object) -> Sequence[object]:
    if isinstance(items, str):
        try:
            items, faults = decode_json(items)
        except ValueError as error:
            raise NotUnderstoodError("items is not valid JSON. Nothing was changed.") from error
        for fault in faults:
            raise NotUnderstoodError(f"items{fault.path} {fault.why}. Nothing was changed.")
    if not isinstance(items, list | tuple):
        raise NotUnderstoodError("items must be a list. Nothing was changed.")
    return items


def _id_of(entry: object) -> object:
    if isinstance(entry, Mapping):
        return next((entry[key] for key in (*ID_KEYS, "name") if entry.get(key)), None)
    return entry


def _change_of(entry: object) -> Mapping[str, object]:
    if not isinstance(entry, Mapping):
        raise NotUnderstoodError("an entry must be an object with an id and fields. Nothing was changed.")
    flat = {str(key): value for key, value in entry.items() if key not in ID_KEYS}
    for key in ("fields", "data", "changes", "updates", "set"):
        nested = flat.get(key)
        if isinstance(nested, Mapping) and len(flat) == 1:
            return {str(field): value for field, value in nested.items()}
    return flat


def _bulk_add(
    entry: object, context: Mapping[str, object], builder: ToolCallBuilder, given_ids: set[str]
) -> ItemId:
    working = builder.working
    if isinstance(entry, str):
        entry = {"name": entry}
    if not isinstance(entry, Mapping):
        raise NotUnderstoodError("an entry must be an object. Nothing was changed.")
    item_id = next((entry[key] for key in ID_KEYS if entry.get(key) is not None), "")
    if not isinstance(item_id, str):
        raise NotUnderstoodError("an id must be text. Nothing was changed.")
    if item_id:
        try:
            check_item_id(item_id)
        except InvalidMessageError as error:
            raise NotUnderstoodError(f"{error.message}. Nothing was changed.") from error
        if ItemId(item_id) in working.fields or item_id in given_ids:
            raise NotUnderstoodError(f"There is already an item with the id {item_id}. Nothing was changed.")
        given_ids.add(item_id)
    fields = {str(key): value for key, value in entry.items() if key not in ID_KEYS and value is not None}
    nested = fields.pop("data", None) if isinstance(fields.get("data"), Mapping) else None
    if isinstance(nested, Mapping):
        fields = {**{str(key): value for key, value in nested.items() if value is not None}, **fields}
    kind = fields.get(
        "type", fields.pop("item_type", None) if "item_type" in fields else None
    ) or context.get("item_type")
    kind = kind or working.lexicon.default_type
    if not isinstance(kind, str):
        raise NotUnderstoodError("type must be text. Nothing was changed.")
    word = working.lexicon.types.get(key_of(kind))
    kind = word.type if word and kind not in working.types.declared else kind
    name = fields.get("name", fields.pop("item_name", None) if "item_name" in fields else None)
    name = name if name is not None else names_for(builder.working, kind, 1, ())[0]
    return new_item(builder, attrs.evolve(_NewFields(fields), type=kind, name=name).flat(), item_id)


@frozen
class _NewFields:
    fields: Mapping[str, object]
    type: str = ""
    name: object = ""

    def flat(self) -> dict[str, Value]:
        """The fields with type and name first."""
        return {
            "type": self.type,
            "name": plain(self.name),
            **{key: plain(value) for key, value in self.fields.items() if key not in ("type", "name")},
        }
