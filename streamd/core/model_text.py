"""What a model says, piece by piece: reasoning told apart from content, and how sure it sounds."""

import re
from typing import Final, Literal

Kind = Literal["content", "reasoning"]

_OPEN: Final = "<thinking>"
_CLOSE: Final = "</thinking>"

_BASELINE: Final = 0.7
_STEP: Final = 0.1
_SIGNS: Final = (
    (re.compile(r"because|therefore|thus", re.IGNORECASE), _STEP),
    (re.compile(r"\[\d+\]"), _STEP),
    (re.compile(r"might|perhaps|possibly", re.IGNORECASE), -_STEP),
)
"""Words that give reasons, citations, words that hedge (requirements, C2)."""
_LONGEST_SIGN: Final = 32
"""Characters that a sign may be cut by at the end of a piece."""


class ThinkingSplitter:
    """Tells text inside `<thinking>…</thinking>` from the rest, also where a tag is split over pieces.

    A piece's end that may be the beginning of a tag is held back until it is known.
    """

    def __init__(self) -> None:
        self._inside = False
        self._held = ""

    def feed(self, text: str) -> list[tuple[Kind, str]]:
        """What is certain now, in order."""
        text = self._held + text
        parts: list[tuple[Kind, str]] = []
        while True:
            tag = _CLOSE if self._inside else _OPEN
            at = text.find(tag)
            if at < 0:
                break
            self._add(parts, text[:at])
            text = text[at + len(tag) :]
            self._inside = not self._inside
        kept = _beginning_of(tag, text)
        self._held = text[len(text) - kept :]
        self._add(parts, text[: len(text) - kept])
        return parts

    def end(self) -> list[tuple[Kind, str]]:
        """What was held back, when nothing follows."""
        parts: list[tuple[Kind, str]] = []
        self._add(parts, self._held)
        self._held = ""
        return parts

    def _add(self, parts: list[tuple[Kind, str]], text: str) -> None:
        if text:
            parts.append(("reasoning" if self._inside else "content", text))


def _beginning_of(tag: str, text: str) -> int:
    """How many characters at the end of a text may be the beginning of a tag."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if text.endswith(tag[:size])), 0)


class Confidence:
    """How sure a text sounds, by the words in it: 0.7, a tenth more for reasons and for citations, less for hedging."""

    def __init__(self) -> None:
        self.value = _BASELINE
        self._missing = list(_SIGNS)
        self._tail = ""

    def feed(self, text: str) -> float:
        """The confidence of all text so far, 0 to 1. Each kind of sign counts once."""
        if self._missing:
            seen = self._tail + text
            for sign in [sign for sign in self._missing if sign[0].search(seen)]:
                self._missing.remove(sign)
                self.value = round(min(1.0, max(0.0, self.value + sign[1])), 4)
            self._tail = seen[-_LONGEST_SIGN:]
        return self.value


_LEAST_OVERLAP: Final = 8
"""Fewer characters may be the same by chance."""
_LEAST_WHOLE: Final = 4
"""Fewer may be the same by chance even where they are all that was shown."""
_MOST_OVERLAP: Final = 400


class OverlapTrimmer:
    """Joins what a model says after a break to what had been shown: what it repeats is left out."""

    def __init__(self, shown: str) -> None:
        self._shown = shown[-_MOST_OVERLAP:]
        self._whole = len(shown) <= _MOST_OVERLAP
        self._held = ""
        self._joined = not shown

    def feed(self, text: str) -> str:
        """What of it is new, as far as that is certain."""
        if self._joined:
            return text
        self._held += text
        if any(
            self._shown.startswith(self._held, at) for at in range(len(self._shown)) if self._may_begin(at)
        ):
            return ""  # all of it may still be a repetition that goes on
        return self.end()

    def end(self) -> str:
        """What was held back, without what is repeated."""
        if self._joined:
            return ""
        self._joined = True
        held, self._held = self._held, ""
        for at in range(len(self._shown)):
            tail = self._shown[at:]
            if self._may_begin(at) and held.startswith(tail):
                return held[len(tail) :]
        return held

    def _may_begin(self, at: int) -> bool:
        """Whether a repetition may begin there: it is long enough, or it is the whole of what was shown."""
        left = len(self._shown) - at
        return left >= _LEAST_OVERLAP or (at == 0 and self._whole and left >= _LEAST_WHOLE)
