"""The words of a question that carry no meaning of their own; every other one is explained by a part of it, or named.

An order with a word that is not understood is refused, and so is a question: it must not be answered as a wider one.
"""

from collections.abc import Set as AbstractSet
from typing import Final

from streamd.language._politeness import FILLER_PHRASES, POLITE_PREFIXES
from streamd.language._question import Question, QuestionPart
from streamd.language._question_words import ASKING, JOINING, SHOWING_PHRASES
from streamd.text.wordlist import words

_NEGATING: Final = words("don't doesn't isn't aren't didn't don't-you hasn't haven't wasn't weren't")
"""At the beginning of a question they ask; elsewhere they negate."""
_LINKING: Final = words("of for about on")
"""Prepositions that link a measure with what is measured."""
_QUANTIFYING: Final = words("all any each every both")
_OWNING: Final = words("its their")
"""Before a field; before items they would say whose."""
_TRAILING: Final = words("in from at on by for to with of")
"""Prepositions that may end a question: `which warehouse is it in?`."""
_LEAVING_OUT: Final = words("not no without except neither nor only than per unless besides minus but")
_SHOWN: Final = 6


def unexplained(asked: Question, explains: AbstractSet[str], told: AbstractSet[QuestionPart]) -> str:
    """The first words, as written, that no part of the question explains that its answer is about; empty without one."""
    tokens = asked.tokens
    untold = {at for part in QuestionPart if part not in told for at in asked.span(part)}
    left = (set(asked.left) - _courteous(asked)) | untold
    unread = {at for at in untold if tokens[at].norm not in explains}
    first = next((at for at in sorted(left) if at in unread or not _is_explained(asked, at, explains)), None)
    if first is None:
        return ""
    end = first + 1
    while end in left and end - first < _SHOWN and (end in unread or not _is_explained(asked, end, explains)):
        end += 1
    return " ".join(token.text for token in tokens[first:end])


def leaving_out(asked: Question) -> str:
    """The first word left over by which a question is about fewer items: `except`; empty without one."""
    return next((token.text for at in asked.left if (token := asked.tokens[at]).norm in _LEAVING_OUT), "")


def _courteous(asked: Question) -> set[int]:
    """The indices of words in phrases that add nothing: `for me`, `at the moment`, `could you please`, `look at`."""
    norms = [token.norm for token in asked.tokens]
    begins = next((at for at, norm in enumerate(norms) if (norm,) not in POLITE_PREFIXES), 0)
    return {
        at
        for phrase in (*FILLER_PHRASES, *POLITE_PREFIXES, *SHOWING_PHRASES)
        if len(phrase) > 1
        for first in range(len(norms) - len(phrase) + 1)
        if norms[first] == phrase[0]
        and tuple(norms[first : first + len(phrase)]) == phrase
        and (first <= begins or phrase in FILLER_PHRASES)
        for at in range(first, first + len(phrase))
    }


def _is_explained(asked: Question, at: int, explains: AbstractSet[str]) -> bool:
    token = asked.tokens[at]
    if token.kind == "quoted":
        return False
    if token.norm in explains or (token.norm == "'s" and at + 1 < len(asked.tokens)):
        return True
    if token.norm in _OWNING:
        return at + 1 in asked.span(QuestionPart.FIELD)
    if token.norm in _NEGATING and at:
        return False
    if token.norm in JOINING:
        return at == 0 or at + 1 in asked.begins or at + 1 in asked.left
    if token.norm in _QUANTIFYING and at + 1 in asked.begins:
        return True
    if token.norm in _LINKING and at + 1 in asked.begins:
        return True
    rest = [one for one in asked.tokens[at + 1 :] if one.norm not in ("?", ".", "!")]
    if token.norm in _TRAILING and not rest:
        return True
    return token.norm in ASKING
