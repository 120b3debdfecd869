"""Refuses numbers whose unit is not that of the field they go into: `set the stock of Product A to 450 kg`."""

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.item_type import ItemTypes
from streamd.language._lexicon import FieldWord
from streamd.language._quantities import Quantity
from streamd.language._syntax_tree import NotUnderstoodError, UnclearValueError
from streamd.language._tokens import key_of

_FITTING = {
    "money": ("money",),
    "percent": ("percent", ""),
    "day": ("days",),
    "point": ("", "percent"),
    "unit": ("units", ""),
    "piece": ("units", ""),
    "pc": ("units", ""),
    "pt": ("", "percent"),
}
"""The units of fields, by their first words, that each unit in a request fits; `` is a field without one."""


def check_unit(number: Quantity, spec: FieldSpec | None, measure: object, *, change: bool) -> None:
    """Raise for a number that is vague, or in a unit that is not the field's. `measure`: the item's own unit of stock."""
    if number.vague not in ("", "couple"):
        raise NotUnderstoodError(f"«{number.vague}» is no exact number, so nothing was changed.")
    said = "money" if number.money else "percent" if number.percent else number.unit
    if spec is None or not said or (change and number.percent):
        return
    word = said.removesuffix("s")
    is_own = spec.unit == "units" and isinstance(measure, str) and key_of(measure).removesuffix("s") == word
    if not _fits(said, spec) and not is_own:
        held = f"is in {spec.unit}" if spec.unit else "has no unit"
        raise NotUnderstoodError(
            f"The {spec.name.replace('_', ' ')} {held}, not in {said}; give the number without it. Nothing was changed."
        )


def check_compared_unit(number: Quantity, field: FieldWord, types: ItemTypes) -> None:
    """Raise for a comparison of a field with a number in a unit that no type has it in: `more than 5 kg in stock`."""
    said = "money" if number.money else "percent" if number.percent else number.unit
    specs = [
        spec
        for of, name in field.items()
        if of in types.declared and (spec := types.declared[of].fields.get(name)) is not None
    ]
    if said and specs and not any(_fits(said, spec) for spec in specs):
        raise UnclearValueError(
            f"I did not understand «{said}»: the {specs[0].name.replace('_', ' ')} is in {specs[0].unit or 'no unit'}. "
            "Nothing was changed."
        )


def _fits(said: str, spec: FieldSpec) -> bool:
    return spec.unit.split(" ")[0] in _FITTING.get(said.removesuffix("s"), (said,))
