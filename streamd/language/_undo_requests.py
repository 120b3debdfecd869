"""Requests that take back what was done last: `undo that`, `take that back`, `please revert the last change`."""

import re
from typing import Final

_MOST_CHARACTERS: Final = 100
_POLITE: Final = (
    r"(?:(?:please|oh|no|oops|sorry|wait|hm+|ok|okay|actually|just|quickly|now|hi|hey|hello|can you|could you|would you|will you"
    r"|i want to|i'd like to|i would like to|let's)[\s,.!…-]*)*"
)
_AFTER: Final = (
    r"(?:[\s,]*(?:please|now|again|thanks|thank you|sorry|for me|right away|immediately))*[\s.!?…]*"
)
_WHAT: Final = r"(?:that|it|this|(?:the|my|our|that|this) (?:last|latest|previous|most recent)? ?(?:change|changes|one|request|step|action|edit))"
_UNDO: Final = re.compile(
    rf"{_POLITE}(?:(?:undo|revert|roll back)(?: {_WHAT})?|(?:take|roll) {_WHAT} back){_AFTER}", re.IGNORECASE
)


def is_undo(text: str) -> bool:
    """Whether a text says nothing but to take back what was done last."""
    plain = " ".join(text.replace("\u2019", "'").split())
    return len(plain) <= _MOST_CHARACTERS and _UNDO.fullmatch(plain) is not None
