"""Detects out-of-scope questions, which documents or general knowledge answer rather than items."""

import re
from typing import Final

from streamd.language._everyday_words import COMMON_WORDS
from streamd.language._question import Question
from streamd.language._tokens import tokenise
from streamd.language._vocabulary import FUNCTION_WORDS
from streamd.language._working_set import WorkingSet
from streamd.text.time_words import WEEKDAYS
from streamd.text.wordlist import words

_DOCUMENTED: Final = words(
    "policy policies procedure procedures guideline guidelines handbook manual manuals regulation regulations documentation faq "
    "warranty warranties compliance rule rules instructions agreement agreements"
)
"""Topics of documents rather than of item fields."""
_HOW_TO: Final = re.compile(
    r"^\s*(?:please\s+|and\s+)?(?:tell me\s+|explain\s+)?how\s+(?:do|can|could|should|would|must|may|does|to)\b(?:\s+(?:i|we|you|one|somebody|someone))?\s*(?P<verb>[a-z]*)",
    re.IGNORECASE,
)
_OPERATIONS: Final = words(
    "add create insert remove delete change set update edit rename import export list show count find undo use work start help "
    "increase decrease mark move assign"
)
_OPEN_QUESTION: Final = re.compile(
    r"^\s*(?:please\s+)?(?:what|who|why|how|when|explain|tell|describe|summari[sz]e|define)\b", re.IGNORECASE
)
_MEANING: Final = re.compile(
    r"^\s*(?:what|who)\s*(?:'s|\u2019s|is|are|was|were|does .{1,60} mean)\b", re.IGNORECASE
)
_EXPLETIVE: Final = re.compile(
    r"^\s*(?:(?:what|which) (?:time|day|date|month|year|week ?day|season)|how (?:late|hot|cold|warm)) (?:is|was) it\b"
    rf"|^\s*(?:is|was|will) it (?:be )?(?:raining|snowing|sunny|cold|hot|warm|late|early|{'|'.join(WEEKDAYS)})\b",
    re.IGNORECASE,
)
"""Questions with an expletive `it`."""
_WRITING_REQUEST: Final = re.compile(
    r"^\s*(?:(?:please|kindly|can you|could you|would you|i want you to|i'd like you to)\s+)*(?:explain|define|clarify|discuss|elaborate|brainstorm"
    r"|suggest|advise|translate|research|draft|compose|write (?:a|an|me|the|some)|plan (?:a|an|me|my|our|the)|summari[sz]e|tell me|outline|why)\b",
    re.IGNORECASE,
)


def is_out_of_scope(working: WorkingSet, asked: Question) -> bool:
    """Whether a question is about something that no item records."""
    strange = _unknown_words(working, asked)
    if _EXPLETIVE.match(asked.text):
        return True
    if any(
        word in _DOCUMENTED and word not in working.lexicon.fields and word not in working.lexicon.types
        for word in asked.words
    ):
        return True
    if how := _HOW_TO.match(asked.text):
        operation = how["verb"].casefold() in _OPERATIONS and bool(asked.phrases or asked.fields)
        return bool(strange) and not operation
    if asked.phrases or asked.fields:
        return False
    wonders = _OPEN_QUESTION.match(asked.text) is not None and bool(strange)
    return bool(asked.unknown) and (wonders or _MEANING.match(asked.text) is not None)


def wants_text_written(text: str) -> bool:
    """Whether a text asks for an explanation or a text, which no command about items does."""
    return _WRITING_REQUEST.match(text) is not None


def _unknown_words(working: WorkingSet, asked: Question) -> set[str]:
    """Lower-case words that are neither in the grammar nor in the lexicon."""
    lexicon = working.lexicon
    return {
        token.norm
        for token in tokenise(asked.text)
        if token.kind == "word"
        and token.text.islower()
        and (token.norm not in asked.known_words or token.norm in COMMON_WORDS)
        and token.norm not in FUNCTION_WORDS | {"work", "help"}
        and token.norm not in lexicon.types
        and token.norm not in lexicon.fields
    }
