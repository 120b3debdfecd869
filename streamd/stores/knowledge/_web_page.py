"""Parses HTML: the visible text with its headings, entries and tables."""

import re
from html.parser import HTMLParser
from typing import Final

from streamd.stores.knowledge._document import Document, Outline, UnreadableError
from streamd.text.wordlist import words

_UNSEEN: Final = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "textarea"})
_HEADINGS: Final = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_BLOCKS: Final = words(
    "address article aside blockquote body caption dd details div dl dt fieldset figcaption figure footer form head header "
    "hr html main nav ol p pre section summary table ul"
)
_SPACE: Final = re.compile(r"\s+")
_ENTRY: Final = "\n- "
_MARKS: Final = " -|\n"
"""Characters of entries and rows without any text."""
_CHUNK: Final = 65_536
"""Characters parsed at a time."""


def read_html(text: str, default_title: str) -> Document:
    """Parse HTML, well-formed or not."""
    page = _Page()
    try:
        for begin in range(0, len(text), _CHUNK):
            page.feed(text[begin : begin + _CHUNK])
        # The rest is an unclosed tag or comment. Searching a long one for its end again and again would be quadratic.
        if len(page.rawdata) < _CHUNK:
            page.close()
    except AssertionError as error:  # raised by html.parser for some declarations
        raise UnreadableError("it is not HTML that can be parsed") from error
    page.end_paragraph()
    return page.outline.document(default_title)


class _Page(HTMLParser):
    """Collects paragraphs. Missing or surplus end tags are harmless, except those of invisible elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.outline: Final = Outline()
        self._words: list[str] = []
        """Text of the paragraph so far."""
        self._line = 1
        """Line on which its text starts."""
        self._is_title = False
        self._is_preformatted = False
        self._heading = 0
        """Level of the heading; 0: no heading."""
        self._cells = 0
        """Cells of the table row so far."""
        self._is_head_row = False
        self._unseen = ""
        """Tag of the invisible element that is open."""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - html.parser's
        if self._unseen:
            self._depth += tag == self._unseen
        elif tag in _UNSEEN:
            self._unseen, self._depth = tag, 1
        elif tag == "title":
            self.end_paragraph()
            self._is_title = True
        elif tag in _HEADINGS:
            self.end_paragraph()
            self._heading = _HEADINGS[tag]
        elif tag in ("br", "li"):
            self._words.append(_ENTRY if tag == "li" else "\n")
        elif tag == "tr":
            self._end_row()
            self._words.append("\n")
        elif tag in ("td", "th"):
            self._words.append(" | " if self._cells else "| ")
            self._cells += 1
            self._is_head_row |= tag == "th"
        elif tag in _BLOCKS:
            self._end_block(tag)
            self._is_preformatted |= tag == "pre"

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "hr"):  # `<svg/>` has no end tag to wait for
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            self._depth -= tag == self._unseen
            self._unseen = self._unseen if self._depth else ""
        elif tag == "title" or tag in _HEADINGS:
            self.end_paragraph()
        elif tag == "tr":
            self._end_row()
        elif tag in _BLOCKS:
            self._end_block(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen or not data:
            return
        if data.strip() and not self._has_text():
            blank = data[: len(data) - len(data.lstrip())]
            self._line = self.getpos()[0] + blank.count("\n")
        self._words.append(data if self._is_preformatted else _SPACE.sub(" ", data))

    def end_paragraph(self) -> None:
        """Add the collected text to the outline, as title, heading or paragraph."""
        text = "".join(self._words)
        if not self._is_preformatted:
            text = "\n".join(" ".join(line.split()) for line in text.split("\n") if line.strip())
        if self._is_title:
            self.outline.title = self.outline.title or " ".join(text.split())
        elif self._heading:
            self.outline.heading(self._heading, text, self._line)
        elif text.strip(_MARKS):
            self.outline.paragraph(self._line, text.strip("\n"))
        self._words.clear()
        self._is_title = self._is_preformatted = False
        self._heading = 0

    def _end_block(self, tag: str) -> None:
        if tag == "table":
            self._end_row()
        last = next((word for word in reversed(self._words) if word.strip()), "")
        if self._cells:  # a row stays on one line, whatever blocks its cells contain
            self._words.append(" ")
        elif last != _ENTRY and self._has_text():
            self.end_paragraph()

    def _end_row(self) -> None:
        if self._cells:
            rule = f"\n|{' --- |' * self._cells}" if self._is_head_row else ""
            self._words.append(f" |{rule}")
        self._cells, self._is_head_row = 0, False

    def _has_text(self) -> bool:
        return any(word.strip(_MARKS) for word in self._words)
