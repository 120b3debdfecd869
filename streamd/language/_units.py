"""Refuses numbers whose unit is not that of the field they go into: `set the stock of Product A to 450 kg`."""

from streamd.core.declared.field_spec import FieldSpec
from streamd.language._quantities import Quantity
from streamd.language._syntax_tree import NotUnderstoodError
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
    own = spec.unit.split(" ")[0]
    is_own = own == "units" and isinstance(measure, str) and key_of(measure).removesuffix("s") == word
    if own not in _FITTING.get(word, (said,)) and not is_own:
        held = f"is in {spec.unit}" if spec.unit else "has no unit"
        raise NotUnderstoodError(
            f"The {spec.name.replace('_', ' ')} {held}, not in {said}; give the number without it. Nothing was changed."
        )
