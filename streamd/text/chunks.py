"""Splits a finished text into the chunks in which it is streamed."""

import re
from collections.abc import Iterator
from typing import Final

_WORDS_A_PIECE: Final = 4
_LONGEST: Final = 80
_TOKEN: Final = re.compile(r"\s*\S+|\s+")


def chunks_of(text: str) -> Iterator[str]:
    """Split a text into chunks of up to four words; the ends of sentences and lines and long words end a chunk early."""
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


def unstreamed_rest(text: str, shown: str) -> str:
    """The rest of a text after the part that was streamed already.

    The text may differ from the one that was streamed (documents change): then it continues at the next sentence after their
    common prefix, so that nothing is repeated.
    """
    if text.startswith(shown):
        return text[len(shown) :]
    agreed = next(
        (at for at, (one, other) in enumerate(zip(text, shown, strict=False)) if one != other), len(text)
    )
    following = re.compile(r"(?<=[.!?\n])\s+").search(text, agreed)
    return text[following.start() :] if following else ""
