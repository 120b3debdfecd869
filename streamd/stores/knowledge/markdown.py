"""Markdown: headings with `#` or underlined, code left alone, front matter told apart from the text."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from streamd.stores.knowledge.document import Document, Outline

_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_TITLE: Final = re.compile(r"title:\s*(.*)")
_FENCES: Final = ("```", "~~~")


def read_markdown(text: str, otherwise: str) -> Document:
    """Markdown. The title is that of the front matter, else the first heading."""
    lines = text.split("\n")
    outline = Outline()
    begin = _front_matter(lines)
    for line in lines[:begin]:
        if found := _TITLE.match(line):
            outline.title = found[1].strip().strip("\"'")
    gathered: list[str] = []
    first = 0

    def end_paragraph() -> None:
        outline.paragraph(first, "\n".join(gathered))
        gathered.clear()

    for number, line, is_code in _lines(lines, begin):
        told = line.strip()
        if is_code:
            first = first if gathered else number
            gathered.append(line.rstrip())
        elif heading := _HEADING.match(line):
            end_paragraph()
            outline.heading(len(heading[1]), (heading[2] or "").strip().rstrip("#"), number)
        elif len(gathered) == 1 and told and set(told) in ({"="}, {"-"}) and _is_prose(gathered[0]):
            outline.heading(1 if told[0] == "=" else 2, gathered.pop(), number - 1)
        elif told:
            first = first if gathered else number
            gathered.append(line.rstrip())
        else:
            end_paragraph()
    end_paragraph()
    return outline.document(otherwise)


def _lines(lines: Sequence[str], begin: int) -> Iterator[tuple[int, str, bool]]:
    """(number, line, whether it is code), from a place on. A fence that nobody closes goes on to the end."""
    fence = ""
    for number, line in enumerate(lines[begin:], start=begin + 1):
        told = line.lstrip()
        if fence:
            yield number, line, True
            if told.startswith(fence):
                fence = ""
        else:
            fence = next((mark for mark in _FENCES if told.startswith(mark)), "")
            yield number, line, bool(fence)


def _front_matter(lines: Sequence[str]) -> int:
    """How many lines it takes up."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    ends = (number for number, line in enumerate(lines[1:200], start=2) if line.rstrip() in ("---", "..."))
    return next(ends, 0)


def _is_prose(line: str) -> bool:
    """Whether an underline makes a heading of it: entries and tables have lines of their own."""
    return not line.lstrip().startswith(("-", "*", "+", "|", ">"))
