"""Decisions in words: a text that says nothing but yes or no, or to try once more."""

import re
from typing import Final, Literal

_YES: Final = frozenset(
    {
        "y", "yes", "yeah", "yep", "yup", "ok", "okay", "sure", "please", "please do", "of course", "certainly", "absolutely",
        "go ahead", "go for it", "go on", "do it", "do that", "do so", "proceed", "continue", "confirm", "confirmed", "approve",
        "approved", "agreed", "i agree", "i approve", "i confirm", "fine", "that is fine", "that's fine", "all right", "alright",
        "sounds good", "looks good", "correct", "right", "that's right", "that is right", "thanks", "thank you",
    }
)  # fmt: skip
_NO: Final = frozenset(
    {
        "n", "no", "nope", "nah", "no way", "stop", "please don't", "don't", "do not", "don't do it", "do not do it",
        "don't do that", "do not do that", "cancel", "cancel it", "cancel that", "abort", "reject", "rejected", "refuse", "decline",
        "declined", "i decline", "i refuse", "leave it", "leave them", "never mind", "nevermind", "not now", "rather not",
        "better not", "please", "thanks", "thank you",
    }
)  # fmt: skip
_RETRY: Final = frozenset(
    {
        "retry", "try again", "try it again", "try that again", "try once more", "once more", "again", "go on", "go ahead", "continue",
        "repeat", "repeat it", "repeat that", "please", "please retry", "please try again", "please go on", "please continue",
    }
)  # fmt: skip
DECISION_WORDS: Final = frozenset(
    word for told in _YES | _NO | _RETRY for word in re.findall(r"[a-z]+", told)
)
"""Their words."""
_NEUTRAL: Final = frozenset({"please", "thanks", "thank you"})
_BETWEEN: Final = re.compile(r"[\s]*(?:[,;.!…]|\band\b|\s-\s)[\s]*")
_MOST_CHARACTERS: Final = 100


def decision_in(text: str) -> Literal["approve", "reject"] | None:
    """Read a text that consists of yes or of no alone, in whatever words; None for every other one."""
    said = _said(text)
    return None if not said else "approve" if said <= _YES else "reject" if said <= _NO else None


def is_retry(text: str) -> bool:
    """Whether a text says nothing but to try once more, or to go on."""
    said = _said(text)
    return bool(said) and said <= _RETRY


def _said(text: str) -> frozenset[str]:
    """Split a short text into what it says; empty for a long one, and for mere politeness."""
    if len(text) > _MOST_CHARACTERS:
        return frozenset()
    plain = text.casefold().replace("\u2019", "'")
    polite = re.sub(r"\b(yes|no|ok|okay|sure) (please|thanks|thank you)\b", r"\1, \2", plain)
    said = frozenset(" ".join(one.split()) for one in _BETWEEN.split(polite)) - {""}
    return said if said - _NEUTRAL else frozenset()
