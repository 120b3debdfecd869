"""Reads requests: people's sentences about items, and structured requests, into tool calls, answers or refusals.

from streamd.language.english import English
from streamd.language.preferences import preference_of
from streamd.language.structured import is_structured
from streamd.language.topics import topics_of
from streamd.language.understanding import understand

__all__ = ["English", "is_structured", "preference_of", "topics_of", "understand"]
