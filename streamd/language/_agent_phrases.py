"""Phrases of agents: what agents declare that people say to mean them, found in requests.

Words count by their stems, so `Counting the stocks` says `count the stock`. Articles, courtesies and fillers count for
nothing. Of two phrases the longer one is meant.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import attrs

from streamd.core.tool_calls import PrimaryIntent
from streamd.language._politeness import FILLER_PHRASES, FILLERS, POLITE_PREFIXES
from streamd.language._tokens import Token, tokenise
from streamd.text.wordlist import words
from streamd.text.words import stem

_LITTLE: Final = words("a an the my our your this that these those")
_AROUND: Final = frozenset((*POLITE_PREFIXES, *FILLER_PHRASES))
_LONGEST_AROUND: Final = max(map(len, _AROUND))
_MOST_TOKENS: Final = 200
"""A longer text is a document that somebody pasted, and no call for an agent."""


@attrs.frozen
class AgentPhrases:
    """The phrases of all agents by their stems."""

    intent_by_stems: Mapping[tuple[str, ...], PrimaryIntent]

    @classmethod
    def of(cls, declared: Mapping[PrimaryIntent, Sequence[str]]) -> "AgentPhrases":
        """The phrases as they are declared, by intent. Of two that say the same the first one counts."""
        found: dict[tuple[str, ...], PrimaryIntent] = {}
        for intent, phrases in declared.items():
            for phrase in phrases:
                found.setdefault(_stems_of_phrase(phrase), intent)
        return cls(found)

    def whole(self, tokens: Sequence[Token]) -> PrimaryIntent | None:
        """The intent of a text that says one phrase and nothing else; None of any other."""
        return self.intent_by_stems.get(_stems(tokens)) if self.intent_by_stems else None

    def leading(self, tokens: Sequence[Token]) -> PrimaryIntent | None:
        """The intent of the longest phrase that a text begins with; None when it begins with none."""
        if not self.intent_by_stems:
            return None
        said = _stems(tokens)
        found = [one for one in self.intent_by_stems if said[: len(one)] == one]
        return self.intent_by_stems[max(found, key=len)] if found else None


NO_AGENT_PHRASES: Final = AgentPhrases({})


@lru_cache(maxsize=1024)
def _stems_of_phrase(phrase: str) -> tuple[str, ...]:
    tokens = tokenise(phrase)
    # A phrase that is all courtesy, such as `help me`, is meant as it stands.
    return _stems(tokens) or tuple(stem(token.text.casefold()) for token in tokens)


def _stems(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The stems of what is said, without what people say around it."""
    if len(tokens) > _MOST_TOKENS:
        return ()
    # As it was written: a word that only the agent knows must not be corrected into one of the items.
    said = [token.text.casefold().replace("\u2019", "'") for token in tokens if token.kind != "mark"]
    start, end = 0, len(said)
    while start < end and (size := _around(said[start:end], at_end=False)):
        start += size
    while start < end and (size := _around(said[start:end], at_end=True)):
        end -= size
    return tuple(stem(word) for word in said[start:end] if word not in _LITTLE and word not in FILLERS)


def _around(said: Sequence[str], *, at_end: bool) -> int:
    """How many words at one end are courtesy."""
    for size in range(min(_LONGEST_AROUND, len(said)), 0, -1):
        part = tuple(said[len(said) - size :] if at_end else said[:size])
        if part in _AROUND or (size == 1 and part[0] in FILLERS):
            return size
    return 0
