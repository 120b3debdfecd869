"""The fields that a condition compares, and the items it cannot judge because a value there is not of the declared kind."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from streamd.core.criteria import Criterion, FieldTimes
from streamd.core.declared.field_spec import NUMERIC_KINDS, FieldSpec
from streamd.core.item import ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.values import Value, is_number
from streamd.errors import InvalidMessageError
from streamd.language._predicates import (
    AllOf,
    AnyOf,
    Compare,
    HasField,
    HeadedBy,
    MeetsCriterion,
    Not,
    OneOf,
    Predicate,
    ReferredBy,
)

_FEW: Final = 5


def compared_fields(types: ItemTypes, kind: str, condition: Predicate) -> list[str]:
    """The fields of items of a type that a condition compares."""
    match condition:
        case Not(of=inner):
            return compared_fields(types, kind, inner)
        case AllOf(of=parts) | AnyOf(of=parts):
            return [field for part in parts for field in compared_fields(types, kind, part)]
        case OneOf(values=values):
            return [field for of, field in values if of == kind]
        case HasField(field=word):
            return [word[kind]] if kind in word else []
        case ReferredBy() | HeadedBy():
            return []
        case Compare(field=word, right=right):
            other = [right[kind]] if isinstance(right, Mapping) and kind in right else []
            return [*([word[kind]] if kind in word else []), *other]
        case MeetsCriterion(criteria=criteria):
            declared = types.declared.get(kind)
            name = criteria.get(kind)
            if declared is None or name is None:
                return []
            return _criterion_fields(declared.criteria[name])


def _criterion_fields(criterion: Criterion) -> list[str]:
    fields = []
    for one in criterion.conditions:
        fields += [one.field, *([one.right.field] if isinstance(one.right, FieldTimes) else [])]
    return fields


def misfits_of(
    types: ItemTypes, items: Mapping[ItemId, Mapping[str, Value]], condition: Predicate
) -> dict[ItemId, list[str]]:
    """Find the items that a condition cannot judge, each with the values that are not of the declared kind, in words."""
    kinds = {str(fields.get("type", "")) for fields in items.values()}
    specs = {kind: _ordered_specs(types, kind, condition) for kind in kinds}
    found = {one: _misfits(fields, specs[str(fields.get("type", ""))]) for one, fields in items.items()}
    return {one: worded for one, worded in found.items() if worded}


def _ordered_specs(types: ItemTypes, kind: str, condition: Predicate) -> list[FieldSpec]:
    """The declared fields of a type that a condition compares and whose values have an order: numbers and dates."""
    declared = types.declared.get(kind)
    specs = {} if declared is None else declared.fields
    return [
        specs[name]
        for name in dict.fromkeys(compared_fields(types, kind, condition))
        if name in specs and specs[name].kind in (*NUMERIC_KINDS, "date", "datetime")
    ]


def _misfits(fields: Mapping[str, Value], specs: Iterable[FieldSpec]) -> list[str]:
    """Fields of an item whose value is not of the declared kind, in words: `current stock «many»`."""
    return [
        f"{spec.name.replace('_', ' ')} «{value}»"
        for spec in specs
        if (value := fields.get(spec.name)) is not None and not _fits(spec, value)
    ]


def _fits(spec: FieldSpec, value: Value) -> bool:
    if spec.kind in NUMERIC_KINDS:
        return is_number(value)
    try:
        spec.literal(value, "==")
    except InvalidMessageError:
        return False
    return True


def unjudged_note(
    unjudged: Mapping[ItemId, Sequence[str]], nouns: str, name_of: Callable[[ItemId], str]
) -> str:
    """Say which items a condition cannot judge, by their values."""
    named = "; ".join(f"{name_of(one)} has {', '.join(unjudged[one])}" for one in [*unjudged][:_FEW])
    more = f"; and {len(unjudged) - _FEW:,} more" if len(unjudged) > _FEW else ""
    whose = f"{len(unjudged):,} {nouns}, whose values are not of the declared kind"
    return f"I could not judge {whose}: {named}{more}."
