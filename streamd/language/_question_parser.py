"""Parses questions: the measure, the fields and the items. What it does not recognise is left over, for the answer to judge."""

from typing import Final

import attrs

from streamd.facts import define
from streamd.language._known_values import is_numeric
from streamd.language._lexicon import FieldWord, longest
from streamd.language._noun_phrases import of_every_type
from streamd.language._predicates import AllOf, conjunction_of
from streamd.language._quantities import quantity
from streamd.language._question import Question, QuestionPart
from streamd.language._question_parts import (
    adjective,
    field_of_named,
    field_rather,
    group_here,
    headed_here,
    measured_field,
    noun_left_over,
    owner_next,
    phrase_here,
    predicate,
    valued_here,
    with_more,
)  # fmt: skip
from streamd.language._question_words import JOINING
from streamd.language._syntax_tree import NounPhrase, Superlative
from streamd.language._token_reader import TokenReader
from streamd.language._typed_conditions import filter_here
from streamd.language._unknown_values import unknown_value

_MOST_PHRASES: Final = 24
_HOW: Final = ("how reliable", "how expensive", "how fast")
_POSSIBLE: Final = tuple(
    f"{being} {able} to"
    for being in ("is it", "is it still", "would it be", "will it be", "isn't it", "was it")
    for able in (
        "possible",
        "ok",
        "okay",
        "fine",
        "allowed",
        "safe",
        "wise",
        "good",
        "best",
        "better",
        "time",
    )
)
"""Beginnings with an `it` that refers to what follows."""


def question(reader: TokenReader) -> Question:
    """Parse all tokens and keep the parts that are recognised."""
    draft = _Draft(reader)
    reader.accept(*_POSSIBLE)
    while not reader.ended and len(draft.phrases) < _MOST_PHRASES:
        if reader.accept("how many", "how much", "how many units", "how many pieces", "how much of", *_HOW):
            continue
        if reader.word() in ("which", "what") and quantity(reader.tokens, reader.at + 1):
            reader.at += 1  # `which three products`: it asks, and begins no relative clause
        if field_of_named(reader):
            reader.at += 1
        if not draft.phrase_or_field() and not draft.group_or_noun():
            draft.leave()
    draft.left += range(reader.at, len(reader.tokens))
    return draft.question()


@define
class _Draft:
    """A question while it is being parsed."""

    reader: TokenReader
    phrases: list[NounPhrase] = attrs.field(factory=list)
    fields: list[tuple[FieldWord, str]] = attrs.field(factory=list)
    unknown: list[str] = attrs.field(factory=list)
    ignored: list[str] = attrs.field(factory=list)
    left: list[int] = attrs.field(factory=list)
    starts: list[int] = attrs.field(factory=list)
    begins: set[int] = attrs.field(factory=set)
    groups: list[tuple[FieldWord, str]] = attrs.field(factory=list)
    spans: dict[QuestionPart, set[int]] = attrs.field(factory=dict)
    passed_over: int = 0
    """The number of words right before the position that mean nothing here."""

    def phrase_or_field(self) -> bool:
        """Read the noun phrase or the field that begins here."""
        reader = self.reader
        start, field = reader.at, reader.field()
        name = longest(reader.lexicon.names, reader.tokens, start)
        one = phrase_here(reader)
        is_field = field is not None and not (name and name[1] >= field[1])
        if one is not None and (measured := measured_field(reader, start, one)):
            one, field, is_field, start = None, measured, True, start + 1
        if one is not None and not (is_field and field and field_rather(reader, field[1], start)):
            if self.passed_over and not one.names:
                self._ignore(adjective(reader, start - self.passed_over, start))
            self._add(start, of_every_type(reader, self._said_of(one, start)))
            self._ignore(noun_left_over(reader, self.phrases[-1]))
            if not self.phrases[-1].names:
                self._ignore(predicate(reader, self.phrases[-1]))
            return True
        reader.at = start
        if field is None or not is_field:
            return False
        self.begins.add(start)
        self.fields.append((field[0], reader.surface(start, field[1])))
        reader.at = field[1]
        self._span(QuestionPart.FIELD, start)
        self._furthest(field[0])
        self.passed_over += field[1] - start if self.passed_over else 0
        if reader.word() in ("of", "for") and owner_next(reader, field[0]):
            reader.at += 1
        return True

    def group_or_noun(self) -> bool:
        """Read the groups, or the noun for names, that begin here."""
        start = self.reader.at
        if (group := group_here(self.reader)) is not None:
            self.groups.append(group)
            self._span(QuestionPart.GROUP, start)
            return True
        if (headed := valued_here(self.reader) or headed_here(self.reader)) is None:
            return False
        self._add(start, self._said_of(headed, start))
        return True

    def _said_of(self, one: NounPhrase, start: int) -> NounPhrase:
        """Add what is said of a noun phrase after it, and to those before it that `and` joins: `gloves and bolts are low`."""
        reader, end = self.reader, self.reader.at
        found = with_more(reader, one)
        said = found.condition if one.condition is None else None
        if isinstance(found.condition, AllOf) and one.condition is not None and reader.at > end:
            said = found.condition.of[-1]
        is_joined = (
            start and reader.tokens[start - 1].norm in JOINING and reader.tokens[end].norm in ("is", "are")
            if reader.at > end
            else False
        )
        if is_joined and said is not None and self.phrases and self.phrases[-1].condition != said:
            before = self.phrases[-1]
            self.phrases[-1] = attrs.evolve(before, condition=conjunction_of(before.condition, said))
        return found

    def leave(self) -> None:
        """Pass over a word that begins nothing."""
        reader = self.reader
        if self.phrases and not self.phrases[-1].names:
            filtering = filter_here(reader)
            if not filtering and (error := unknown_value(reader)):
                raise error
            self._ignore(filtering)
        token = reader.tokens[reader.at]
        is_strange = token.text[:1].isupper() and token.norm not in reader.known_words
        if token.kind == "quoted" or (reader.at > 0 and is_strange):
            self.unknown.append(token.text)
        self.left.append(reader.at)
        reader.at += 1
        self.passed_over += 1

    def question(self) -> Question:
        """The question with all its parts."""
        reader = self.reader
        return Question(
            frozenset(token.norm for token in reader.tokens), reader.text, tuple(self.phrases), tuple(self.fields), tuple(self.unknown),
            tuple(self.ignored), reader.known_words, tuple(reader.tokens), tuple(self.left), tuple(self.starts), frozenset(self.begins), tuple(self.groups), self.spans,
        )  # fmt: skip

    def _add(self, start: int, one: NounPhrase) -> None:
        self.passed_over = 0
        self.begins.add(start)
        self.starts.append(start)
        self.phrases.append(one)
        if one.count and not one.superlative:
            last = one.count.end - 1
            said = one.count.value != 1 or self.reader.tokens[last].norm in ("1", "one")
            self.spans.setdefault(QuestionPart.NUMBER, set()).update([last] if said else [])

    def _span(self, part: QuestionPart, start: int) -> None:
        self.spans.setdefault(part, set()).update(range(start, self.reader.at))

    def _furthest(self, field: FieldWord) -> None:
        """Read the end of `which three products cost the most`."""
        reader, start = self.reader, self.reader.at
        said = reader.accept("the most", "the least", "most", "least")
        last = self.phrases[-1] if self.phrases else None
        if not said or last is None or last.superlative or not is_numeric(reader, field):
            reader.at = start
            return
        count = int(last.count.value) if last.count else 1
        extreme = Superlative(field, said.endswith("most"), count, said)
        self.phrases[-1] = attrs.evolve(last, superlative=extreme, count=None)
        self.spans.pop(QuestionPart.NUMBER, None)
        self.spans[QuestionPart.FIELD] = set()

    def _ignore(self, filtering: str) -> None:
        if filtering:
            self.ignored.append(filtering)
