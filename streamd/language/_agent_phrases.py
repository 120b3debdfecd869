"""Finds the phrases that agents declare as calls for themselves in requests.

Words are compared by their stems, so `Counting the stocks` matches `count the stock`. Articles, polite words and
fillers are ignored. Of two phrases that match the longer one counts.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from streamd.core.tool_calls import PrimaryIntent
from streamd.facts import frozen
from streamd.language._politeness import FILLER_PHRASES, FILLERS, POLITE_PREFIXES
from streamd.language._tokens import Token, tokenise
from streamd.text.wordlist import words
from streamd.text.words import stem

_DETERMINERS: Final = words("a an the my our your this that these those")
_AROUND: Final = frozenset((*POLITE_PREFIXES, *FILLER_PHRASES))
_LONGEST_AROUND: Final = max(map(len, _AROUND))
_MOST_TOKENS: Final = 200
"""A longer text is a pasted document rather than a call for an agent."""


@frozen
class AgentPhrases:
    """The phrases of all agents by their stems."""

    intent_by_stems: Mapping[tuple[str, ...], PrimaryIntent]

    @classmethod
    def of(cls, declared: Mapping[PrimaryIntent, Sequence[str]]) -> "AgentPhrases":
        """Index declared phrases by their stems. Of two equal phrases the first one counts."""
        found: dict[tuple[str, ...], PrimaryIntent] = {}
        for intent, phrases in declared.items():
            for phrase in phrases:
                found.setdefault(_stems_of_phrase(phrase), intent)
        return cls(found)

    def whole(self, tokens: Sequence[Token]) -> PrimaryIntent | None:
        """The intent of a text that is one phrase and nothing else; None for any other."""
        return self.intent_by_stems.get(_stems(tokens)) if self.intent_by_stems else None

    def leading(self, tokens: Sequence[Token]) -> PrimaryIntent | None:
        """The intent of the longest phrase that a text begins with; None when it begins with none."""
        if not self.intent_by_stems:
            return None
        stems = _stems(tokens)
        found = [one for one in self.intent_by_stems if stems[: len(one)] == one]
        return self.intent_by_stems[max(found, key=len)] if found else None


NO_AGENT_PHRASES: Final = AgentPhrases({})


def phrase_key(phrase: str) -> str:
    """The stems of a phrase in one text, equal for phrases that match the same requests."""
    return " ".join(_stems_of_phrase(phrase))


@lru_cache(maxsize=1024)
def _stems_of_phrase(phrase: str) -> tuple[str, ...]:
    tokens = tokenise(phrase)
    # A phrase of polite words only, such as `help me`, is matched whole.
    return _stems(tokens) or tuple(stem(token.text.casefold()) for token in tokens)


def _stems(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The stems of a text without the polite words around it."""
    if len(tokens) > _MOST_TOKENS:
        return ()
    # The words as written: one that only the agent knows must not be corrected into the name of an item.
    surface = [token.text.casefold().replace("\u2019", "'") for token in tokens if token.kind != "mark"]
    start, end = 0, len(surface)
    while start < end and (size := _around(surface[start:end], at_end=False)):
        start += size
    while start < end and (size := _around(surface[start:end], at_end=True)):
        end -= size
    return tuple(
        stem(word) for word in surface[start:end] if word not in _DETERMINERS and word not in FILLERS
    )


def _around(surface: Sequence[str], *, at_end: bool) -> int:
    """The number of polite words at one end."""
    for size in range(min(_LONGEST_AROUND, len(surface)), 0, -1):
        part = tuple(surface[len(surface) - size :] if at_end else surface[:size])
        if part in _AROUND or (size == 1 and part[0] in FILLERS):
            return size
    return 0
