"""Connectives: words that introduce an exception."""

from typing import Final

EXCEPTING: Final = (
    "except for", "except", "excepting", "excluding", "other than", "apart from", "aside from", "save for", "not including",
    "leaving out", "with the exception of", "with exception of", "barring", "not counting", "without touching", "but not",
    "but for",
)  # fmt: skip
"""Prepositions before the items that are left out: `all suppliers except Acme`."""
