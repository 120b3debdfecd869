"""Decides changes against the current item. The only place of the conflict rules.

A field conflicts only if it changed after the writer's base: its version is the position of the event that last changed
it, and the base is the position up to which the writer had read.
"""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import assert_never, cast

from streamd.core._differences import events_and_item
from streamd.core.change import (
    AddItem,
    Change,
    ChangeItem,
    Publish,
    RemoveItem,
    check_base,
    check_precondition,
    fields_in_nfc,
    for_fields,
    increased,
    joined,
)
from streamd.core.declared.relations import Relations
from streamd.core.event import ITEM_EVENT_TYPES, NAMES_CHANGED, Event
from streamd.core.item import START, DamagedItem, Item, ItemId, Known, Seq, Tombstone
from streamd.core.item_type import ItemType, ItemTypes, all_of
from streamd.core.values import (
    Value,
    check_field_name,
    check_fields,
    check_item_id,
    check_item_name,
    check_type_name,
    check_value,
    equal,
    is_empty,
)
from streamd.errors import (
    ConflictError,
    ExistsError,
    GoneError,
    InvalidMessageError,
    NotFoundError,
)
from streamd.facts import fact

NO_CONFLICTS: Mapping[str, Mapping[str, object]] = {}


@fact
class Decision:
    """Effects of an accepted change."""

    events: tuple[Event, ...]
    """In order; the first takes the position that the decision was made for. Empty: the change makes no difference."""
    after: Known
    """Stored state of the id afterwards."""
    overwrote: Mapping[str, Mapping[str, object]] = NO_CONFLICTS
    """Fields that had changed after the base and were overwritten: `{field: {value, version}}`; value null: removed."""
    conflicts: Mapping[str, Mapping[str, object]] = NO_CONFLICTS
    """Fields that had changed after the base and were not written, in the same shape."""


def decide(
    change: Change, known: Known, types: ItemTypes, seq: Seq, relations: Relations | None = None
) -> Decision:
    """Accept or refuse one change.

    Args:
        change: the requested change.
        known: current state of its id.
        types: the declared item types.
        seq: position of its first event.
        relations: what its item has to do with others; None: that is not judged.

    Raises:
        RefusedError: `invalid_message`, `not_found`, `gone`, `exists` or `conflict`; nothing changes.

    """
    match change:
        case AddItem():
            return _add(change, known, types, seq, relations)
        case ChangeItem():
            check_base(change, seq)
            return _change(change, _present(change, known), types, seq, relations)
        case RemoveItem():
            check_base(change, seq)
            if isinstance(known, DamagedItem):
                check_precondition(change, known)
                event = Event("item_removed", known.id, {"reason": change.reason}, known.type)
                return Decision((event,), Tombstone(known.id, seq))
            return _remove(change, _present(change, known), seq)
        case Publish():
            if change.event_type in (*ITEM_EVENT_TYPES, NAMES_CHANGED):
                raise InvalidMessageError(
                    f"{change.event_type} is made by real changes only; choose another event_type",
                    path="event_type",
                )
            if isinstance(known, Item | DamagedItem):
                about = Event(change.event_type, change.item_id, change.data, known.type, known.flat())
            else:
                about = Event(change.event_type, change.item_id, change.data)
            return Decision((about,), known)
        case _:
            assert_never(change)


def _present(change: ChangeItem | RemoveItem, known: Known) -> Item:
    item_id = change.item_id
    match known:
        case Item():
            check_precondition(change, known)
            return known
        case DamagedItem():
            raise known.refusal()
        case Tombstone():
            raise GoneError(f"item {item_id} was removed", item_id=item_id, version=known.version)
        case None:
            raise NotFoundError(f"there is no item {item_id}", item_id=item_id)
        case _:
            assert_never(known)


def _add(change: AddItem, known: Known, types: ItemTypes, seq: Seq, relations: Relations | None) -> Decision:
    if isinstance(known, DamagedItem):
        raise known.refusal()
    if isinstance(known, Item):
        raise ExistsError(
            f"an item {change.item_id} is there already", item_id=change.item_id, version=known.version
        )
    check_fields(change.fields, "item")
    fields = given = fields_in_nfc(change.fields)
    if None in given.values():
        fields = {name: value for name, value in given.items() if value is not None}
    item_type = fields.get("type")
    if not isinstance(item_type, str) or not item_type:
        raise InvalidMessageError("an item needs a type, for example inventory", path="item.type")
    check_type_name(item_type)
    check_item_id(change.item_id)  # made of the type where none was given
    declared = types.get(item_type)
    if not change.restores:
        check_item_name(fields.get("name"))
        fields |= declared.defaults(given)
    fitted = _fitted(
        declared, change.item_id, fields, relations, required=declared.required, restores=change.restores
    )
    stored = cast("dict[str, Value]", fitted)
    versions = dict.fromkeys(stored, seq)
    born = change.place if change.restores else seq
    if isinstance(known, Tombstone) and born is not None:
        versions["id"] = born  # a base below it is about another item
    item = Item(change.item_id, stored, versions, seq, change.place or seq)
    return Decision((Event("item_added", item.id, item.flat(), item_type),), item)


def _remove(change: RemoveItem, item: Item, seq: Seq) -> Decision:
    if change.base is not None and item.version > change.base:
        raise ConflictError(
            f"item {item.id} changed since {change.base}; look at it again before removing it",
            item_id=item.id,
            version=item.version,
            item=item.flat(),
        )
    event = Event(
        "item_removed", item.id, {"reason": change.reason}, item.type, before=item.flat(), place=item.added
    )
    return Decision((event,), Tombstone(item.id, seq))


def _change(
    change: ChangeItem, item: Item, types: ItemTypes, seq: Seq, relations: Relations | None
) -> Decision:
    if change.on_conflict == "reject" and change.base is None and (change.set or change.unset):
        raise InvalidMessageError(
            "on_conflict `reject` needs a base: the last seq you have applied", path="base"
        )
    if change.base is not None and change.base < item.born:
        raise ConflictError(
            f"item {item.id} was removed and added again since {change.base}: this is another item; read it first",
            item_id=item.id,
            version=item.version,
            item=item.flat(),
        )
    change = for_fields(change, item.fields)
    new_values = _new_values(change, item, types)
    conflicting = NO_CONFLICTS
    if change.base is not None and item.version > change.base:
        conflicting = _conflicting_fields(item, new_values, change, change.base)
    overwrote, conflicts = conflicting, NO_CONFLICTS
    if conflicting and change.on_conflict == "reject":
        raise ConflictError(
            f"item {item.id} changed since {change.base}: {', '.join(conflicting)}",
            item_id=item.id,
            version=item.version,
            fields=conflicting,
        )
    if conflicting and change.on_conflict == "merge":
        new_values = {name: value for name, value in new_values.items() if name not in conflicting}
        overwrote, conflicts = NO_CONFLICTS, conflicting
    stored = _fitted_changes(new_values, item, types, relations)
    events, after = events_and_item(item, stored, seq)
    return Decision(events, after, overwrote, conflicts)


def _fitted_changes(
    new_values: Mapping[str, Value | None], item: Item, types: ItemTypes, relations: Relations | None
) -> Mapping[str, Value | None]:
    """The values that differ from the item's, as they are stored; of all its fields where the type does."""
    fields = item.fields
    differing: dict[str, Value | None] = {}
    for name, value in new_values.items():
        if not equal(fields.get(name), value):
            if name not in fields:
                check_field_name(name)
            check_value(value, name)
            differing[name] = value
    if not differing:
        return differing
    if "name" in differing:
        check_item_name(differing["name"])
    current_type = fields.get("type")
    item_type = differing.get("type", current_type)
    if not isinstance(item_type, str) or not item_type:
        raise InvalidMessageError("an item keeps a type; it can be changed, not removed", path="type")
    declared = types.get(item_type)
    if item_type == current_type:
        return _fitted(declared, item.id, differing, relations)
    check_type_name(item_type)
    return _fitted(declared, item.id, {**item.fields, **differing}, relations, required=declared.required)


def _fitted(
    item_type: ItemType,
    item_id: ItemId,
    values: Mapping[str, Value | None],
    relations: Relations | None,
    required: Iterable[str] = (),
    *,
    restores: bool = False,
) -> dict[str, Value | None]:
    """Values as they are stored. Raises InvalidMessageError with all mistakes; an empty value is one for a required field.

    An item that is restored may have one, as it had it before.
    """
    mistakes: list[InvalidMessageError] = []
    for name in required:
        if name not in values:
            mistakes.append(item_type.needs(name))
    fit = item_type.fitted if relations is None else partial(relations.fitted, item_type, item_id)
    stored: dict[str, Value | None] = {}
    for name, value in values.items():
        try:
            if name in item_type.required and (value is None if restores else is_empty(value)):
                raise item_type.needs(name)
            stored[name] = None if value is None else fit(name, value)
        except InvalidMessageError as mistake:
            mistakes.append(mistake)
    if mistakes:
        raise all_of(mistakes)
    return stored


def _new_values(change: ChangeItem, item: Item, types: ItemTypes) -> Mapping[str, Value | None]:
    """New value of every field in the change; None removes the field."""
    if not (change.unset or change.inc or change.add_to_set):
        return change.set
    declared = types.declared.get(str(change.set.get("type") or item.type))
    specs = {} if declared is None else declared.fields
    joining = {
        name: specs[name].members_as_stored(more) if name in specs else more
        for name, more in change.add_to_set.items()
    }
    new_values: dict[str, Value | None] = {**change.set, **dict.fromkeys(change.unset)}
    counted: list[tuple[str, Value]] = [
        *((name, increased(item.fields.get(name, 0), name, by)) for name, by in change.inc.items()),
        *((name, joined(item.fields.get(name, []), name, more)) for name, more in joining.items()),
    ]
    for name, value in counted:
        if name in new_values:
            raise InvalidMessageError(f"{name} is set and counted in one change; choose one", path=name)
        new_values[name] = value
    return new_values


def _conflicting_fields(
    item: Item, names: Iterable[str], change: ChangeItem, base: Seq
) -> Mapping[str, Mapping[str, object]]:
    """Fields that changed after the base. `inc` and `add_to_set` never conflict."""
    return {
        name: {"value": item.fields.get(name), "version": item.versions[name]}
        for name in names
        if name not in change.inc and name not in change.add_to_set and item.versions.get(name, START) > base
    }
