"""Values in conditions, read and compared as a declared field holds them."""

from streamd.core.declared.field_spec import FieldSpec
from streamd.core.values import Value, caseless
from streamd.errors import InvalidMessageError


def among(held: object, value: object) -> bool:
    """Check whether a field holds a value, alone or in a list; the case of texts does not count."""
    wanted = caseless(str(value))
    return any(caseless(str(member)) == wanted for member in (held if isinstance(held, list) else [held]))


def literal_of(spec: FieldSpec, right: str, comparison: str) -> Value | None:
    """Read what a field is compared with as its values are stored; None where it is none. A day begins at midnight in UTC."""
    starts = f"{right}T00:00:00Z" if spec.kind == "datetime" and len(right) == len("2027-03-03") else right
    try:
        return spec.literal(starts, comparison)
    except InvalidMessageError:
        return None
