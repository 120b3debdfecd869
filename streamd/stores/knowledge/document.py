"""Documents as readers see them: a title, and sections of paragraphs. Every format is brought to this."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.errors import StreamdError

BETWEEN: Final = " > "
"""Between the headings that one stands under."""
_LONGEST_HEADING: Final = 200


class UnreadableError(StreamdError):
    """A file that holds no text. The message says why, for a log event, and nothing of what is in it."""


class DeniedError(UnreadableError):
    """A file that may not be read, or not just now: nothing about it changes when it may."""

    retryable = True


@attrs.frozen
class Paragraph:
    """Text that belongs together; may have several lines."""

    line: int
    """Where it begins, from 1."""
    text: str


@attrs.frozen
class DocumentSection:
    """What stands under one heading, down to the next."""

    heading: str
    """With those above it; empty for what stands before the first."""
    paragraphs: Sequence[Paragraph]


@attrs.frozen
class Document:
    """A whole one."""

    title: str
    sections: Sequence[DocumentSection]
    """Those that have text."""


@attrs.define
class Outline:
    """Puts a document together while its lines are read."""

    title: str = ""
    """What was set, else the first heading."""
    _first: Paragraph | None = None
    """The first heading."""
    _sections: list[DocumentSection] = attrs.field(factory=list)
    _headings: dict[int, str] = attrs.field(factory=dict)
    _paragraphs: list[Paragraph] = attrs.field(factory=list)

    def heading(self, level: int, text: str, line: int) -> None:
        """Begin a section. A heading of level 1 stands in one of level 0, and so on; levels may be left out."""
        text = " ".join(text.split())[:_LONGEST_HEADING]
        if not text:
            return
        self._end_section()
        self._headings = {above: told for above, told in self._headings.items() if above < level}
        self._headings[level] = text
        self.title = self.title or text
        self._first = self._first or Paragraph(line, text)

    def paragraph(self, line: int, text: str) -> None:
        """Go on with the section."""
        if text.strip():
            self._paragraphs.append(Paragraph(line, text.rstrip()))

    def document(self, otherwise: str) -> Document:
        """All of it. `otherwise` is the title where none was found."""
        self._end_section()
        if self._first and not self._sections:  # else a document of headings only could not be found
            return Document(self.title, [DocumentSection("", [self._first])])
        return Document(self.title or otherwise, self._sections)

    def _end_section(self) -> None:
        if self._paragraphs:
            # The title is told with every passage: as the outermost heading it would only be said twice.
            headings = [told for _, told in sorted(self._headings.items()) if told != self.title]
            self._sections.append(DocumentSection(BETWEEN.join(headings), self._paragraphs))
            self._paragraphs = []
