"""Perspectives: the same statements arranged as research findings, an assessment, or options."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from streamd.text.lists import listed
from streamd.writing._fixed_lines import COMBINE, NOT_BEYOND, RISKS, STRENGTHS
from streamd.writing._material import Material
from streamd.writing._ranking import Statement, differs, uncovered
from streamd.writing._tendency import Tendency, tendency_of
from streamd.writing._verb_forms import is_verb

Perspective: TypeAlias = Callable[[str, Sequence[Statement], Material], str]
"""Writes a text from a question, its best statements and the material."""

_MOST_OPTIONS: Final = 5
_MOST_WORDS_MISSED: Final = 6


def findings(question: str, best: Sequence[Statement], material: Material) -> str:
    """List the findings, and the words of the question that no source covers."""
    text = "Findings:\n" + points(map(material.cite, best))
    # Verbs of the question name what to do, which no source covers.
    missed = [word for word in uncovered(question, [*best, *material.statements]) if not is_verb(word)]
    quoted = [f"“{word}”" for word in missed[:_MOST_WORDS_MISSED]]
    return f"{text}\n\nNot covered by the sources: {listed(quoted)}." if quoted else text


def assessment(_question: str, best: Sequence[Statement], material: Material) -> str:
    """List strengths, risks and figures with their sources, and what was not found."""
    by_tendency: dict[Tendency, list[Statement]] = {}
    for one in best:
        by_tendency.setdefault(tendency_of(one.text), []).append(one)
    parts = []
    absent = []
    for title, kinds, missing in _ASSESSED:
        held = [one for kind in kinds for one in by_tendency.get(kind, [])]
        if held:
            parts.append(f"{title}:\n" + points(map(material.cite, held)))
        elif missing:
            absent.append(missing)
    if absent:
        parts.append(f"Nothing was found on {listed(absent, 'or')}.")
    return "\n\n".join(parts)


def options(_question: str, best: Sequence[Statement], material: Material) -> str:
    """List options that follow from the statements, and one that combines two of them."""
    taken = best[:_MOST_OPTIONS]
    lines = [f"{_OPENINGS[tendency_of(one.text)]} {material.cite(one)}" for one in taken]
    if pair := _joinable(taken):
        first, second = pair
        lines.append(
            f"{COMBINE}{first} and {second}: they come from different sources and do not contradict each other."
        )
    numbered = "\n".join(f"{number}. {line}" for number, line in enumerate(lines, start=1))
    return f"Options that follow from what is known:\n{numbered}\n\n{NOT_BEYOND}, and none has been tried."


def _joinable(taken: Sequence[Statement]) -> tuple[int, int] | None:
    """The numbers of the first two options from different sources, one of them something to build on or to do."""
    for first, one in enumerate(taken, start=1):
        for second, other in enumerate(taken[first:], start=first + 1):
            useful = {tendency_of(one.text), tendency_of(other.text)} & {"strength", "action"}
            if one.source != other.source and useful and not differs(one, other):
                return first, second
    return None


def points(lines: Iterable[str]) -> str:
    """Format lines as a list."""
    return "\n".join(f"- {line}" for line in lines)


_ASSESSED: Final[tuple[tuple[str, tuple[Tendency, ...], str], ...]] = (
    (STRENGTHS, ("strength",), "strengths"),
    (RISKS, ("risk",), "risks"),
    ("Figures", ("figure",), ""),
    ("Further points", ("action", "none"), ""),
)
_OPENINGS: Final[Mapping[Tendency, str]] = {
    "strength": "Build on what works:",
    "risk": "Take on what is in the way:",
    "figure": "Measure against what is known:",
    "action": "Follow what is advised:",
    "none": "Start from what is there:",
}
PERSPECTIVES: Final[Mapping[str, Perspective]] = {
    "research": findings,
    "analysis": assessment,
    "ideation": options,
}
