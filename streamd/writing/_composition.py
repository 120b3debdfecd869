"""Compositions: a text as a title and sections of sentences with their sources."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from streamd.facts import define, frozen
from streamd.text.letter_case import capitalised
from streamd.writing._outline import OutlineSection, section_of
from streamd.writing._ranking import Statement, repeats, statement
from streamd.writing._sentence_splitting import depends_on_previous, split
from streamd.writing.citations import Bibliography, cited_in, split_sources, without_marks

_HEADING: Final = re.compile(r"^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_POINT: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


@frozen
class CitedStatement:
    """A sentence, or two that belong together, with the names of its sources."""

    statement: Statement
    sources: tuple[str, ...] = ()


@define
class Part:
    """One section with its statements."""

    section: OutlineSection
    statements: list[CitedStatement] = attrs.field(factory=list)

    def has(self, one: Statement) -> bool:
        """Whether the section contains this statement already."""
        return any(repeats(one, had.statement) for had in self.statements)


@define
class Composition:
    """A whole text."""

    title: str
    opening: list[CitedStatement] = attrs.field(factory=list)
    """The statements before the first section."""
    parts: list[Part] = attrs.field(factory=list)

    def __str__(self) -> str:
        """Markdown: title, sections, and the line that lists the sources."""
        bibliography = Bibliography()
        blocks = [f"# {self.title}"] if self.title else []
        blocks += [_cited_text(self.opening, bibliography)]
        for part in self.parts:
            blocks += [f"## {part.section.title}", _cited_text(part.statements, bibliography)]
        return "\n\n".join(block for block in (*blocks, bibliography.line()) if block)

    def everything(self) -> Iterator[CitedStatement]:
        """All statements in order."""
        yield from self.opening
        for part in self.parts:
            yield from part.statements


def composition_of(text: str) -> Composition:
    """Parse any text into sections. Paragraphs are joined; citations keep their sources."""
    body, names = split_sources(text)
    whole = Composition("")
    statements = whole.opening
    for given in body.splitlines():
        line = " ".join(given.split())
        if heading := _HEADING.match(line):
            if len(heading.group(1)) == 1 and not whole.parts and not whole.title:
                whole.title = heading.group(2)
                continue
            whole.parts.append(Part(section_of(heading.group(2))))
            statements = whole.parts[-1].statements
            continue
        statements += _sentences(_POINT.sub("", line), names)
    return whole


def _sentences(line: str, names: Mapping[int, str]) -> list[CitedStatement]:
    """Split a line into sentences with their sources; one that depends on the sentence before stays with it."""
    found: list[CitedStatement] = []
    for sentence in split(line):
        sources = tuple(names[number] for number in cited_in(sentence) if number in names)
        bare = without_marks(sentence)
        if found and depends_on_previous(bare) and set(sources) <= set(found[-1].sources):
            found[-1] = attrs.evolve(found[-1], statement=statement(f"{found[-1].statement.text} {bare}"))
        else:
            found.append(CitedStatement(statement(bare), sources))
    return found


def _cited_text(statements: Sequence[CitedStatement], bibliography: Bibliography) -> str:
    return " ".join(
        bibliography.cited(sentence, *one.sources)
        for one in statements
        for sentence in split(capitalised(one.statement.text))
    )
