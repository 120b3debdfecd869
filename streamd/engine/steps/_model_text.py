"""Filters for streamed text of models: reasoning separated from content, confidence, overlap after a resumed stream."""

import re
from collections.abc import Sequence
from typing import Final, Literal

Kind = Literal["content", "reasoning"]

_OPEN: Final = "<thinking>"
_CLOSE: Final = "</thinking>"

_BASELINE: Final = 0.7
_LONGEST_SIGN: Final = 32
"""Characters of the previous chunk that are searched again, as a sign may be split over chunks."""


class ThinkingSplitter:
    """Separates text inside `<thinking>…</thinking>` from the rest, also where a tag is split over chunks.

    The end of a chunk that may be the start of a tag is buffered until the next chunk.
    """

    def __init__(self) -> None:
        self._inside = False
        self._buffered = ""

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Add a chunk; returns the parts that are certain, in order."""
        text = self._buffered + text
        parts: list[tuple[Kind, str]] = []
        while True:
            tag = _CLOSE if self._inside else _OPEN
            at = text.find(tag)
            if at < 0:
                break
            self._add(parts, text[:at])
            text = text[at + len(tag) :]
            self._inside = not self._inside
        pending = _beginning_of(tag, text)
        self._buffered = text[len(text) - pending :]
        self._add(parts, text[: len(text) - pending])
        return parts

    def end(self) -> list[tuple[Kind, str]]:
        """Finish the text; returns the buffered rest."""
        parts: list[tuple[Kind, str]] = []
        self._add(parts, self._buffered)
        self._buffered = ""
        return parts

    def _add(self, parts: list[tuple[Kind, str]], text: str) -> None:
        if text:
            parts.append(("reasoning" if self._inside else "content", text))


def _beginning_of(tag: str, text: str) -> int:
    """Number of characters at the end of a text that may be the start of a tag."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)


class Confidence:
    """Confidence by wording: 0.7, changed by the signs of the language (`Language.confidence_signs`)."""

    def __init__(self, signs: Sequence[tuple[re.Pattern[str], float]]) -> None:
        self.value = _BASELINE
        self._missing = list(signs)
        self._tail = ""

    def feed(self, text: str) -> float:
        """Add a chunk; returns the confidence of all text so far, 0 to 1. Each kind of sign counts once."""
        if self._missing:
            seen = self._tail + text
            for sign in [sign for sign in self._missing if sign[0].search(seen)]:
                self._missing.remove(sign)
                self.value = round(min(1.0, max(0.0, self.value + sign[1])), 4)
            self._tail = seen[-_LONGEST_SIGN:]
        return self.value


_LEAST_OVERLAP: Final = 8
"""A shorter overlap may be a coincidence."""
_LEAST_WHOLE: Final = 4
"""A shorter overlap may be a coincidence even when it is the whole shown text."""
_MOST_OVERLAP: Final = 400


class OverlapTrimmer:
    """Removes from a resumed stream the text that repeats the end of what was shown before."""

    def __init__(self, shown: str) -> None:
        self._shown = shown[-_MOST_OVERLAP:]
        self._whole = len(shown) <= _MOST_OVERLAP
        self._buffered = ""
        self._joined = not shown

    def feed(self, text: str) -> str:
        """Add a chunk; returns the new text that is certain."""
        if self._joined:
            return text
        self._buffered += text
        if any(
            self._shown.startswith(self._buffered, at)
            for at in range(len(self._shown))
            if self._may_begin(at)
        ):
            return ""  # all of it may still be part of a repetition
        return self.end()

    def end(self) -> str:
        """Finish the text; returns the buffered rest without a repetition."""
        if self._joined:
            return ""
        self._joined = True
        buffered, self._buffered = self._buffered, ""
        for at in range(len(self._shown)):
            tail = self._shown[at:]
            if self._may_begin(at) and buffered.startswith(tail):
                return buffered[len(tail) :]
        return buffered

    def _may_begin(self, at: int) -> bool:
        """Whether a repetition may start there: it is long enough, or the whole shown text."""
        left = len(self._shown) - at
        return left >= _LEAST_OVERLAP or (at == 0 and self._whole and left >= _LEAST_WHOLE)
