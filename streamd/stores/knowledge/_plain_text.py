"""Parses plain text and reStructuredText: paragraphs between empty lines, headings with an underline."""

from collections.abc import Sequence
from typing import Final

from streamd.stores.knowledge._document import Document, Outline

_RULES: Final = frozenset("=-~^\"'`#*+.:_")
_LONGEST_TITLE: Final = 80


def read_text(text: str, default_title: str) -> Document:
    """Parse plain text. A short first paragraph of one line is the title, too."""
    lines = text.split("\n")
    outline = Outline()
    opening = next((number for number, line in enumerate(lines) if line.strip()), 0)
    first, after = _at(lines, opening), _at(lines, opening + 1)
    if first and not after and len(first) <= _LONGEST_TITLE and first[-1] not in ".!?,;:":
        outline.title = first
    _read(lines, outline)
    return outline.document(default_title)


def read_rst(text: str, default_title: str) -> Document:
    """Parse reStructuredText; the levels of headings follow the order in which their underlines first appear."""
    outline = Outline()
    _read(text.split("\n"), outline)
    return outline.document(default_title)


def _read(lines: Sequence[str], outline: Outline) -> None:
    levels: dict[tuple[str, bool], int] = {}
    paragraph_lines: list[str] = []
    begin = 0

    def end_paragraph() -> None:
        outline.paragraph(begin, "\n".join(paragraph_lines))
        paragraph_lines.clear()

    for number, line in enumerate(lines, start=1):
        stripped = line.strip()
        if (
            _is_rule(stripped)
            and len(paragraph_lines) == 1
            and len(stripped) >= len(paragraph_lines[0].strip())
        ):
            heading = paragraph_lines.pop().strip()
            has_overline = _at(lines, number - 3) == stripped
            level = levels.setdefault((stripped[0], has_overline), len(levels))
            outline.heading(level, heading, number - 1)
        elif _is_rule(stripped) and not paragraph_lines and len(stripped) >= 4:
            continue  # a horizontal rule, or the overline of a heading
        elif stripped:
            begin = begin if paragraph_lines else number
            paragraph_lines.append(line.rstrip())
        else:
            end_paragraph()
    end_paragraph()


def _is_rule(line: str) -> bool:
    return len(line) >= 3 and line[0] in _RULES and line == line[0] * len(line)


def _at(lines: Sequence[str], index: int) -> str:
    return lines[index].strip() if 0 <= index < len(lines) else ""
