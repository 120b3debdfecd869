"""Finds criteria that no item can meet, because their conditions on a field contradict each other or its declaration."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from streamd.core.criteria import Condition, CriterionByType, FieldTimes, Where, WhereClause
from streamd.core.declared.field_spec import NUMERIC_KINDS, FieldSpec
from streamd.core.item_type import ItemType, ItemTypes
from streamd.core.values import Value, is_number
from streamd.errors import Mistake

_DECIDED: Final = frozenset({"==", "!=", "<", "<=", ">", ">=", "in", "=~", "!~", "in~"})
"""Comparisons with a value that a few values of the field decide for all of them."""


def impossible_criteria(types: ItemTypes) -> Iterator[Mistake]:
    """Find the criteria that nothing can meet."""
    for declared in types:
        for criterion in declared.criteria.values():
            if why := _impossible(criterion.conditions, declared, ()):
                path = f"item_types.{declared.name}.criteria.{criterion.name}.where"
                yield Mistake(path, f"no item can meet it: {why}")


def _impossible(clause: WhereClause, declared: ItemType, beside: Sequence[WhereClause]) -> str:
    """Say why a clause cannot hold together with those beside it; empty where it can, or nobody knows."""
    if isinstance(clause, Where) and clause.group == "any" and clause.parts:
        reasons = [_impossible(part, declared, beside) for part in clause.parts]
        return reasons[0] if all(reasons) else ""
    together = [*beside, *_joined(clause)]
    by_field: dict[str, list[WhereClause]] = {}
    for part in together:
        if (field := _only_field(part)) is not None:
            by_field.setdefault(field, []).append(part)
    for field, about in by_field.items():
        values = list(_deciding(field, about, declared))
        if values and not any(all(part.holds(fields) for part in about) for fields in values):
            return f"{field} is never {_worded(about)}"
    options = [part for part in together if isinstance(part, Where) and part.group == "any"]
    return next((why for one in options if (why := _apart(one, declared, together))), "")


def _apart(options: Where, declared: ItemType, together: Sequence[WhereClause]) -> str:
    return _impossible(options, declared, [one for one in together if one is not options])


def _joined(clause: WhereClause) -> Iterator[WhereClause]:
    """The clauses that must all hold where this one does."""
    if isinstance(clause, Where) and clause.group == "all":
        for part in clause.parts:
            yield from _joined(part)
    else:
        yield clause


def _only_field(clause: WhereClause) -> str | None:
    """The one field that a clause is about; None where it is about several, or compares in another way."""
    match clause:
        case Condition(comparison=comparison, right=right):
            return clause.field if comparison in _DECIDED and not isinstance(right, FieldTimes) else None
        case Where(parts=parts):
            fields = {_only_field(part) for part in parts}
            return fields.pop() if len(fields) == 1 else None
        case CriterionByType():
            return None


def _deciding(field: str, about: Sequence[WhereClause], declared: ItemType) -> Iterator[Mapping[str, Value]]:
    """Fields of items, one of which meets the clauses if any item does; none where that cannot be told."""
    spec = declared.fields.get(field)
    if spec is not None and spec.kind in ("array", "object"):
        return
    compared = list(_compared(about))
    if field == "type":
        yield {"type": declared.name}
        return
    if field not in declared.required:
        yield {}
    for value in _values(spec, compared):
        if spec is None or _allows(spec, value):
            yield {field: value}


def _values(spec: FieldSpec | None, compared: Sequence[object]) -> Iterator[Value]:
    """Values at, between, below and above those that a field is compared with."""
    if spec is not None and spec.choices:
        yield from spec.choices
    elif spec is not None and spec.kind == "boolean":
        yield from (True, False)
    elif spec is not None and spec.kind in NUMERIC_KINDS:
        bounds = [one for one in (spec.minimum, spec.maximum) if one is not None]
        numbers = sorted(
            {float(one) for one in (*compared, *bounds) if isinstance(one, int | float)} or {0.0}
        )
        yield from (numbers[0] - 1, numbers[-1] + 1)
        for low, high in zip(numbers, (*numbers[1:], numbers[-1]), strict=True):
            yield from (low, (low + high) / 2, float(int(low)) + 1, float(int(high)) - 1)
    else:
        yield ""
        for text in compared:
            if isinstance(text, str):
                yield from (text, f"{text}\0", text.upper(), text.lower())


def _allows(spec: FieldSpec, value: Value) -> bool:
    if not is_number(value) or not isinstance(value, int | float):
        return True
    return (
        (spec.kind != "integer" or float(value).is_integer())
        and (spec.minimum is None or value >= spec.minimum)
        and (spec.maximum is None or value <= spec.maximum)
    )


def _compared(clauses: Sequence[WhereClause]) -> Iterator[object]:
    for condition in Where(tuple(clauses)):
        if isinstance(condition.right, list):
            yield from condition.right
        else:
            yield condition.right


def _worded(clauses: Sequence[WhereClause], joint: str = " and ") -> str:
    return joint.join(map(_clause_worded, clauses))


def _clause_worded(clause: WhereClause) -> str:
    match clause:
        case Condition():
            return f"{clause.comparison} {json.dumps(clause.right, ensure_ascii=False)}"
        case Where(parts=parts, group=group):
            worded = _worded(parts, " or " if group == "any" else " and ")
            worded = f"({worded})" if len(parts) > 1 else worded
            return f"not {worded}" if group == "not" else worded
        case CriterionByType():
            return clause.name
