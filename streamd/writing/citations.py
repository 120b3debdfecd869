"""Citations: numbers in square brackets that stand for the sources listed at the end."""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from streamd.core.document_passage import Passage
from streamd.writing._fixed_lines import SOURCES

CITED: Final = re.compile(r"\[(\d{1,3}(?: ?, ?\d{1,3}){0,20})\]")
_LIST: Final = re.compile(
    r"^[ \t]{0,8}(?:#{1,6} ?)?(?:\*\*)?sources(?:\*\*)?:(?:\*\*)?[ \t]{0,8}(?=\[|$)",
    re.IGNORECASE | re.MULTILINE,
)
_ENTRY: Final = re.compile(r"\[(\d{1,3})\] {0,8}(.+?)(?=; ?\[\d{1,3}\]|$)", re.MULTILINE)


@attrs.define
class Bibliography:
    """The sources of one text, numbered as they are cited first."""

    _numbers: dict[str, int] = attrs.field(factory=dict)

    def mark(self, *sources: str) -> str:
        """The citation of these sources, such as `[1]` or `[1][3]`; empty for none."""
        found = sorted(
            {self._numbers.setdefault(source, len(self._numbers) + 1) for source in sources if source}
        )
        return "".join(f"[{number}]" for number in found)

    def cited(self, sentence: str, *sources: str) -> str:
        """The sentence with its citation, set before the full stop."""
        mark = self.mark(*sources)
        if not mark:
            return sentence
        body = sentence.rstrip()
        return f"{body[:-1]} {mark}{body[-1]}" if body.endswith((".", "!", "?")) else f"{body} {mark}"

    def line(self) -> str:
        """The line that lists the sources; empty when none is cited."""
        return (
            SOURCES + "; ".join(f"[{number}] {name}" for name, number in self._numbers.items())
            if self._numbers
            else ""
        )


def source_of(passage: Passage) -> str:
    """How a passage's source is named in a list: its title and where it stands."""
    title, source = (_on_one_line(text) for text in (passage.title, str(passage.source)))
    return (
        f"{title} ({source})"
        if title and source and title != source
        else title or source or "an untitled note"
    )


def without_marks(text: str) -> str:
    """A text without citations, for what comes with no list of sources."""
    return re.sub(rf"\s?{CITED.pattern}", "", text)


def parted(text: str) -> tuple[str, Mapping[int, str]]:
    """A text without its list of sources, and what the numbers stand for."""
    lists = list(_LIST.finditer(text))
    if not lists:
        return text, {}
    last = lists[-1]
    listed = {int(number): name.strip() for number, name in _ENTRY.findall(text[last.end() :])}
    return text[: last.start()].rstrip(), listed


def cited_in(text: str) -> tuple[int, ...]:
    """The numbers that a text cites, in order."""
    return tuple(int(number) for marks in CITED.findall(text) for number in marks.split(","))


def _on_one_line(text: str) -> str:
    # A semicolon or a bracketed number in a name would read as the next entry.
    return " ".join(CITED.sub("", text).replace(";", ",").split())
