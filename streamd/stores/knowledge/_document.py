"""Documents: a title and sections of paragraphs. Every format is parsed into this form."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.errors import StreamdError
from streamd.facts import define, frozen

BETWEEN: Final = " > "
"""Separator between nested headings."""
_LONGEST_HEADING: Final = 200


class UnreadableError(StreamdError):
    """A file without usable text. The message is for a log event and quotes nothing from the file."""


class DeniedError(UnreadableError):
    """A file that cannot be read at the moment. Retried at every scan, as its stamp does not change when it can."""

    retryable = True


@frozen
class Paragraph:
    """A paragraph, of one or several lines."""

    line: int
    """Line number of its start, from 1."""
    text: str


@frozen
class DocumentSection:
    """The paragraphs between one heading and the next."""

    heading: str
    """The heading after its parents, joined by BETWEEN; empty before the first heading."""
    paragraphs: Sequence[Paragraph]


@frozen
class Document:
    """A parsed document."""

    title: str
    sections: Sequence[DocumentSection]
    """Sections with text."""


@define
class Outline:
    """Builds a document from headings and paragraphs in the order of the text."""

    title: str = ""
    """The title that was set, else the first heading."""
    _first: Paragraph | None = None
    """The first heading."""
    _sections: list[DocumentSection] = attrs.field(factory=list)
    _headings: dict[int, str] = attrs.field(factory=dict)
    _paragraphs: list[Paragraph] = attrs.field(factory=list)

    def heading(self, level: int, text: str, line: int) -> None:
        """Start a section. A heading of level 1 is nested in one of level 0, and so on; levels may be skipped."""
        text = " ".join(text.split())[:_LONGEST_HEADING]
        if not text:
            return
        self._end_section()
        self._headings = {above: heading for above, heading in self._headings.items() if above < level}
        self._headings[level] = text
        self.title = self.title or text
        self._first = self._first or Paragraph(line, text)

    def paragraph(self, line: int, text: str) -> None:
        """Append a paragraph to the section."""
        if text.strip():
            self._paragraphs.append(Paragraph(line, text.rstrip()))

    def document(self, default_title: str) -> Document:
        """Finish the document; `default_title` is for one without a title or heading."""
        self._end_section()
        if self._first and not self._sections:  # without this, a document of headings only could not be found
            return Document(self.title, [DocumentSection("", [self._first])])
        return Document(self.title or default_title, self._sections)

    def _end_section(self) -> None:
        if self._paragraphs:
            # Every passage carries the title: as the outermost heading it would only be repeated.
            headings = [heading for _, heading in sorted(self._headings.items()) if heading != self.title]
            self._sections.append(DocumentSection(BETWEEN.join(headings), self._paragraphs))
            self._paragraphs = []
