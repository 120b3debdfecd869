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
    """Separates `<thinking>…</thinking>` at the beginning of an answer from the rest, also where a tag is split over chunks.

    Behind any other text, as in code or a quotation, a tag is text. So is one that is never closed: then what was told as
    reasoning comes once more as content.
    """

    def __init__(self, *, splits: bool = True) -> None:
        self._state: Literal["start", "inside", "text"] = "start" if splits else "text"
        self._buffered = ""
        self._unclosed = ""

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """Add a chunk; returns the parts that are certain, in order."""
        text, self._buffered = self._buffered + text, ""
        parts: list[tuple[Kind, str]] = []
        while text and self._state != "text":
            text = self._begun(text) if self._state == "start" else self._inside(text, parts)
        if text:
            parts.append(("content", text))
        return parts

    def as_text(self) -> list[tuple[Kind, str]]:
        """Take all that follows for text: the model thinks elsewhere. Returns what was buffered."""
        rest, self._buffered, self._unclosed = self._unclosed + self._buffered, "", ""
        self._state = "text"
        return [("content", rest)] if rest else []

    def end(self) -> list[tuple[Kind, str]]:
        """Finish the text; returns the buffered rest."""
        return self.as_text()

    def _begun(self, text: str) -> str:
        """Take a tag away that opens an answer; returns what follows, or all of it where it is text."""
        begun = text.lstrip()
        if begun.startswith(_OPEN):
            self._state, self._unclosed = "inside", text[: len(text) - len(begun)] + _OPEN
            return begun[len(_OPEN) :]
        if _OPEN.startswith(begun):
            self._buffered = text
            return ""
        self._state = "text"
        return text

    def _inside(self, text: str, parts: list[tuple[Kind, str]]) -> str:
        """Add the reasoning; returns what follows its end."""
        thought, closed, rest = text.partition(_CLOSE)
        if not closed:
            pending = _beginning_of(_CLOSE, text)
            thought, self._buffered = text[: len(text) - pending], text[len(text) - pending :]
        if thought:
            parts.append(("reasoning", thought))
        self._unclosed = "" if closed else self._unclosed + thought
        self._state = "start" if closed else "inside"
        return rest


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
_LEAST_LETTERS: Final = 3
"""Different letters and figures of an overlap: what has fewer, such as the ruler of a table, repeats itself in good texts."""
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
        is_long = left >= _LEAST_OVERLAP or (at == 0 and self._whole and left >= _LEAST_WHOLE)
        return is_long and len(set(filter(str.isalnum, self._shown[at:]))) >= _LEAST_LETTERS
