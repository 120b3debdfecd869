"""Nouns for what names are names of, in a sentence: `gloves`, `steel bolts`."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import attrs

from streamd.core.item import ItemId
from streamd.facts import define
from streamd.language._everyday_words import GRAMMAR_WORDS, OTHER_WORDS
from streamd.language._name_heads import head_key, stem_of
from streamd.language._question_words import ASKING, MEASURING
from streamd.language._tokens import Token
from streamd.language._vocabulary import FUNCTION_WORDS

_LONGEST: Final = 3
_MOST_LOOKED_UP: Final = 60
_NO_NOUNS: Final = ASKING | MEASURING | FUNCTION_WORDS | GRAMMAR_WORDS | OTHER_WORDS


@define(eq=False)
class NameNouns:
    """Looks up nouns among names; each takes a look at all of them, so that a request may have so many only."""

    names: Mapping[str, Sequence[ItemId]]
    _known: dict[str, Sequence[str]] = attrs.field(factory=dict)
    """The names that each noun looked up is the head of."""

    def at(self, tokens: Sequence[Token], at: int) -> tuple[str, int] | None:
        """The longest noun that begins there and is what some name is the name of, and where it ends."""
        for size in range(min(_LONGEST, len(tokens) - at), 0, -1):
            run = tokens[at : at + size]
            if (
                any(one.kind != "word" for one in run)
                or run[-1].norm in _NO_NOUNS
                or run[0].norm in _NO_NOUNS
            ):
                continue
            noun = " ".join([*(one.norm for one in run[:-1]), stem_of(run[-1].norm)])
            if self._headed_by(noun):
                return noun, at + size
        return None

    def ids(self, noun: str) -> Iterable[ItemId]:
        """The items whose names are names of what the noun means."""
        return dict.fromkeys(one for name in self._headed_by(noun) for one in self.names[name])

    def _headed_by(self, noun: str) -> Sequence[str]:
        if noun not in self._known:
            if len(self._known) >= _MOST_LOOKED_UP:
                return ()
            self._known[noun] = [
                name for name in self.names if noun in name and f" {head_key(name)}".endswith(f" {noun}")
            ]
        return self._known[noun]
