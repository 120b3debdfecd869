"""Abridged texts: beginning and end of a long one, with a mark that says how much is left out between them."""

from typing import Final

_MARK: Final = "\n[… {count:,} characters left out …]\n"
_LONGEST_MARK: Final = 60


def abridged(text: str, most: int) -> str:
    """Return the text, or as much of it as `most` characters hold: two thirds from its beginning, the rest from its end."""
    if len(text) <= most:
        return text
    room = max(0, most - _LONGEST_MARK)
    first, last = room - room // 3, room // 3
    return f"{text[:first]}{_MARK.format(count=len(text) - room)}{text[len(text) - last :]}"
