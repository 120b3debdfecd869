"""Splits a finished text into the chunks in which it is streamed."""

import re
from collections.abc import Iterator
from typing import Final

_SHORTEST: Final = 40
"""Characters from which the end of a sentence or a line ends a chunk: shorter sentences go with the next one."""
_LONG: Final = 160
"""Characters from which the end of a clause ends a chunk, too."""
_LONGEST: Final = 240
"""Characters of the longest chunk: it ends between two words, or within a word that is longer."""
_TOKEN: Final = re.compile(r"\s*\S+|\s+")
_SENTENCE_ENDS: Final = (".", "!", "?", ":")
_CLAUSE_ENDS: Final = (",", ";", "\u2014", "\u2013")


def chunks_of(text: str) -> Iterator[str]:
    """Split a text into chunks of a sentence or a line each; of a long sentence its clauses."""
    piece = ""
    for found in _TOKEN.finditer(text):
        token = found.group()
        is_new_line = "\n" in token and len(piece) >= _SHORTEST
        if piece and (is_new_line or len(piece) + len(token) > _LONGEST):
            yield piece
            piece = ""
        while len(token) > _LONGEST:
            yield token[:_LONGEST]
            token = token[_LONGEST:]
        piece += token
        if _ends(piece):
            yield piece
            piece = ""
    if piece:
        yield piece


def _ends(piece: str) -> bool:
    return (len(piece) >= _SHORTEST and piece.endswith(_SENTENCE_ENDS)) or (
        len(piece) >= _LONG and piece.endswith(_CLAUSE_ENDS)
    )


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
