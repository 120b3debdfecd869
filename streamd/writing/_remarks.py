"""Remarks: the single points of any critique."""

import re
from collections.abc import Sequence
from typing import Final

from streamd.facts import frozen
from streamd.writing._sentence_splitting import plain, split

GOOD: Final = "What is good:"
MISSING: Final = "What is missing:"
NOTHING_LEFT: Final = "Nothing is left to improve that can be checked by rules."
LABELS: Final = frozenset(
    {"Days", "Sections", "Open parts", "Budget", "Interests", "Children", "Getting around", "Lodging", "Sources", "Repetition",
     "Length", "Topic", "Sentences"}
)  # fmt: skip
"""The labels of all checks."""
_POINT: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(.*)$")


@frozen
class Remark:
    """One point of a critique."""

    text: str
    label: str = ""
    """The check that makes the remark; empty for a person's own words."""

    def __str__(self) -> str:
        return f"{self.label}: {self.text}" if self.label else self.text


def critique_text(good: Sequence[Remark], missing: Sequence[Remark]) -> str:
    """Format a critique."""
    parts = ["\n".join([GOOD, *(f"- {one}" for one in good)])] if good else []
    parts.append("\n".join([MISSING, *(f"- {one}" for one in missing)]) if missing else NOTHING_LEFT)
    return "\n\n".join(parts)


def missing_in(critique: str) -> tuple[Remark, ...]:
    """Parse the requests of a critique: the points under `What is missing:`, or all of a person's critique."""
    _, marked, wanted = critique.partition(MISSING)
    if not marked and (GOOD in critique or NOTHING_LEFT in critique):
        wanted = critique.partition(NOTHING_LEFT)[2]
    elif not marked:
        wanted = critique
    found = []
    for given in wanted.splitlines():
        line = " ".join(given.split())
        point = _POINT.match(line)
        for sentence in [plain(point.group(1))] if point else split(plain(line)):
            label, colon, text = sentence.partition(": ")
            known = colon and label in LABELS
            found.append(Remark(text, label) if known else Remark(sentence))
    return tuple(one for one in found if one.text)
