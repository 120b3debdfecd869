"""A text in the pieces in which it is told: a few words each, and joined again it is the text exactly."""

import re
from collections.abc import Iterator
from typing import Final

_WORDS_A_PIECE: Final = 3
_LONGEST: Final = 80
_TOKEN: Final = re.compile(r"\s*\S+|\s+")


def pieces_of(text: str) -> Iterator[str]:
    """Up to three words each; a sentence's end, a line's end and a very long word end a piece early."""
    gathered: list[str] = []
    for found in _TOKEN.finditer(text):
        token = found.group()
        if gathered and "\n" in token:
            yield "".join(gathered)
            gathered = []
        while len(token) > _LONGEST:
            yield "".join(gathered) + token[:_LONGEST]
            gathered, token = [], token[_LONGEST:]
        if token:
            gathered.append(token)
        if len(gathered) == _WORDS_A_PIECE or token.endswith((".", "!", "?", ":")):
            yield "".join(gathered)
            gathered = []
    if gathered:
        yield "".join(gathered)


def rest_of(text: str, shown: str) -> str:
    """What comes behind that which was shown already.

    The text may have become another one meanwhile (documents change): then it goes on at the next sentence after the last
    place where both agree, so that nothing shown is told again.
    """
    if text.startswith(shown):
        return text[len(shown) :]
    agreed = next(
        (at for at, (one, other) in enumerate(zip(text, shown, strict=False)) if one != other), len(text)
    )
    following = re.compile(r"(?<=[.!?\n])\s+").search(text, agreed)
    return text[following.start() :] if following else ""
