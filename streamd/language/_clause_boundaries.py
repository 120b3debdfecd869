"""Clause boundaries: words at which a text without quotes ends."""

from typing import Final

from streamd.language._token_reader import LATER, TokenReader
from streamd.text.connectives import EXCEPTING
from streamd.text.wordlist import words

_CERTAIN: Final = words("unless whenever because provided providing instead if when until without") | {
    one for one in EXCEPTING if " " not in one
}
_CERTAIN_PHRASES: Final = (*(one for one in EXCEPTING if " " in one), "with the exception", "as long as", "as soon as", "in case", "so that",
                           "in order to", "only if", "only when", "even if", "even though", "rather than", "due to", "owing to")  # fmt: skip
_LIKELY: Final = words(
    "if when while since until till once after before though although for not who whose which where that besides whether as without"
)
"""Boundaries unless they are capitalised within a title: `Life After Death`."""


def starts_clause(reader: TokenReader, at: int) -> bool:
    """Whether a new clause begins at this token, so that the text before it ends."""
    token = reader.tokens[at]
    if token.kind == "quoted":
        return False
    back, reader.at = reader.at, at
    certain = token.norm in _CERTAIN or reader.here(*_CERTAIN_PHRASES) or reader.here(*LATER)
    reader.at = back
    titled = token.text[:1].isupper() and not token.text.isupper()
    return certain or (token.norm in _LIKELY and not titled)
