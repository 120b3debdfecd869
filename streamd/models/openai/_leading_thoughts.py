"""Thoughts that a local model writes between `<think>` tags at the beginning of its answer, where its server leaves them there."""

from typing import Final

from streamd.facts import define

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


@define
class LeadingThoughts:
    """Separates them from the answer, also where a tag is split over deltas. A tag behind text is text."""

    _state: str = "start"
    """`start`, `inside`, `after` (white space behind the closing tag is left out) or `text`."""
    _held: str = ""

    def split(self, text: str) -> tuple[str, str]:
        """Return the thoughts and the text of the next delta."""
        if self._state == "text":
            return "", text
        text, self._held = self._held + text, ""
        if self._state == "start":
            begun = text.lstrip()
            if len(begun) < len(_OPEN) and _OPEN.startswith(begun):
                self._held = text
                return "", ""
            if not begun.startswith(_OPEN):
                self._state = "text"
                return "", text
            self._state, text = "inside", begun.removeprefix(_OPEN).lstrip("\n")
        thought = ""
        if self._state == "inside":
            thought, closed, text = text.partition(_CLOSE)
            if not closed:
                self._held = _beginning_of(_CLOSE, thought)
                return thought.removesuffix(self._held), ""
            self._state = "after"
        text = text.lstrip()
        if text:
            self._state = "text"
        return thought, text

    def rest(self) -> tuple[str, str]:
        """Return the thoughts and the text that were held back, at the end of the stream."""
        held, self._held = self._held, ""
        return (held, "") if self._state == "inside" else ("", held)


def _beginning_of(tag: str, text: str) -> str:
    """The longest end of a text that may be the beginning of a tag."""
    return next((tag[:size] for size in range(len(tag) - 1, 0, -1) if text.endswith(tag[:size])), "")
