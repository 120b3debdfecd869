"""Splits plain text and Markdown into sentences."""

import re
from collections.abc import Iterator
from typing import Final

from streamd.facts import frozen
from streamd.text.wordlist import words
from streamd.text.words import word_tokens

_ENDS: Final = re.compile(r"[.!?…]+[\"'”\u2019)\]]*(?=\s|$)")
_ABBREVIATED: Final = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|prof|st|no|nos|vs|etc|e\.g|i\.e|cf|ca|approx|inc|ltd|co|corp|fig|vol|min|max|dept|est|incl|excl)"
    r"|\b[A-Za-z])\.$",
    re.IGNORECASE,
)
_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_BULLET: Final = re.compile(r"^\s*(?:[-*+•]|\d{1,3}[.)])\s+(.*)$")
_TABLE: Final = re.compile(r"^\s*\|(.+)\|\s*$")
_RULE: Final = re.compile(r"^[\s|:=_*-]+$")
_LEANING: Final = words("it its they their them this these those he she his her such both")
_MARKS: Final = (  # bounded: an unclosed bracket must not cause a search to the end of the text each time
    (re.compile(r"!\[[^\[\]]{0,300}\]\([^()]{0,2000}\)"), ""),
    (re.compile(r"\[([^\[\]]{1,300})\]\((?:[^()\s]|\([^()\s]{0,200}\)){0,2000}\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.{1,300}?)(?<=\S)\1"), r"\2"),
    (re.compile(r"`([^`]{1,300})`"), r"\1"),
    (re.compile(r" ?\[\d{1,3}(?: ?[,\u2013-] ?\d{1,3}){0,20}\]"), ""),
    (re.compile(r"</?[a-zA-Z][^>]{0,200}>"), ""),
)
"""Markdown marks and their replacements; the text's own citations are removed, as they would be mistaken for ours."""


@frozen
class Sentence:
    """One statement of a text."""

    text: str
    """The sentence without Markdown and line breaks."""
    heading: str
    """The heading above it; empty at the beginning."""
    place: int
    """The position within its text, from 0."""

    @property
    def is_whole(self) -> bool:
        """Whether it is complete, not cut off with its text."""
        return not self.text.startswith(("…", "...")) and not self.text.endswith(("…", "..."))


def sentences_of(text: str) -> tuple[Sentence, ...]:
    """Split a text into sentences; list entries and table rows are one each, headings are kept apart."""
    found: list[Sentence] = []
    heading = ""
    for kind, block in _blocks(text):
        if kind == "heading":
            heading = plain(block)
            continue
        for one in split(plain(block)) if kind == "words" else (plain(block),):
            if len(word_tokens(one)) > 1:
                found.append(Sentence(one, heading, len(found)))
    return tuple(found)


def plain(text: str) -> str:
    """Strip Markdown and line breaks from a text."""
    text = " ".join(text.split())
    for mark, instead in _MARKS:
        text = mark.sub(instead, text)
    return " ".join(text.split())


def split(text: str) -> tuple[str, ...]:
    """Split running text into sentences; full stops of abbreviations and initials end none."""
    found = []
    start = 0
    for end in _ENDS.finditer(text):
        so_far = text[start : end.end()]
        rest = text[end.end() :].lstrip()
        goes_on = rest and (rest[0].islower() or (end.group() == "." and _ABBREVIATED.search(so_far[-12:])))
        if not goes_on:
            found.append(so_far.strip())
            start = end.end()
    return tuple(one for one in [*found, text[start:].strip()] if one)


def depends_on_previous(sentence: str) -> bool:
    """Whether a sentence depends on the one before it, as it begins with `it`, `they` or the like."""
    spoken = word_tokens(sentence)
    return bool(spoken) and spoken[0] in _LEANING


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """(heading | entry | words, text), the lines of a paragraph joined."""
    lines: list[str] = []
    columns: list[str] = []
    kind = "words"
    fenced = False
    for given in [*text.splitlines(), ""]:
        line = " ".join(given.split())
        if line.lstrip().startswith(("```", "~~~")):
            fenced = not fenced
            continue
        if fenced:
            continue
        heading, bullet, row = _HEADING.match(line), _BULLET.match(line), _TABLE.match(line)
        starts = heading or bullet or row or not line.strip() or _RULE.match(line)
        if starts and lines:
            yield kind, " ".join(lines)
            lines, kind = [], "words"
        if not row:
            columns = columns if line.strip() and _RULE.match(line) else []
        if heading:
            yield "heading", heading.group(1)
        elif bullet:
            lines = [bullet.group(1)]
        elif row and not _RULE.match(line):
            cells = [cell.strip() for cell in row.group(1).split("|")]
            if columns:
                yield "entry", _row(columns, cells)
            columns = columns or cells
        elif line.strip() and not _RULE.match(line):
            lines.append(line.strip())


def _row(columns: list[str], cells: list[str]) -> str:
    """Convert a table row to a statement: `Tram 28: price 3 EUR, minutes 40`."""
    worded = [f"{name.lower()} {cell}" for name, cell in zip(columns[1:], cells[1:], strict=False) if cell]
    return f"{cells[0]}: {', '.join(worded)}" if worded else cells[0]
