"""Citations: numbers in square brackets, and the list of sources at the end."""

import re
from collections.abc import Mapping
from typing import Final

import attrs

from streamd.core.document_passage import Passage
from streamd.facts import define
from streamd.writing._fixed_lines import SOURCES

CITED: Final = re.compile(r"\[(\d{1,3}(?: ?, ?\d{1,3}){0,20})\]")
_LIST: Final = re.compile(
    r"^[ \t]{0,8}(?:#{1,6} ?)?(?:\*\*)?sources(?:\*\*)?:(?:\*\*)?[ \t]{0,8}(?=\[|$)",
    re.IGNORECASE | re.MULTILINE,
)
_ENTRY: Final = re.compile(r"\[(\d{1,3})\] {0,8}(.+?)(?=; ?\[\d{1,3}\]|$)", re.MULTILINE)


@define
class Bibliography:
    """The sources of one text, numbered as they are cited first."""

    _numbers: dict[str, int] = attrs.field(factory=dict)

    def mark(self, *sources: str) -> str:
        """Cite sources, as `[1]` or `[1][3]`; empty for none."""
        found = sorted(
            {self._numbers.setdefault(source, len(self._numbers) + 1) for source in sources if source}
        )
        return "".join(f"[{number}]" for number in found)

    def cited(self, sentence: str, *sources: str) -> str:
        """Insert a citation before the full stop of a sentence."""
        mark = self.mark(*sources)
        if not mark:
            return sentence
        body = sentence.rstrip()
        return f"{body[:-1]} {mark}{body[-1]}" if body.endswith((".", "!", "?")) else f"{body} {mark}"

    def line(self) -> str:
        """The line of cited sources; empty without any."""
        return (
            SOURCES + "; ".join(f"[{number}] {name}" for name, number in self._numbers.items())
            if self._numbers
            else ""
        )


def source_of(passage: Passage) -> str:
    """Name the source of a passage: its title and location."""
    title, source = (_on_one_line(text) for text in (passage.title, str(passage.source)))
    return (
        f"{title} ({source})"
        if title and source and title != source
        else title or source or "an untitled note"
    )


def without_marks(text: str) -> str:
    """Remove the citations from a text."""
    return re.sub(rf"\s?{CITED.pattern}", "", text)


def split_sources(text: str) -> tuple[str, Mapping[int, str]]:
    """Split a text into its body and its list of sources by number."""
    lists = list(_LIST.finditer(text))
    if not lists:
        return text, {}
    last = lists[-1]
    listed = {int(number): name.strip() for number, name in _ENTRY.findall(text[last.end() :])}
    return text[: last.start()].rstrip(), listed


def without_sources(text: str) -> str:
    """Remove the citations from a text, and its list of sources."""
    return without_marks(split_sources(text)[0])


def cited_in(text: str) -> tuple[int, ...]:
    """The citation numbers in a text, in order."""
    return tuple(int(number) for marks in CITED.findall(text) for number in marks.split(","))


def _on_one_line(text: str) -> str:
    # A semicolon or a bracketed number in a name would read as the next entry.
    return " ".join(CITED.sub("", text).replace(";", ",").split())
