"""Reads requests: people's sentences about items, and structured requests, into tool calls, answers or refusals.

`English` is the language as the engine is handed it, and `EnglishWording` its sentences for people. Behind them,
`understand` reads a whole request, `is_structured` says whether its `context` alone defines the operations, `topics_of`
finds the topics of a text, and `preference_of` and `preference_of_names` read and write lasting preferences.
"""

from streamd.language.english import English
from streamd.language.english_wording import EnglishWording
from streamd.language.preference_detection import preference_of
from streamd.language.preference_targets import preference_of_names
from streamd.language.structured import is_structured
from streamd.language.topics import topics_of
from streamd.language.understanding import understand

__all__ = [
    "English",
    "EnglishWording",
    "is_structured",
    "preference_of",
    "preference_of_names",
    "topics_of",
    "understand",
]
