"""Sentences about missing information, and their recognition in other texts."""

import re
from typing import Final

from streamd.text.lists import listed
from streamd.writing._key_phrases import key_phrases

ADVICE: Final = (
    "Without a language model I answer only from what is there: add documents about it to the knowledge folder, ask about "
    "the items themselves (for example “Which items are low on stock?”), or set an API key so that a language model can "
    "answer."
)
WRITING_ADVICE: Final = (
    "Without a language model I write only from what is there: add documents about it to the knowledge folder, or set an API "
    "key so that a language model can write it."
)
_SHORT: Final = 90
_GAP: Final = re.compile(
    r"^(?:Nothing (?:about|that answers|was found)|No notes (?:on|about)|Not covered by|There are no notes)\b"
)


def nothing_known(question: str) -> str:
    """State that nothing was found, with advice."""
    return f"{nothing_found(question)}\n\n{ADVICE}"


def nothing_found(question: str) -> str:
    """State in one sentence that nothing was found."""
    asked = " ".join(question.split())
    if asked and len(asked) <= _SHORT:
        subject = f"that answers “{asked}”"
    else:
        about = [f"“{phrase}”" for phrase in key_phrases(question, 3)]
        subject = f"about {listed(about, 'or')}" if about else "about this"
    return f"Nothing {subject} was found in the knowledge base, in earlier conversations or among the items."


def is_gap(sentence: str) -> bool:
    """Whether a sentence only states a gap."""
    return _GAP.match(sentence) is not None


def is_advice(sentence: str) -> bool:
    """Whether a sentence is the advice after a gap."""
    return sentence.startswith("Without a language model I ")
