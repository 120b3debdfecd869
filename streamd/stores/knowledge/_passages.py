"""Splits documents into passages: whole paragraphs where they are short enough, else whole sentences."""

from collections.abc import Iterable, Iterator
from typing import Final

from streamd.facts import frozen
from streamd.stores.knowledge._document import Document, Paragraph

LONGEST: Final = 1200
"""Most characters of a passage."""
_WORTH_CUTTING: Final = 800
"""A long paragraph is split after the last sentence that ends beyond this, else between words."""
_SECTION: Final = 4800
"""Characters after which a section counts as a new one, so that a search returns several passages of a long text."""


@frozen
class UnindexedPassage:
    """A passage before it is written to the index."""

    section_number: int
    """Within the document, from 0."""
    section: str
    line: int
    text: str


def passages_of(document: Document) -> Iterator[UnindexedPassage]:
    """Split a document into passages, in order."""
    number = 0
    for section in document.sections:
        length = 0
        for paragraph in _joined(section.paragraphs):
            if length >= _SECTION:
                number, length = number + 1, 0
            length += len(paragraph.text)
            yield UnindexedPassage(number, section.heading, paragraph.line, paragraph.text)
        number += 1


def _joined(paragraphs: Iterable[Paragraph]) -> Iterator[Paragraph]:
    """Join short adjacent paragraphs up to the length of a passage; split long ones."""
    texts: list[str] = []
    line = length = 0
    for part in (part for paragraph in paragraphs for part in _split(paragraph)):
        if texts and length + 2 + len(part.text) > LONGEST:
            yield Paragraph(line, "\n\n".join(texts))
            texts = []
        if texts:
            length += 2 + len(part.text)
        else:
            line, length = part.line, len(part.text)
        texts.append(part.text)
    if texts:
        yield Paragraph(line, "\n\n".join(texts))


def _split(paragraph: Paragraph) -> Iterator[Paragraph]:
    line, text, begin = paragraph.line, paragraph.text, 0
    while len(text) - begin > LONGEST:
        end = _end(text, begin)
        part = text[begin:end]
        yield Paragraph(line, part.strip())
        while end < len(text) and text[end].isspace():
            end += 1
        line += text.count("\n", begin, end)
        begin = end
    if text[begin:].strip():
        yield Paragraph(line, text[begin:].strip())


def _end(text: str, begin: int) -> int:
    """The place to split: after a line or a sentence, else after a word, else in the middle of one."""
    least, most = begin + _WORTH_CUTTING, begin + LONGEST
    ends = [text.rfind(mark, least, most) for mark in ("\n", ". ", "! ", "? ", "。")]
    if (end := max(ends)) >= 0:
        return end + 1
    between = text.rfind(" ", begin + 1, most)
    return between if between > begin else most
