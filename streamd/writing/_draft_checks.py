"""Checks of any draft: its sections, topic, sources, repetitions, length and sentences."""

from collections.abc import Iterator
from functools import cached_property
from typing import Final, TypeAlias

from streamd.facts import frozen
from streamd.text.lists import listed
from streamd.text.number_words import counted_in_words
from streamd.text.words import terms
from streamd.writing._composition import Composition, Part
from streamd.writing._gap_sentences import is_gap
from streamd.writing._outline import OPEN, OutlineSection
from streamd.writing._planning import subject_of
from streamd.writing._readability import reading_ease, words_in
from streamd.writing._remarks import Remark
from streamd.writing._sentence_splitting import split
from streamd.writing.trip import Trip

_LEAST_WORDS_A_SECTION: Final = 20
_MOST_WORDS_A_SECTION: Final = 220
_CITED_SHARE: Final = 0.5
_LONG_SENTENCE_WORDS: Final = 35

Finding: TypeAlias = tuple[bool, Remark]
"""Whether the check passes, and the remark about it."""


@frozen
class Subject:
    """A draft with its plan and topic, as the checks read it."""

    whole: Composition
    planned: tuple[OutlineSection, ...]
    topic: str
    trip: Trip | None

    @cached_property
    def sentences(self) -> list[str]:
        """All sentences but those that only state a gap."""
        texts = (sentence for one in self.whole.everything() for sentence in split(one.statement.text))
        return [text for text in texts if not is_gap(text)]

    @cached_property
    def terms(self) -> frozenset[str]:
        """The stems of all sentences."""
        return frozenset(term for sentence in self.sentences for term in terms(sentence))


def check_sections(subject: Subject) -> Iterator[Finding]:
    """Check that the draft has each section of the plan."""
    there = {part.section.title.casefold() for part in subject.whole.parts}
    days = {part.section.day for part in subject.whole.parts}
    absent = [
        f"“{one.title}”"
        for one in subject.planned
        if one.title.casefold() not in there and not (one.kind == "day" and one.day in days)
    ]
    if absent:
        yield False, Remark(f"the plan also has {listed(absent)}.", "Sections")
    else:
        yield True, Remark("every section of the plan is there.", "Sections")


def check_open_parts(subject: Subject) -> Iterator[Finding]:
    """Check that each section has content."""
    empty = [
        part.section.title
        for part in subject.whole.parts
        if part.section.title != OPEN and all(is_gap(one.statement.text) for one in part.statements)
    ]
    for title in empty:
        yield False, Remark(f"“{title}” has nothing behind it: find material about it.", "Open parts")


def check_topic(subject: Subject) -> Iterator[Finding]:
    """Check that the words of the topic occur."""
    wanted = dict.fromkeys(terms(subject_of(subject.topic)))
    absent = [term for term in wanted if term not in subject.terms]
    spelt_out = [word for word in subject_of(subject.topic).split() if set(terms(word)) & set(absent)]
    if spelt_out:
        quoted = [f"“{word.strip('.,;:!?')}”" for word in spelt_out]
        yield (
            False,
            Remark(
                f"{listed(quoted)} of the topic {'does' if len(quoted) == 1 else 'do'} not come up.", "Topic"
            ),
        )
    elif wanted:
        yield True, Remark("the text keeps to its topic.", "Topic")


def check_sources(subject: Subject) -> Iterator[Finding]:
    """Check that at least half of the statements cite a source."""
    worded = [one for one in subject.whole.everything() if not is_gap(one.statement.text)]
    cited = sum(bool(one.sources) for one in worded)
    share = cited / len(worded) if worded else 0.0
    text = f"{cited} of {len(worded)} statements name their source"
    yield (
        share >= _CITED_SHARE,
        Remark(f"{text}." if share >= _CITED_SHARE else f"only {text}; support the others.", "Sources"),
    )


def check_repetition(subject: Subject) -> Iterator[Finding]:
    """Check that no statement is repeated."""
    seen = Part(OutlineSection("", "part"))
    repeated = []
    for one in subject.whole.everything():
        if not is_gap(one.statement.text):
            if seen.has(one.statement):
                repeated.append(one.statement.text)
            seen.statements.append(one)
    for text in repeated[:3]:
        yield False, Remark(f"this is said twice: “{text}”", "Repetition")
    if not repeated:
        yield True, Remark("nothing is said twice.", "Repetition")


def check_length(subject: Subject) -> Iterator[Finding]:
    """Check that a section has 20 to 220 words on average."""
    many = sum(len(words_in(sentence)) for sentence in subject.sentences)
    least = _LEAST_WORDS_A_SECTION * max(1, len(subject.planned))
    most = _MOST_WORDS_A_SECTION * max(1, len(subject.planned))
    if many < least:
        yield (
            False,
            Remark(
                f"{counted_in_words(many, 'word')} are few for {counted_in_words(len(subject.planned), 'section')}; say more, at least {least}.",
                "Length",
            ),
        )
    elif many > most:
        yield (
            False,
            Remark(
                f"{many} words are many for {counted_in_words(len(subject.planned), 'section')}; cut to {most}.",
                "Length",
            ),
        )
    else:
        yield True, Remark(f"{many} words are a good length.", "Length")


def check_sentence_lengths(subject: Subject) -> Iterator[Finding]:
    """Check that no sentence is too long."""
    long = [one for one in subject.sentences if len(words_in(one)) > _LONG_SENTENCE_WORDS]
    for one in long[:2]:
        opening = " ".join(one.split()[:6])
        yield (
            False,
            Remark(f"the sentence “{opening}…” has {len(words_in(one))} words; split it.", "Sentences"),
        )
    if subject.sentences and not long:
        ease = reading_ease(" ".join(subject.sentences))
        yield True, Remark(f"no sentence is too long (reading ease {ease:.0f}).", "Sentences")
