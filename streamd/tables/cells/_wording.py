"""The wording of refusals of single cells."""

from typing import Final

NOT_A_NUMBER: Final = "is not a number"
NOT_A_BOOLEAN: Final = "is neither yes nor no"
NOT_AN_OBJECT: Final = "is not a JSON object"
NOT_A_DATE: Final = "is not a date; write it as 2026-11-20"


def other_unit(word: str, unit: str) -> str:
    """A cell names a unit that cannot be converted into that of its field."""
    return f"is in {word}, which cannot be converted into {unit}"
