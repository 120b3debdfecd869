"""Resolves assignments on items: the field that is meant, and the value it gets."""

import re
from collections.abc import Mapping
from typing import Final

from streamd.core.declared.field_spec import NUMERIC_KINDS, FieldSpec
from streamd.core.item import ItemId
from streamd.core.item_type import COMMON_FIELDS
from streamd.core.lists.exact_numbers import exact_product, exact_sum
from streamd.core.values import Value, check_fields
from streamd.errors import InvalidMessageError
from streamd.language._dates import as_stored, period_of, year_note
from streamd.language._quantities import tidy
from streamd.language._references import those_there
from streamd.language._syntax_tree import Assignment, NameMention, NotUnderstoodError, NounPhrase
from streamd.language._tokens import key_of
from streamd.language._units import check_unit
from streamd.language._working_set import WorkingSet

_NUMBER: Final = re.compile(r"-?\d{1,15}(?:,\d{3}){0,4}(?:\.\d{1,15})?")


_AMOUNT_BESIDE: Final = re.compile(
    r"\s(?:over|under|above|below|worth|for|about|around|totall?ing|costing)\s+[$€£]?\d.*$|\s[$€£]\s?\d.*$",
    re.IGNORECASE,
)
"""An amount after a name that is no part of it."""


def write_fields(working: WorkingSet, item_id: ItemId, change: Mapping[str, Value]) -> None:
    """Set fields of an item; raises with the rule of its type that forbids a value."""
    try:
        check_fields(change)
        item_type = working.types.get(str(change.get("type", working.type_of(item_id))))
        for field, value in change.items():
            item_type.fitted(field, value)
        if "type" in change:
            item_type.check({**working.fields[item_id], **change})
    except InvalidMessageError as error:
        raise NotUnderstoodError(
            f"{working.name_of(item_id)}: {error.message}. Nothing was changed."
        ) from error
    working.fields[item_id] = {**working.fields[item_id], **change}


def assigned_field(working: WorkingSet, item_id: ItemId, assignment: Assignment) -> str:
    """The field of an item that an assignment means."""
    item_type = working.type_of(item_id)
    if assignment.values:
        for wanted in ("supplier", "location", "category", "status"):
            mine = working.lexicon.field(wanted).get(item_type)
            if mine and any(field == mine for _, field in assignment.values):
                return mine
        fields = {field for of, field in assignment.values if of == item_type}
        if len(fields) == 1:
            return fields.pop()
        raise NotUnderstoodError(
            f"I do not know which field «{assignment.raw}» belongs in, so nothing was changed."
        )
    field = assignment.field.get(item_type)
    if field is None and item_type not in working.types.declared and assignment.field_surface:
        return key_of(assignment.field_surface).replace(" ", "_")
    if field is None:
        raise NotUnderstoodError(
            f"{working.name_of(item_id)} is of type {item_type}, which has no {assignment.field_surface or 'such field'}. "
            "Nothing was changed."
        )
    return field


def assigned_value(
    working: WorkingSet, item_id: ItemId, field: str, one: Assignment, now: Value | None
) -> Value:
    """The value that an assignment gives to a field."""
    name = working.name_of(item_id)
    spec = _spec(working, working.type_of(item_id), field)
    if one.number is not None and not one.ids:
        measure = working.lexicon.field("unit of measure").get(working.type_of(item_id), "")
        check_unit(one.number, spec, working.fields[item_id].get(measure), change=one.delta)
    if one.source is not None:
        source = working.fields[item_id].get(one.source.get(working.type_of(item_id), ""))
        if source is None:
            raise NotUnderstoodError(
                f"{name} has no such field to take the value from, so nothing was changed."
            )
        return source
    if one.ids:
        return [working.name_of(one.ids[0])]
    if one.delta or one.factor is not None:
        if not isinstance(now, int | float) or isinstance(now, bool):
            counts = field == working.lexicon.field("stock").get(working.type_of(item_id))
            if now is None and counts and one.delta and one.number is not None and not one.number.percent:
                return tidy(one.number.value)
            if isinstance(now, str):
                raise NotUnderstoodError(
                    f"The {field.replace('_', ' ')} of {name} is «{now}», not a number, so nothing can be added to it. Say "
                    f"«set the {field.replace('_', ' ')} of {name} to …» to change it. Nothing was changed."
                )
            raise NotUnderstoodError(f"{name} has no number in {field}, so nothing was changed.")
        if one.factor is not None:
            return tidy(float(f"{exact_product(now, one.factor):.15g}"))  # a third of 12 is 4
        number = one.number
        assert number is not None
        more = exact_product(now, exact_product(number.value, 0.01)) if number.percent else number.value
        return tidy(exact_sum((now, more)))
    if one.number is not None:
        return tidy(one.number.value)
    if (
        spec is None
        and not isinstance(now, str)
        and field not in COMMON_FIELDS
        and _NUMBER.fullmatch(one.raw)
    ):
        return tidy(float(one.raw.replace(",", "")))
    return text_value(working, one.raw, spec, field)


def text_value(working: WorkingSet, raw: str, spec: FieldSpec | None, field: str) -> Value:
    """Convert a text to the field's kind; for a field that refers to items, to the name of the item meant."""
    if field == "type":
        word = working.lexicon.types.get(key_of(raw))
        return word.type if word else key_of(raw)
    if spec is None:
        return raw
    if spec.choices:
        return next((choice for choice in spec.choices if key_of(str(choice)) == key_of(raw)), raw)
    if spec.kind == "array":
        members = [part.strip() for part in re.split(r",|\band\b", raw) if part.strip()]
        return [_member(spec, one) for one in members]
    if spec.kind == "boolean":
        return {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}.get(
            key_of(raw), raw
        )
    if spec.refers_to:
        if beside := _AMOUNT_BESIDE.search(raw):
            raise NotUnderstoodError(
                f"I did not understand «{beside[0].strip()}» after «{raw[: beside.start()]}»: say which field it is, for example "
                "«with total 300». Nothing was changed."
            )
        try:
            found = working.named(NameMention(raw), NounPhrase(type=spec.refers_to))
        except NotUnderstoodError as error:
            if error.candidates and "no item" not in error.message:
                raise
            if spec.is_reference:
                there = those_there(working.lexicon.shown.get(spec.refers_to, ()))
                raise NotUnderstoodError(
                    f"There is no {spec.refers_to} called «{raw}»{there} Nothing was changed.",
                    error.candidates,
                ) from error
            working.notes.append(
                f"There is no {spec.refers_to} called «{raw}» here; the name stands in {field} all the same."
            )
            return raw
        return _shown_in_field(working, spec, found[0])
    if spec.kind in ("date", "datetime") and (day := period_of(raw, field, working.today)):
        if day.is_guessed:
            working.notes.append(year_note(raw, day))
        return as_stored(day, raw)
    key = key_of(raw)
    known = {
        value
        for one in (key, key.removeprefix("the "))
        for (_, name), value in working.lexicon.values.get(one, {}).items()
        if name == field
    }
    return known.pop() if len(known) == 1 else raw


def _member(spec: FieldSpec, text: str) -> Value:
    """A member of a list as its kind says, where the text can be one."""
    if spec.members in NUMERIC_KINDS and _NUMBER.fullmatch(text):
        return tidy(float(text.replace(",", "")))
    if spec.members in ("date", "datetime") and (day := period_of(text, "", None)):
        return as_stored(day, text)
    return text


def _shown_in_field(working: WorkingSet, spec: FieldSpec, item_id: ItemId) -> str:
    """The text that stands for an item in a field that refers to it, as items are read here: its name where that is clear, else its id."""
    name = working.name_of(item_id)
    alike = [one for one in working.lexicon.names.get(key_of(name), ()) if one in working.fields]
    is_clear = sum(working.type_of(one) == spec.refers_to for one in alike) == 1
    return name if is_clear or not spec.is_reference else item_id


def with_ids(working: WorkingSet, item_type: str, fields: Mapping[str, Value]) -> dict[str, Value]:
    """Fields as they are to be stored: in references the ids of the items that the names here mean."""
    return {
        name: _id_meant(working, spec, value)
        if isinstance(value, str) and (spec := _spec(working, item_type, name)) and spec.is_reference
        else value
        for name, value in fields.items()
    }


def _id_meant(working: WorkingSet, spec: FieldSpec, name: str) -> Value:
    ids = [
        one
        for one in working.lexicon.names.get(key_of(name), ())
        if one in working.fields and working.type_of(one) == spec.refers_to and one not in working.fresh
    ]
    return ids[0] if len(ids) == 1 else name


def _spec(working: WorkingSet, item_type: str, field: str) -> FieldSpec | None:
    declared = working.types.declared.get(item_type)
    return declared.fields.get(field) if declared else None
