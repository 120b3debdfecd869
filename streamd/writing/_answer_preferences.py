"""Preferences of a user for answers: their style, and topics to prefer or avoid."""

import re
from collections.abc import Sequence
from typing import Final

from streamd.facts import frozen
from streamd.text.full_stops import with_full_stop
from streamd.text.letter_case import capitalised, decapitalised
from streamd.text.words import terms
from streamd.writing._fixed_lines import AVOIDS, ORDERED, PREFERS, TOLD
from streamd.writing._sentence_splitting import plain

_LONGEST: Final = 1_000
_BRIEF: Final = re.compile(
    r"\b(?:brief(?:ly)?|concise(?:ly)?|terse(?:ly)?|succinct(?:ly)?|short(?:er)? (?:answers?|repl(?:y|ies)|responses?)|"
    r"(?:answers?|repl(?:y|ies)|responses?|keep it)\W+(?:\w+\W+){0,3}?short|in (?:one|two|a few) sentences?)\b"
)
_THOROUGH: Final = re.compile(
    r"\b(?:detailed|thorough(?:ly)?|in (?:full )?detail|long(?:er)? (?:answers?|repl(?:y|ies)|responses?)|in depth)\b"
)
_POINTS: Final = re.compile(r"\b(?:bullets?|bullet points?|bulleted|as a list|lists)\b")
_DENIED: Final = re.compile(r"\b(?:no|not|never|don't|avoid|without|dislikes?|hates?)\b")
_SPEAKER: Final = re.compile(
    r"^(?:please\s+)?(?:(?:i|we|the user|user|they|he|she)\b\s*)?(?:(?:would|will|'d|always|generally|usually)\s+)*",
    re.IGNORECASE,
)
_LIKES: Final = re.compile(
    r"^(?:prefers?|preferred|likes?|loves?|wants?|favou?rs?)\s*[:=]?\s+(.+)$", re.IGNORECASE | re.DOTALL
)
_AVOIDS: Final = re.compile(
    r"^(?:avoids?|dislikes?|hates?|never|no|not|without|(?:don't|does not|doesn't|do not) (?:want|like|eat|use|need))\s+(.+)$",
    re.IGNORECASE | re.DOTALL,
)
_ORDERS: Final = re.compile(
    r"^(?:use|give|show|answer|write|reply|name|mention|include|start|keep|put|call|quote)\b", re.IGNORECASE
)


@frozen
class AnswerPreference:
    """One topic that a user prefers or wants to avoid."""

    subject: str
    """The topic, in the user's words."""
    sentence: str
    """The preference as a sentence for the user."""
    is_avoided: bool = False

    @property
    def terms(self) -> frozenset[str]:
        """The stems of the topic."""
        return frozenset(terms(self.subject))


@frozen
class AnswerPreferences:
    """All preferences of a user that affect texts."""

    is_brief: bool = False
    """Whether answers have at most two sentences."""
    is_thorough: bool = False
    has_points: bool = False
    """Whether answers are lists rather than running text."""
    others: tuple[AnswerPreference, ...] = ()

    @property
    def preferred(self) -> str:
        """The topics to rank higher."""
        return " ".join(one.subject for one in self.others if not one.is_avoided)

    @property
    def unwanted(self) -> str:
        """The topics to rank lower."""
        return " ".join(one.subject for one in self.others if one.is_avoided)

    def bearing_on(self, text: str) -> tuple[AnswerPreference, ...]:
        """The preferences that share a term with a text."""
        about = frozenset(terms(text))
        return tuple(one for one in self.others if one.terms & about)


def preferences_of(texts: Sequence[str]) -> AnswerPreferences:
    """Parse preferences from the user's sentences; the first of two contradictory ones counts."""
    brief: bool | None = None
    points = False
    others = []
    for text in texts:
        stated = plain(text[:_LONGEST]).strip()
        lower = stated.casefold().replace("\u2019", "'")
        if _BRIEF.search(lower) or _THOROUGH.search(lower):
            wanted = (_BRIEF.search(lower) is not None) != (_DENIED.search(lower) is not None)
            brief = wanted if brief is None else brief
        elif _POINTS.search(lower):
            points = points or not _DENIED.search(lower)
        elif terms(stated):
            others.append(_preference(stated))
    unique = {one.sentence: one for one in others}
    return AnswerPreferences(brief is True, brief is False, points, tuple(unique.values()))


def _preference(stated: str) -> AnswerPreference:
    bare = _SPEAKER.sub("", stated.replace("\u2019", "'")).strip().rstrip(".!")
    if likes := _LIKES.match(bare):
        subject = likes.group(1)
        denied = _DENIED.match(subject.casefold())
        return AnswerPreference(subject, with_full_stop(f"{PREFERS}{subject}"), denied is not None)
    if avoids := _AVOIDS.match(bare):
        return AnswerPreference(
            avoids.group(1), with_full_stop(f"{AVOIDS}{avoids.group(1)}"), is_avoided=True
        )
    if _ORDERS.match(bare):
        return AnswerPreference(bare, with_full_stop(f"{ORDERED}{decapitalised(bare)}"))
    key, colon, value = bare.partition(":")
    if colon and value.strip() and len(key.split()) <= 4:
        name = key.strip().replace("_", " ")
        return AnswerPreference(
            f"{name} {value.strip()}", with_full_stop(f"{PREFERS}this {name}: {value.strip()}")
        )
    return AnswerPreference(bare, with_full_stop(f"{TOLD}{capitalised(bare)}"))
