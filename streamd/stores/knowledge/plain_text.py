"""Plain text and reStructuredText: paragraphs between empty lines, headings underlined."""

from collections.abc import Sequence
from typing import Final

from streamd.stores.knowledge.document import Document, Outline

_RULES: Final = frozenset("=-~^\"'`#*+.:_")
_LONGEST_TITLE: Final = 80


def read_text(text: str, otherwise: str) -> Document:
    """Plain text. A single short line above all the rest is the title, too."""
    lines = text.split("\n")
    outline = Outline()
    opening = next((number for number, line in enumerate(lines) if line.strip()), 0)
    first, after = _at(lines, opening), _at(lines, opening + 1)
    if first and not after and len(first) <= _LONGEST_TITLE and first[-1] not in ".!?,;:":
        outline.title = first
    _read(lines, outline)
    return outline.document(otherwise)


def read_rst(text: str, otherwise: str) -> Document:
    """reStructuredText; levels of headings are in the order in which their underlines first appear."""
    outline = Outline()
    _read(text.split("\n"), outline)
    return outline.document(otherwise)


def _read(lines: Sequence[str], outline: Outline) -> None:
    levels: dict[tuple[str, bool], int] = {}
    gathered: list[str] = []
    begin = 0

    def end_paragraph() -> None:
        outline.paragraph(begin, "\n".join(gathered))
        gathered.clear()

    for number, line in enumerate(lines, start=1):
        told = line.strip()
        if _is_rule(told) and len(gathered) == 1 and len(told) >= len(gathered[0].strip()):
            heading = gathered.pop().strip()
            has_overline = _at(lines, number - 3) == told
            level = levels.setdefault((told[0], has_overline), len(levels))
            outline.heading(level, heading, number - 1)
        elif _is_rule(told) and not gathered and len(told) >= 4:
            continue  # a line across the page, or the line above a heading
        elif told:
            begin = begin if gathered else number
            gathered.append(line.rstrip())
        else:
            end_paragraph()
    end_paragraph()


def _is_rule(told: str) -> bool:
    return len(told) >= 3 and told[0] in _RULES and told == told[0] * len(told)


def _at(lines: Sequence[str], index: int) -> str:
    return lines[index].strip() if 0 <= index < len(lines) else ""
