"""Creates new items: their number, names and default fields."""

from typing import Final

from streamd.core.item import ItemId
from streamd.core.values import Value
from streamd.errors import InvalidMessageError
from streamd.language._field_values import assigned_field, assigned_value, write_fields
from streamd.language._new_item_details import QUANTITY_FIELD
from streamd.language._quantities import tidy
from streamd.language._syntax_tree import Assignment, NewItems, NotUnderstoodError
from streamd.language._tokens import key_of
from streamd.language._working_set import WorkingSet
from streamd.text.letter_case import capitalised

MOST_NEW_ITEMS: Final = 10_000


def add(working: WorkingSet, new: NewItems) -> list[ItemId]:
    """Add new items to the working set, under ids that are valid within the request."""
    wanted = new.count.value if new.count else max(1, len(new.names))
    if new.count and len(new.names) > 1 and wanted != len(new.names) and wanted != 1:
        raise NotUnderstoodError(
            f"You said {wanted:g} but gave {len(new.names)} names, so nothing was changed."
        )
    if wanted > MOST_NEW_ITEMS:
        raise NotUnderstoodError(
            f"At most {MOST_NEW_ITEMS:,} items can be added at once, not {wanted:,.0f}. Nothing was changed."
        )
    if wanted < 1 or wanted != int(wanted):
        raise NotUnderstoodError(f"I cannot add {wanted:g} items, so nothing was changed.")
    if new.count and new.count.vague:
        working.notes.append(f"I took «{new.count.vague}» to mean {wanted:g}.")
    for name in new.names:
        check_no_place(working, new.type, name)
    count = max(int(wanted), len(new.names))
    names = names_for(working, new.type, count, new.names)
    return [add_one(working, new.type, name, new.assignments) for name in names]


def check_no_place(working: WorkingSet, item_type: str, name: str) -> None:
    """Refuse a new item that is called like a place where items of its type are."""
    places = {working.lexicon.field(word).get(item_type) for word in ("location", "destination")} - {None}
    if any(field in places for _, field in working.lexicon.values.get(key_of(name), {})):
        raise NotUnderstoodError(
            f"«{name}» is a place here, not a name: say «in {name}», or choose another name. Nothing was changed."
        )


def names_for(working: WorkingSet, item_type: str, count: int, given: tuple[str, ...]) -> list[str]:
    """Names for new items: those given, or unused numbered ones."""
    taken = working.lexicon.names
    if len(given) == count:
        for name in given:
            if taken.get(key_of(name)):
                working.notes.append(f"There is already an item called «{name}».")
        return list(given)
    declared = working.types.declared.get(item_type)
    stem = given[0] if given else (declared.title if declared and declared.title else item_type)
    stem = stem if given else capitalised(stem)
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        if not taken.get(key_of(f"{stem} {number}")):
            names.append(f"{stem} {number}")
    return names


def add_one(working: WorkingSet, item_type: str, name: str, assignments: tuple[Assignment, ...]) -> ItemId:
    """Add one item, with the defaults of its type for the fields that are not given."""
    item_id = ItemId(f"\0new {len(working.fresh) + 1}")
    working.fields[item_id] = {"type": item_type, "name": name}
    working.fresh.add(item_id)
    try:
        declared = working.types.get(item_type)
        given: dict[str, Value] = {}
        for one in assignments:
            field = assigned_field(working, item_id, one)
            if one.ids:
                if one.ids[0] not in working.fields:
                    raise NotUnderstoodError(
                        f"«{one.raw}» is removed by the same request, so nothing can be ordered of it. Nothing was changed."
                    )
                if one.number is not None:
                    given[QUANTITY_FIELD] = tidy(one.number.value)
                supplier = working.lexicon.field("supplier").get(item_type, "")
                usual = working.fields[one.ids[0]].get("supplier")
                if (
                    supplier
                    and usual
                    and not any(other.field.get(item_type) == supplier for other in assignments)
                ):
                    given[supplier] = usual
            if not one.unset:
                given[field] = assigned_value(working, item_id, field, one, None)
        write_fields(working, item_id, {"name": name, **given})
        defaults = {
            spec.name: spec.default
            for spec in declared.fields.values()
            if spec.default is not None
            and spec.name not in given
            and not any(
                one.unset and assigned_field(working, item_id, one) == spec.name for one in assignments
            )
        }
        working.fields[item_id] = {**working.fields[item_id], **defaults}
        declared.check(working.fields[item_id])
    except InvalidMessageError as error:
        raise NotUnderstoodError(f"{error.message}. Nothing was changed.") from error
    working.lexicon.learn(name, item_id)
    return item_id


def copy_of(working: WorkingSet, item_id: ItemId, name: str) -> ItemId:
    """Add a copy of an item under a new name."""
    check_no_place(working, working.type_of(item_id), name)
    fresh = ItemId(f"\0new {len(working.fresh) + 1}")
    if working.lexicon.names.get(key_of(name)):
        working.notes.append(f"There is already an item called «{name}».")
    working.fields[fresh] = {key: value for key, value in working.fields[item_id].items() if key != "id"} | {
        "name": name
    }
    working.fresh.add(fresh)
    working.lexicon.learn(name, fresh)
    return fresh
