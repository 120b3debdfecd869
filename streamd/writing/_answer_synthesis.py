"""Synthesises one answer from the contributions of several agents.

Repeated statements are merged, with the sources of both; contradictory ones are both listed. Citations are renumbered, as
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

import attrs

from streamd.core.tasks import Synthesize
from streamd.facts import frozen
from streamd.text.full_stops import with_full_stop
from streamd.text.letter_case import capitalised
from streamd.text.lists import listed
from streamd.text.words import word_tokens
from streamd.writing._answer_preferences import AnswerPreferences, preferences_of
from streamd.writing._answering import BRIEF_SENTENCES
from streamd.writing._fixed_lines import (
    AVOIDS,
    COMBINE,
    NOT_BEYOND,
    ORDERED,
    PREFERS,
    RISKS,
    STRENGTHS,
    TOLD,
)
from streamd.writing._gap_sentences import ADVICE, is_advice, is_gap, nothing_found
from streamd.writing._ranking import Statement, chosen, differs, ranked, repeats, statement, statements_of
from streamd.writing._sentence_splitting import depends_on_previous, plain, split
from streamd.writing._tendency import tendency_of
from streamd.writing.citations import Bibliography, cited_in, source_of, split_sources, without_marks

_LEAD: Final = 3
_MOST_OF_ONE: Final = 6
_MOST_DIFFERENCES: Final = 4
_MOST_POINTS: Final = 400
"""All pairs are compared: more points would take seconds, and nobody reads more."""
_LABEL: Final = re.compile(r"^[A-Z][^.!?:]{0,60}:$")
_ENTRY: Final = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+")
_ASSESSED: Final = frozenset({STRENGTHS, RISKS})
_NO_STATEMENTS: Final = (PREFERS, AVOIDS, ORDERED, TOLD, COMBINE, NOT_BEYOND)
"""Openings of sentences that say nothing about the question."""
_FIELDS: Final = re.compile(r"^[^:.]{1,100} \([a-z_ ]+\)(?::| has) [^,]+,[^,]+")
"""An item with all its fields, which is no first sentence of an answer."""


@frozen
class Point:
    """One statement of an agent."""

    agents: tuple[str, ...]
    is_assessed: bool
    """Whether an agent assessed it as strength or risk."""
    statement: Statement
    sources: tuple[str, ...]


def synthesis_of(task: Synthesize) -> str:
    """Write the answer: lead, contributions, contradictions and open points. Never empty."""
    preferences = preferences_of(task.preferences)
    bibliography = Bibliography()
    points, gaps = _points(task)
    silent = [agent for agent, text in task.contributions if not text.strip()]
    lead = _lead(task, points, preferences)
    if not lead:
        closing = _silence(silent)
        return "\n\n".join(part for part in (nothing_found(task.question), ADVICE, closing) if part)
    parts = [_lead_text(lead, bibliography, preferences)]
    parts += [one.sentence for one in preferences.bearing_on(" ".join([task.question, parts[0]]))[:2]]
    if not preferences.is_brief:
        contrary = _contrary(points)
        apart = [point for pair in contrary for point in pair]
        parts += _contributions(
            task, [one for one in points if one not in lead and one not in apart], bibliography
        )
        parts.append(_differences(contrary, bibliography))
        heard = {agent for point in points for agent in point.agents[:1]}
        echoes = [agent for agent, text in task.contributions if text.strip() and agent not in heard]
        parts.append(_open(gaps, silent, echoes))
    parts.append(bibliography.line())
    return "\n\n".join(part for part in parts if part)


def _points(task: Synthesize) -> tuple[list[Point], list[str]]:
    """Collect the points without repetitions, in order, and the sentences about gaps."""
    kept: list[Point] = []
    gaps: list[str] = []
    for agent, text in task.contributions:
        body, names = split_sources(text)
        label = ""
        for line in body.splitlines():
            line_text = plain_with_marks(_ENTRY.sub("", " ".join(line.split())))
            if _LABEL.match(line_text):
                label = line_text.rstrip(":")
                continue
            label = label if line_text else ""
            said_before: Point | None = None
            for sentence in split(line_text):
                bare = without_marks(sentence)
                if is_gap(bare):
                    gaps.append(with_full_stop(bare))
                elif len(word_tokens(bare)) > 1 and not (is_advice(bare) or bare.startswith(_NO_STATEMENTS)):
                    if len(kept) == _MOST_POINTS:
                        break
                    sources = tuple(names[number] for number in cited_in(sentence) if number in names)
                    point = Point((agent,), label in _ASSESSED, statement(bare), sources)
                    if depends_on_previous(bare) and said_before is not None:
                        _lean(kept, said_before, point)
                    else:
                        said_before = _add(kept, point)
    return kept, list(dict.fromkeys(gaps))


def plain_with_marks(line: str) -> str:
    """Strip Markdown from a line but keep its citations, which are masked meanwhile."""
    hidden = re.sub(r"\[(\d[\d, ]*)\]", "\ue000\\1\ue001", line)
    return plain(hidden).lstrip("# ").replace("\ue000", "[").replace("\ue001", "]")


def _add(kept: list[Point], point: Point) -> Point:
    for index, had in enumerate(kept):
        if repeats(point.statement, had.statement):
            kept[index] = attrs.evolve(
                had,
                agents=tuple(dict.fromkeys((*had.agents, *point.agents))),
                is_assessed=had.is_assessed or point.is_assessed,
                sources=tuple(dict.fromkeys((*had.sources, *point.sources))),
            )
            return kept[index]
    kept.append(point)
    return point


def _lean(kept: list[Point], before: Point, point: Point) -> None:
    """Merge a dependent sentence into the point before it."""
    whole = attrs.evolve(before, statement=statement(f"{before.statement.text} {point.statement.text}"))
    for index, had in enumerate(kept):
        if had is before and point.statement.text not in had.statement.text:
            kept[index] = attrs.evolve(whole, sources=tuple(dict.fromkeys((*had.sources, *point.sources))))


def _lead(task: Synthesize, points: Sequence[Point], preferences: AnswerPreferences) -> list[Point]:
    """Choose the points that answer the question best, else statements of the passages."""
    at_most = BRIEF_SENTENCES if preferences.is_brief else _LEAD
    worded = [point for point in points if not _FIELDS.match(point.statement.text)]
    points = worded or points
    by_statement = {id(point.statement): point for point in points}
    found = ranked(
        task.question,
        [point.statement for point in points],
        preferred=preferences.preferred,
        unwanted=preferences.unwanted,
    )
    if found:
        return [by_statement[id(one)] for one in chosen(found, at_most)]
    if points:
        return list(points[:at_most])
    read = ranked(
        task.question,
        statements_of(task.passages),
        preferred=preferences.preferred,
        unwanted=preferences.unwanted,
    )
    return [
        Point((), False, one, (source_of(task.passages[one.source]),))
        for one in (chosen(read, at_most) if read else ())
    ]


def _lead_text(lead: Sequence[Point], bibliography: Bibliography, preferences: AnswerPreferences) -> str:
    worded = (sentence for point in lead for sentence in _sentences(point, bibliography))
    return " ".join(islice(worded, BRIEF_SENTENCES) if preferences.is_brief else worded)


def _cited_text(point: Point, bibliography: Bibliography) -> str:
    return " ".join(_sentences(point, bibliography))


def _sentences(point: Point, bibliography: Bibliography) -> Iterator[str]:
    for sentence in split(capitalised(point.statement.text)):
        yield bibliography.cited(sentence, *point.sources)


def _contributions(task: Synthesize, points: Sequence[Point], bibliography: Bibliography) -> list[str]:
    parts = []
    for agent in dict.fromkeys(agent for agent, _ in task.contributions):
        mine = [point for point in points if point.agents and point.agents[0] == agent][:_MOST_OF_ONE]
        if not mine:
            continue
        lines = [f"- {_labelled(point, _cited_text(point, bibliography))}" for point in mine]
        parts.append("\n".join([f"{_name(agent)}:", *lines]))
    return parts


def _labelled(point: Point, worded: str) -> str:
    """Label a point as strength or risk, where it was assessed."""
    tendency = tendency_of(point.statement.text) if point.is_assessed else "none"
    return f"{capitalised(tendency)}: {worded}" if tendency in ("strength", "risk") else worded


def _contrary(points: Sequence[Point]) -> list[tuple[Point, Point]]:
    pairs = [
        (one, other)
        for index, one in enumerate(points)
        for other in points[index + 1 :]
        if set(one.agents).isdisjoint(other.agents) and differs(one.statement, other.statement)
    ]
    return pairs[:_MOST_DIFFERENCES]


def _differences(pairs: Sequence[tuple[Point, Point]], bibliography: Bibliography) -> str:
    lines = [
        f"- {_name(one.agents[0])} says: {_cited_text(one, bibliography)} "
        f"{_name(other.agents[0])} says: {_cited_text(other, bibliography)}"
        for one, other in pairs
    ]
    return (
        "\n".join(["The contributions do not agree; both stand as they were given:", *lines]) if lines else ""
    )


def _open(gaps: Sequence[str], silent: Sequence[str], echoes: Sequence[str]) -> str:
    lines = [f"- {gap}" for gap in gaps]
    if silence := _silence(silent):
        lines.append(f"- {silence}")
    if echoes:
        lines.append(
            f"- {listed([_name(agent) for agent in echoes])} added nothing that the others had not said."
        )
    return "\n".join(["Open points:", *lines]) if lines else ""


def _silence(silent: Sequence[str]) -> str:
    return f"{listed([_name(agent) for agent in silent])} contributed nothing." if silent else ""


def _name(agent: str) -> str:
    return capitalised(agent.replace("_", " "))
