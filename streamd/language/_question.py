"""A question as it is parsed: the parts that were recognised, and the words that are left over."""

from collections.abc import Collection, Container, Mapping
from enum import Enum, auto
from typing import Final

import attrs

from streamd.facts import frozen
from streamd.language._lexicon import FieldWord
from streamd.language._syntax_tree import NounPhrase
from streamd.language._tokens import Token
from streamd.text.wordlist import words

REORDERING: Final = words("reorder restock restocking replenish replenishing critical reordered restocked")
"""Words that ask for what is to be ordered."""
SORTING: Final = words("sort sorted order ordered rank ranked ranking top bottom arrange arranged")
"""Words that ask for an order, which `by` then names."""
_WHETHER: Final = words("is are do does did have has was were isn't aren't don't doesn't")
_WHOLE: Final = words("all every each both everything always only")


class QuestionPart(Enum):
    """A part of a question that only some answers are about: another answer would leave it out."""

    FIELD = auto()
    GROUP = auto()
    NUMBER = auto()
    """Of pieces: the `50` of `do we have 50 hard hats?`."""
    WHOLE = auto()
    """The `all` of a question whether something is so of each."""


@frozen
class Question:
    """The parts of a question that were recognised."""

    words: frozenset[str]
    text: str
    phrases: tuple[NounPhrase, ...] = ()
    fields: tuple[tuple[FieldWord, str], ...] = ()
    unknown: tuple[str, ...] = ()
    """Capitalised or quoted words without meaning here: names of items that do not exist."""
    ignored: tuple[str, ...] = ()
    """Filters that were not understood: `over 10000` of items without such a number."""
    known_words: Container[str] = frozenset()
    """All words of the grammar and the lexicon."""
    tokens: tuple[Token, ...] = ()
    left: tuple[int, ...] = ()
    """Indices of the tokens that belong to no phrase or field: the measure explains them, or the question is refused."""
    starts: tuple[int, ...] = ()
    """The index of the token at which each phrase begins."""
    begins: frozenset[int] = frozenset()
    """Indices of the tokens at which phrases and fields begin."""
    groups: tuple[tuple[FieldWord, str], ...] = ()
    """Fields by whose values figures are asked for: `per supplier`."""
    spans: Mapping[QuestionPart, Collection[int]] = attrs.field(factory=dict)
    """The indices of the tokens of each part that only some answers are about."""

    @property
    def is_whether(self) -> bool:
        """Whether it asks for yes or no: `are any gloves in Zone A?`."""
        return bool(self.tokens) and self.tokens[0].norm in _WHETHER

    def span(self, part: QuestionPart) -> Collection[int]:
        """The tokens of a part; those of the whole are `all` and `both` where it asks whether something is so of each."""
        if part is not QuestionPart.WHOLE:
            return self.spans.get(part, ())
        return [at for at, one in enumerate(self.tokens) if self.is_whether and one.norm in _WHOLE]
