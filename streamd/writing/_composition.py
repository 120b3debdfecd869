"""Compositions: a text as a title and sections of sentences, with the sources each of them cites."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import attrs

from streamd.text.letter_case import capitalised
from streamd.writing._outline import OutlineSection, section_of
from streamd.writing._ranking import Statement, repeats, statement
from streamd.writing.citations import Bibliography, cited_in, parted, without_marks
from streamd.writing.sentence_splitting import leans, split

_HEADING: Final = re.compile(r"^\s{0,3}(#{1,6})\s+(.+?)\s*#*\s*$")
_POINT: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")


@attrs.frozen
class CitedStatement:
    """A sentence, or two that belong together, and the names of the sources that say it."""

    statement: Statement
    sources: tuple[str, ...] = ()


@attrs.define
class Part:
    """One section with what it says."""

    section: OutlineSection
    said: list[CitedStatement] = attrs.field(factory=list)

    def has(self, one: Statement) -> bool:
        """Whether it says this already."""
        return any(repeats(one, had.statement) for had in self.said)


@attrs.define
class Composition:
    """A whole text."""

    title: str
    opening: list[CitedStatement] = attrs.field(factory=list)
    """What stands before the first section."""
    parts: list[Part] = attrs.field(factory=list)

    def __str__(self) -> str:
        """Markdown: title, sections, and the line that lists the sources."""
        bibliography = Bibliography()
        blocks = [f"# {self.title}"] if self.title else []
        blocks += [_told(self.opening, bibliography)]
        for part in self.parts:
            blocks += [f"## {part.section.title}", _told(part.said, bibliography)]
        return "\n\n".join(block for block in (*blocks, bibliography.line()) if block)

    def everything(self) -> Iterator[CitedStatement]:
        """All that it says, in order."""
        yield from self.opening
        for part in self.parts:
            yield from part.said


def composition_of(text: str) -> Composition:
    """A text taken apart, whoever wrote it. Paragraphs become one; citations keep what they stand for."""
    body, names = parted(text)
    whole = Composition("")
    said = whole.opening
    for given in body.splitlines():
        line = " ".join(given.split())
        if heading := _HEADING.match(line):
            if len(heading.group(1)) == 1 and not whole.parts and not whole.title:
                whole.title = heading.group(2)
                continue
            whole.parts.append(Part(section_of(heading.group(2))))
            said = whole.parts[-1].said
            continue
        said += _sentences(_POINT.sub("", line), names)
    return whole


def _sentences(line: str, names: Mapping[int, str]) -> list[CitedStatement]:
    """The sentences of a line with their sources; one that leans on the one before stays with it."""
    found: list[CitedStatement] = []
    for sentence in split(line):
        sources = tuple(names[number] for number in cited_in(sentence) if number in names)
        bare = without_marks(sentence)
        if found and leans(bare) and set(sources) <= set(found[-1].sources):
            found[-1] = attrs.evolve(found[-1], statement=statement(f"{found[-1].statement.text} {bare}"))
        else:
            found.append(CitedStatement(statement(bare), sources))
    return found


def _told(said: Sequence[CitedStatement], bibliography: Bibliography) -> str:
    return " ".join(
        bibliography.cited(sentence, *one.sources)
        for one in said
        for sentence in split(capitalised(one.statement.text))
    )
