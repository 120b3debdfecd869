"""Requests given in `context` instead of words: they win over the sentence, and nothing about them is guessed."""

import json
from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.core.language.entries import ID_KEYS, edit_of, fields_of, item_said, new_item, plain
from streamd.core.language.execution import Execution
from streamd.core.language.new_items import names_for
from streamd.core.language.phrases import Meets, NotUnderstoodError
from streamd.core.language.tokens import key_of
from streamd.core.language.workspace import Workspace
from streamd.core.tool_calls import ChangeItems, ItemEdit, Problem, RemoveItems
from streamd.core.values import Value, check_item_id
from streamd.errors import InvalidMessageError, NotFoundError

_ADD: Final = frozenset({"add", "create", "insert", "new"})


_REMOVE: Final = frozenset({"remove", "delete"})


_CHANGE: Final = frozenset({"change", "update", "set", "edit", "modify"})


_MOST: Final = 10_000


def structured(context: Mapping[str, object], execution: Execution) -> tuple[Problem, ...] | None:
    """Carry out what the context asks for. Nothing when it asks for nothing; else the entries left out."""
    operation = context.get("operation")
    if isinstance(operation, str) and "items" in context:
        return _bulk(operation, context, execution)
    action = context.get("action")
    if isinstance(action, str):
        verb = action.casefold().removesuffix("_item").removesuffix("_items")
        if verb in _REMOVE:
            return _remove(context, execution)
        if verb in _ADD:
            return _add(context, execution)
        if verb in _CHANGE:
            return _change(context, execution)
        return None
    if isinstance(context.get("item_type"), str) and (
        context.get("count") is not None or context.get("item_name")
    ):
        return _add(context, execution)
    return None


def no_such_action(context: Mapping[str, object]) -> str:
    """Why a request without words, of which nothing is known, is refused; empty when it asks for nothing."""
    said = context.get("action", context.get("operation"))
    if not isinstance(said, str):
        return ""
    return (
        f"I do not know what «{said[:80]}» shall do here; give an action (add, remove, update) with item_type, item_id or "
        "criteria, or an operation (add_multiple, remove_multiple, update_multiple) with items. Nothing was changed."
    )


def types_of(context: Mapping[str, object], space: Workspace) -> tuple[str, ...]:
    """The item types that a structured request is about: the one given, those of the criterion or item, else the usual one."""
    kind = context.get("item_type", context.get("type"))
    if isinstance(kind, str) and kind:
        word = space.lexicon.types.get(key_of(kind))
        return (word.type if word else kind,)
    said = context.get("item_id", context.get("id"))
    if isinstance(said, str) and ItemId(said) in space.fields:
        return (space.type_of(ItemId(said)),)
    criterion = context.get("criteria", context.get("criterion"))
    if isinstance(criterion, str) and (words := space.lexicon.criteria.get(key_of(criterion))):
        return tuple(words)[:1]
    asked = {"action", "operation", "item_id", "item_ids", "criteria", "criterion", "count"} & context.keys()
    return (space.lexicon.default_type,) if asked and space.lexicon.default_type else ()


def _add(context: Mapping[str, object], execution: Execution) -> tuple[Problem, ...] | None:
    item_type = context.get("item_type", context.get("type", execution.workspace.lexicon.default_type))
    if not isinstance(item_type, str) or not item_type:
        raise NotUnderstoodError("item_type must be the name of an item type. Nothing was changed.")
    word = execution.workspace.lexicon.types.get(key_of(item_type))
    kind = word.type if word else item_type
    count = context.get("count", 1)
    if isinstance(count, str) and count.strip().isdigit():
        count = int(count)
    if isinstance(count, float) and count.is_integer():
        count = int(count)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise NotUnderstoodError("count must be a whole number of at least 1. Nothing was changed.")
    if count > _MOST:
        raise NotUnderstoodError(
            f"At most {_MOST:,} items can be added at once, not {count:,}. Nothing was changed."
        )
    name = context.get("item_name", context.get("name"))
    if name is not None and (not isinstance(name, str) or not name.strip()):
        raise NotUnderstoodError("item_name must be text. Nothing was changed.")
    fields = fields_of(context)
    names = names_for(execution.workspace, kind, count, (name,) if isinstance(name, str) else ())
    ids = tuple(new_item(execution, {**fields, "type": kind, "name": one}) for one in names)
    execution.steps.append(ids)
    return ()


def _remove(context: Mapping[str, object], execution: Execution) -> tuple[Problem, ...]:
    space = execution.workspace
    single = next((context[key] for key in ("item_id", "id", "item_name", "name") if context.get(key)), None)
    if single is not None:
        item_id = item_said(execution, single)
        execution.steps.append(
            RemoveItems((item_id,), "requested by id" if item_id == single else "requested by name")
        )
        return ()
    many = context.get("item_ids", context.get("ids"))
    if isinstance(many, list):
        if not many:
            raise NotUnderstoodError("item_ids is empty: there is nothing to remove. Nothing was changed.")
        execution.steps.append(
            RemoveItems(tuple(dict.fromkeys(item_said(execution, one) for one in many)), "requested by id")
        )
        return ()
    criterion = context.get("criteria", context.get("criterion"))
    if not isinstance(criterion, str):
        raise NotUnderstoodError("Removing needs an item_id or criteria. Nothing was changed.")
    kind = context.get("item_type")
    words = space.lexicon.criteria.get(key_of(criterion))
    name = next(iter(words.values())) if words else criterion
    try:
        criteria = space.types.criterion(name, kind if isinstance(kind, str) else None)
    except NotFoundError as error:
        message = error.message[:1].upper() + error.message[1:]
        raise NotUnderstoodError(f"{message}. Nothing was changed.") from error
    meets = Meets(dict.fromkeys(criteria, name), name.replace("_", " "))
    ids = tuple(one for one, fields in space.fields.items() if meets.holds(fields, space.types))
    if ids:
        execution.steps.append(RemoveItems(ids, meets.said))
    else:
        space.notes.append(f"No item is {meets.said}, so nothing was removed.")
    return ()


def _change(context: Mapping[str, object], execution: Execution) -> tuple[Problem, ...]:
    said = next((context[key] for key in ("item_id", "id", "item_name") if context.get(key)), None)
    nested = next(
        (
            context[key]
            for key in ("fields", "data", "changes", "updates", "set")
            if isinstance(context.get(key), Mapping)
        ),
        None,
    )
    if not isinstance(nested, Mapping):
        raise NotUnderstoodError("A change needs `fields`. Nothing was changed.")
    edit = edit_of(execution, item_said(execution, said), nested)
    execution.steps.append(ChangeItems((edit,)))
    return ()


def _bulk(operation: str, context: Mapping[str, object], execution: Execution) -> tuple[Problem, ...] | None:
    verb = operation.casefold().removesuffix("_multiple").removeprefix("bulk_")
    entries = _entries(context.get("items"))
    if verb not in _ADD | _REMOVE | _CHANGE:
        raise NotUnderstoodError(
            f"There is no operation {operation}; there are add_multiple, remove_multiple and update_multiple. Nothing was changed."
        )
    if not entries:
        raise NotUnderstoodError("items is empty: there is nothing to do. Nothing was changed.")
    if len(entries) > _MOST:
        raise NotUnderstoodError(
            f"At most {_MOST:,} entries can be given at once, not {len(entries):,}. Nothing was changed."
        )
    problems: list[Problem] = []
    added: list[ItemId] = []
    edits: list[ItemEdit] = []
    removed: list[ItemId] = []
    given_ids: set[str] = set()
    for index, entry in enumerate(entries):
        try:
            if verb in _ADD:
                added.append(_bulk_add(entry, context, execution, given_ids))
            elif verb in _REMOVE:
                item_id = item_said(execution, _id_of(entry))
                if item_id not in removed:
                    removed.append(item_id)
            else:
                edits.append(edit_of(execution, item_said(execution, _id_of(entry)), _change_of(entry)))
        except NotUnderstoodError as error:
            if context.get("atomic") is True:
                raise NotUnderstoodError(
                    f"Entry {index + 1} of {len(entries)}: {error.message}", error.candidates
                ) from error
            said = _id_of(entry)
            message = error.message.removesuffix(" Nothing was changed.")
            problems.append(Problem(index, message, said if isinstance(said, str) else ""))
    if added:
        execution.steps.append(tuple(added))
    if edits:
        execution.steps.append(ChangeItems(tuple(edits)))
    if removed:
        execution.steps.append(RemoveItems(tuple(removed), "requested by id"))
    if problems:
        execution.workspace.notes.append(
            f"{len(problems)} of {len(entries)} entries were left out: "
            + " ".join(f"Entry {one.index + 1}: {one.message}" for one in problems[:20])
        )
    return tuple(problems)


def _entries(items: object) -> Sequence[object]:
    if isinstance(items, str):
        try:
            items = json.loads(items)
        except (ValueError, RecursionError) as error:
            raise NotUnderstoodError("items is not valid JSON. Nothing was changed.") from error
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
    entry: object, context: Mapping[str, object], execution: Execution, given_ids: set[str]
) -> ItemId:
    space = execution.workspace
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
        if ItemId(item_id) in space.fields or item_id in given_ids:
            raise NotUnderstoodError(f"There is already an item with the id {item_id}. Nothing was changed.")
        given_ids.add(item_id)
    fields = {str(key): value for key, value in entry.items() if key not in ID_KEYS and value is not None}
    nested = fields.pop("data", None) if isinstance(fields.get("data"), Mapping) else None
    if isinstance(nested, Mapping):
        fields = {**{str(key): value for key, value in nested.items() if value is not None}, **fields}
    kind = fields.get(
        "type", fields.pop("item_type", None) if "item_type" in fields else None
    ) or context.get("item_type")
    kind = kind or space.lexicon.default_type
    if not isinstance(kind, str):
        raise NotUnderstoodError("type must be text. Nothing was changed.")
    word = space.lexicon.types.get(key_of(kind))
    kind = word.type if word and kind not in space.types.declared else kind
    name = fields.get("name", fields.pop("item_name", None) if "item_name" in fields else None)
    name = name if name is not None else names_for(execution.workspace, kind, 1, ())[0]
    return new_item(execution, attrs.evolve(_Fresh(fields), type=kind, name=name).flat(), item_id)


@attrs.frozen
class _Fresh:
    fields: Mapping[str, object]
    type: str = ""
    name: object = ""

    def flat(self) -> dict[str, Value]:
        """Type and name first, as they stand in every item."""
        return {
            "type": self.type,
            "name": plain(self.name),
            **{key: plain(value) for key, value in self.fields.items() if key not in ("type", "name")},
        }
