"""Reads requests: people's sentences about items, and structured requests, into tool calls, answers or refusals.

`understand` reads a whole request, `is_structured` says whether its `context` alone says what to do, and `preference_of` and
`preference_of_names` read and write lasting preferences.
"""

from streamd.language.preference_detection import preference_of
from streamd.language.preference_targets import of_names
from streamd.language.structured import is_structured
from streamd.language.understanding import understand

__all__ = [
    "is_structured",
    "of_names",
    "preference_of",
    "understand",
]
