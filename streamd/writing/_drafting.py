"""Writes drafts: the sections of a plan, filled with statements of the sources, with explicit gaps where there are none."""

import re
from collections.abc import Sequence
from typing import Final

from streamd.core.tasks import Draft
from streamd.text.letter_case import decapitalised
from streamd.text.lists import listed
from streamd.text.number_words import counted_in_words
from streamd.writing._composition import CitedStatement, Composition, Part, composition_of
from streamd.writing._copy_brief import texts_in
from streamd.writing._gap_sentences import WRITING_ADVICE, is_advice, is_gap
from streamd.writing._material import material_of
from streamd.writing._outline import OPEN, OutlineSection, section_of, sections_in
from streamd.writing._planning import TRIP, heading_of, sections_for, subject_of
from streamd.writing._ranking import chosen, ranked, statement
from streamd.writing._remarks import missing_in
from streamd.writing._section_filling import fill, statements_about
from streamd.writing._tendency import tendency_of
from streamd.writing.trip import Trip, money, trip_of

_A_PART: Final = 3
_A_REVISED_PART: Final = 5
_OPENING: Final = 2
_ANSWERS: Final = 2
_LEAST_OF_ANSWER: Final = 0.4
_COMPUTED: Final = re.compile(
    r"^(?:The budget of [\d,.]+|No budget was given|The length was not given|Taken together, )"
)
_DAY: Final = re.compile(r"\bday\s+(\d{1,2})\b", re.IGNORECASE)
_PRICE: Final = re.compile(r"[€$£]\s?\d|\d\s?(?:€|EUR|USD|GBP|euros?|dollars?|pounds?)\b", re.IGNORECASE)


def draft_of(task: Draft) -> str:
    """Write a draft, or revise the previous one as its critique asks. Never empty.

    Every sentence is from a source, the brief or the previous draft, or is computed from them.
    """
    trip = trip_of(task.topic, task.brief) if task.kind == TRIP else None
    subject = trip.destination if trip else subject_of(task.topic)
    planned = sections_in(task.plan) or sections_for(task.kind, task.topic, task.brief)
    if task.previous.strip():
        whole = composition_of(task.previous)
        _mend(whole, planned)
    else:
        title = heading_of(trip) if trip else subject
        whole = Composition(title, parts=[Part(section) for section in planned])
    facts = [CitedStatement(statement(fact)) for fact in texts_in(task.brief, "facts")]
    known = [*facts, *statements_about(subject, material_of(task.passages))]
    statements = [one.statement for one in whole.everything()]
    held = Part(section_of(""), [CitedStatement(one) for one in statements])
    fresh = [one for one in known if not held.has(one.statement)]
    unanswered = _answered(whole, task.critique, fresh)
    _assume(whole, trip)
    # Neutral statements introduce the subject best; other remaining ones may follow.
    _open(whole, subject, fresh, {id(one) for one in fresh if tendency_of(one.statement.text) == "none"})
    fill(whole.parts, fresh, subject, at_most=_A_REVISED_PART if task.previous.strip() else _A_PART)
    _open(whole, subject, fresh, {id(one) for one in fresh})
    _complete(whole, trip, subject, fresh)
    if unanswered:
        whole.parts.append(
            Part(OutlineSection(OPEN, "part"), [CitedStatement(statement(text)) for text in unanswered])
        )
    return str(whole)


def _mend(whole: Composition, planned: Sequence[OutlineSection]) -> None:
    """Remove gaps, repetitions and computed sentences, and insert missing sections."""
    seen = Part(section_of(""))
    for statements in (whole.opening, *(part.statements for part in whole.parts)):
        kept = []
        for one in statements:
            text = one.statement.text
            if not (is_gap(text) or is_advice(text) or _COMPUTED.match(text) or seen.has(one.statement)):
                seen.statements.append(one)
                kept.append(one)
        statements[:] = kept
    whole.parts = [part for part in whole.parts if part.section.title != OPEN]
    there = {_key(part.section) for part in whole.parts}
    for place, section in enumerate(planned):
        if _key(section) not in there:
            before = {_key(one) for one in planned[:place]}
            at = max(
                (at for at, part in enumerate(whole.parts, 1) if _key(part.section) in before), default=0
            )
            whole.parts.insert(at, Part(section))


def _key(section: OutlineSection) -> str:
    return f"day {section.day}" if section.kind == "day" else section.title.casefold()


def _answered(whole: Composition, critique: str, fresh: list[CitedStatement]) -> list[str]:
    """Insert statements that answer a person's remarks; returns the remarks without an answer.

    Remarks of the checks are met when the sections are filled again.
    """
    left = []
    for remark in missing_in(critique):
        if remark.label:
            continue
        found = [
            one
            for one in ranked(remark.text, [one.statement for one in fresh])
            if one.score >= _LEAST_OF_ANSWER
        ]
        taken = chosen(found, _ANSWERS) if found else ()
        if not taken:
            left.append(remark.text)
            continue
        day = _DAY.search(remark.text)
        named = [part for part in whole.parts if day and part.section.day == int(day.group(1))]
        for one in taken:
            cited = next(each for each in fresh if each.statement is one)
            fresh.remove(cited)
            (named or _nearest(whole, cited, remark.text))[0].statements.append(cited)
    return left


def _nearest(whole: Composition, cited: CitedStatement, remark: str) -> list[Part]:
    """The section closest to a statement and the remark it answers."""
    about = cited.statement.about | statement(remark).about
    filled = [part for part in whole.parts if part.section.kind in ("day", "part")] or whole.parts
    if not filled:
        whole.parts.append(Part(section_of("Further points")))
        return whole.parts[-1:]
    return [
        max(
            filled,
            key=lambda part: (
                2 * len(part.section.terms & about) + len(part.section.related & about),
                -len(part.statements),
            ),
        )
    ]


def _assume(whole: Composition, trip: Trip | None) -> None:
    """State the assumptions of a trip's draft at its beginning."""
    if trip is not None and not trip.days_are_known:
        assumed = f"The length was not given, so {counted_in_words(trip.days, 'day')} are assumed."
        whole.opening.insert(0, CitedStatement(statement(assumed)))


def _open(whole: Composition, subject: str, fresh: list[CitedStatement], suitable: set[int]) -> None:
    """Fill the introduction with statements about the subject."""
    opening = next((part.statements for part in whole.parts if part.section.kind == "opening"), None)
    if opening is None or len(opening) >= _OPENING:
        return
    found = ranked(subject, [one.statement for one in fresh if id(one) in suitable])
    for one in chosen(found, _OPENING - len(opening)) if found else ():
        cited = next(each for each in fresh if each.statement is one)
        fresh.remove(cited)
        opening.append(cited)


def _complete(whole: Composition, trip: Trip | None, subject: str, fresh: list[CitedStatement]) -> None:
    """Add the computed parts: the budget, the conclusion, and gaps."""
    for part in whole.parts:
        if part.section.kind == "budget" and trip is not None:
            prices = [one for one in fresh if _PRICE.search(one.statement.text)][
                : _A_PART - len(part.statements)
            ]
            part.statements = [CitedStatement(statement(_budget(trip))), *part.statements, *prices]
        elif part.section.kind == "closing":
            part.statements.append(CitedStatement(statement(_balance(whole))))
        elif not part.statements:
            part.statements.append(CitedStatement(statement(_gap(part.section, trip))))
    if not any(one.sources for one in whole.everything()):
        about = f"“{subject}”" if subject else "this"
        advice = [
            CitedStatement(statement(text))
            for text in (f"There are no notes about {about} to write from.", WRITING_ADVICE)
        ]
        whole.opening[:0] = advice


def _budget(trip: Trip) -> str:
    if trip.budget is None:
        return "No budget was given, so none is reckoned with"
    daily = f"{money(round(trip.budget.amount / trip.days, 2))} {trip.budget.currency}".strip()
    return f"The budget of {trip.budget} comes to {daily} a day over {counted_in_words(trip.days, 'day')}"


def _balance(whole: Composition) -> str:
    """Count the points for and against."""
    tendencies = [
        tendency_of(one.statement.text) for one in whole.everything() if not is_gap(one.statement.text)
    ]
    good, bad = tendencies.count("strength"), tendencies.count("risk")
    if not (good or bad):
        return "Taken together, the sources speak neither for nor against it"
    sides = [
        f"{counted_in_words(many, 'point')} {side} it"
        for many, side in ((good, "for"), (bad, "against"))
        if many
    ]
    return f"Taken together, the sources hold {listed(sides)}"


def _gap(section: OutlineSection, trip: Trip | None) -> str:
    place = f" in {trip.destination}" if trip is not None and trip.destination else ""
    about = (
        f"No notes on {decapitalised(section.theme)}{place}"
        if section.theme
        else f"No notes for day {section.day}"
    )
    return f"{about}: this day is left open" if section.kind == "day" else about
