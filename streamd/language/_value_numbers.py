"""Numbers in values: thousands separated by a space, weeks in fields that count days."""

import attrs

from streamd.language._lexicon import FieldWord
from streamd.language._quantities import Quantity
from streamd.language._token_reader import TokenReader


def in_days(reader: TokenReader, field: FieldWord) -> bool:
    """Whether the unit of a field is days."""
    declared = reader.lexicon.item_types.declared
    return all(declared[of].fields[name].unit == "days" for of, name in field.items() if of in declared)


def spaced_thousands(reader: TokenReader, number: Quantity) -> Quantity:
    """Join `1 200` to one number, where only a number is possible."""
    following = reader.token()
    before = reader.tokens[reader.at - 1]
    whole = before.kind == "number" and before.text.isdigit() and len(before.text) <= 3
    if not (
        whole
        and following
        and following.text.isdigit()
        and len(following.text) == 3
        and following.value is not None
    ):
        return number
    if before.end + 1 != following.start:
        return number
    reader.at += 1
    sign = -1 if number.value < 0 else 1
    return attrs.evolve(number, value=number.value * 1000 + sign * following.value, end=reader.at)
