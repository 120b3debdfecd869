"""Parses Markdown: headings with `#` or an underline, fenced code, front matter."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from streamd.stores.knowledge._document import Document, Outline

_HEADING: Final = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*))?$")
_TITLE: Final = re.compile(r"title:\s*(.*)")
_FENCES: Final = ("```", "~~~")


def read_markdown(text: str, default_title: str) -> Document:
    """Parse Markdown. The title is that of the front matter, else the first heading."""
    lines = text.split("\n")
    outline = Outline()
    begin = _front_matter(lines)
    for line in lines[:begin]:
        if match := _TITLE.match(line):
            outline.title = match[1].strip().strip("\"'")
    paragraph_lines: list[str] = []
    first = 0

    def end_paragraph() -> None:
        outline.paragraph(first, "\n".join(paragraph_lines))
        paragraph_lines.clear()

    for number, line, is_code in _lines(lines, begin):
        stripped = line.strip()
        if is_code:
            first = first if paragraph_lines else number
            paragraph_lines.append(line.rstrip())
        elif heading := _HEADING.match(line):
            end_paragraph()
            outline.heading(len(heading[1]), (heading[2] or "").strip().rstrip("#"), number)
        elif (
            len(paragraph_lines) == 1
            and stripped
            and set(stripped) in ({"="}, {"-"})
            and _is_prose(paragraph_lines[0])
        ):
            outline.heading(1 if stripped[0] == "=" else 2, paragraph_lines.pop(), number - 1)
        elif stripped:
            first = first if paragraph_lines else number
            paragraph_lines.append(line.rstrip())
        else:
            end_paragraph()
    end_paragraph()
    return outline.document(default_title)


def _lines(lines: Sequence[str], begin: int) -> Iterator[tuple[int, str, bool]]:
    """Lines after the first `begin`: (number, line, whether it is code). An unclosed fence extends to the end."""
    fence = ""
    for number, line in enumerate(lines[begin:], start=begin + 1):
        unindented = line.lstrip()
        if fence:
            yield number, line, True
            if unindented.startswith(fence):
                fence = ""
        else:
            fence = next((mark for mark in _FENCES if unindented.startswith(mark)), "")
            yield number, line, bool(fence)


def _front_matter(lines: Sequence[str]) -> int:
    """Number of lines of the front matter."""
    if not lines or lines[0].rstrip() != "---":
        return 0
    ends = (number for number, line in enumerate(lines[1:200], start=2) if line.rstrip() in ("---", "..."))
    return next(ends, 0)


def _is_prose(line: str) -> bool:
    """Whether a line with an underline is a heading: list entries and tables are not."""
    return not line.lstrip().startswith(("-", "*", "+", "|", ">"))
