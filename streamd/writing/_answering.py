"""Answers questions with the best statements of the material, cited, in the style the user prefers."""

import re
from collections.abc import Sequence
from itertools import islice
from typing import Final

import attrs

from streamd.core.tasks import Answer
from streamd.text.full_stops import with_full_stop
from streamd.text.letter_case import capitalised
from streamd.text.lists import listed
from streamd.text.words import terms
from streamd.writing._answer_preferences import AnswerPreference, AnswerPreferences, preferences_of
from streamd.writing._fixed_lines import EARLIER, NOT_COVERED
from streamd.writing._gap_sentences import is_advice, is_gap, nothing_found, nothing_known
from streamd.writing._material import Material, material_of
from streamd.writing._perspectives import PERSPECTIVES, points
from streamd.writing._ranking import Statement, chosen, ranked, repeats, statement, uncovered
from streamd.writing._sentence_splitting import plain, sentences_of, split
from streamd.writing.citations import source_of, without_marks

BRIEF_SENTENCES: Final = 2
_SENTENCES: Final = 4
_THOROUGH_SENTENCES: Final = 8
_ROLE_SENTENCES: Final = 8
_UNASKED_FACTS: Final = 3
_MEMORIES: Final = 2
_MISSED: Final = 4
_LEAST_OF_MEMORY: Final = 0.45
_ASKED: Final = re.compile(r"\?$|^(?:the )?(?:user|you) (?:asked|wanted)\b", re.IGNORECASE)
"""Questions and reports of questions, which are no answer."""
_OWN: Final = frozenset(terms("prefer prefers preferred preference preferences"))


def answer_of(task: Answer) -> str:
    """Answer a question from facts, passages and memories, or say what to do when nothing is known. Never empty."""
    preferences = preferences_of(task.preferences)
    material = material_of(task.passages)
    facts = tuple(statement(fact) for fact in map(without_marks, task.facts) if terms(fact))
    at_most = _most(preferences, task.role)
    found = ranked(
        task.question,
        (*facts, *material.statements),
        preferred=preferences.preferred,
        unwanted=preferences.unwanted,
    )
    best = chosen(found, at_most) if found else ()
    unasked = () if best else facts[: min(at_most, _UNASKED_FACTS)]
    if unasked and not terms(task.question):
        # `How are we doing?` has no content word: then the facts are the answer.
        best, unasked = unasked, ()
    best = (*(one for one in best if one.source < 0), *(one for one in best if one.source >= 0))
    earlier = _remembered(task, best, preferences)
    mentioned_preferences = _mentioned_preferences(task, best, preferences)
    if not (best or earlier or mentioned_preferences):
        return _nothing(task, unasked)
    parts = [_body(task, material, best, preferences)] if best else []
    if not best and earlier:
        parts.append(NOT_COVERED)
    if earlier:
        parts.append(EARLIER + " ".join(earlier))
    parts += [" ".join(mentioned_preferences)] if mentioned_preferences else []
    return material.with_sources(parts)


def _most(preferences: AnswerPreferences, role: str) -> int:
    if preferences.is_brief:
        return BRIEF_SENTENCES
    return (
        _ROLE_SENTENCES
        if role in PERSPECTIVES
        else (_THOROUGH_SENTENCES if preferences.is_thorough else _SENTENCES)
    )


def _body(task: Answer, material: Material, best: Sequence[Statement], preferences: AnswerPreferences) -> str:
    perspective = PERSPECTIVES.get(task.role)
    if perspective and not preferences.is_brief:
        return perspective(task.question, best, material)
    worded = _brief(material, best) if preferences.is_brief else [material.cite(one) for one in best]
    text = points(worded) if preferences.has_points else " ".join(worded)
    missed = [] if preferences.is_brief else uncovered(task.question, [*best, *material.statements])
    if not missed or len(missed) * 2 < len(terms(task.question)):
        return text
    return f"{text}\n\nNothing was found about {listed([f'“{word}”' for word in missed[:_MISSED]], 'or')}."


def _brief(material: Material, best: Sequence[Statement]) -> list[str]:
    """Limit an answer to two sentences, also where one statement has two."""
    sentences = (attrs.evolve(one, text=sentence) for one in best for sentence in split(one.text))
    return [material.cite(one) for one in islice(sentences, BRIEF_SENTENCES)]


def _remembered(task: Answer, best: Sequence[Statement], preferences: AnswerPreferences) -> list[str]:
    """Select statements from memories, without questions and gaps."""
    room = BRIEF_SENTENCES - len(best) if preferences.is_brief else _MEMORIES
    statements = [
        statement(text)
        for memory in task.memories
        for text in (without_marks(sentence.text) for sentence in sentences_of(memory))
        if terms(text) and not (is_gap(text) or is_advice(text) or _ASKED.search(text))
    ]
    found = [one for one in ranked(task.question, statements) if one.score >= _LEAST_OF_MEMORY]
    fresh = [one for one in found if not any(repeats(one.statement, had) for had in best)]
    return [capitalised(one.text) for one in chosen(fresh, room)] if fresh and room > 0 else []


def _mentioned_preferences(
    task: Answer, best: Sequence[Statement], preferences: AnswerPreferences
) -> list[str]:
    """Mention the preferences that bear on the question or its answer, and gaps in the sources about them."""
    if not _OWN.isdisjoint(terms(task.question)):
        worded = list(dict.fromkeys(plain(one).rstrip(".!") for one in task.preferences if one.strip()))
        return [with_full_stop(f"You told me: {listed([f'“{one}”' for one in worded])}")] if worded else []
    known = frozenset[str]().union(*(one.about for one in best)) if best else frozenset[str]()
    asked = frozenset(terms(task.question))
    bearing = preferences.bearing_on(" ".join([task.question, *(one.text for one in best)]))
    if preferences.is_brief:
        bearing = bearing[:1]
    return [_with_what_is_known(one, known, asked) for one in bearing]


def _with_what_is_known(preference: AnswerPreference, known: frozenset[str], asked: frozenset[str]) -> str:
    particular = preference.terms - asked
    if not particular or particular & known or preference.is_avoided:
        return preference.sentence
    return f"{preference.sentence[:-1]}; the sources say nothing about that."


def _nothing(task: Answer, facts: Sequence[Statement]) -> str:
    """State that nothing is known, with the closest facts about items or notes."""
    if facts:
        about = " ".join(one.text for one in facts)
        return f"{nothing_found(task.question)} What is known about the items: {about}"
    closest = list(dict.fromkeys(map(source_of, task.passages)))[:3]
    text = nothing_known(task.question)
    return f"{text}\n\nThe closest notes are: {'; '.join(closest)}." if closest else text
