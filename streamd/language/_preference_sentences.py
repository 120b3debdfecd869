"""Splits text into sentences that may state a preference, and strips their lead."""

import re
from typing import Final

from streamd.facts import define
from streamd.language._imperatives import VERBS
from streamd.language._vocabulary import QUESTION_WORDS

_MOST_SENTENCES: Final = 20
_BREAK: Final = re.compile(
    r"[.!](?=\s|$)|[?;](?=\s|$)|\n+|(?<!now on)(?<!future)(?<!forward)(?<!always)(?<!default),\s*"
    r"(?:(?:so|and|then|now|please)\s+)*(?=(?:recommend|suggest|show|list|forecast|predict|analy[sz]e|which|who|what)\b)",
    re.IGNORECASE,
)
_BEGINNINGS: Final = QUESTION_WORDS | {"i", "we", "my", "our", "please", "then", "also"}
_SHORTENED: Final = re.compile(r"\b(?:inc|ltd|co|corp|no|st)\.$", re.IGNORECASE)
POLITE: Final = re.compile(
    r"(?:(?:please|kindly|hi|hello|hey|ok|okay|well|so|also|and|but|by the way|btw|fyi|just so you know|for your information"
    r"|for the record|as you know|could you|can you|would you)\b[,:]?\s+)+",
    re.IGNORECASE,
)
_REMEMBER: Final = re.compile(
    r"(?:(?:please\s+)?(?:remember|keep in mind|bear in mind|make a note|take note|don't forget|do not forget|never forget|memori[sz]e|note(?=\s+that)"
    r"|it is important|you should know|for future reference|in general)"
    r"(?P<that>\s+that\b|\s*:|\s*,)|(?:remember|keep in mind|don't forget)(?:\s+to)?(?=\s+(?:always|never|i|we|my|our)\b))\s*",
    re.IGNORECASE,
)
_LASTING: Final = re.compile(
    r"(?:from now on|from today on|in (?:the )?future|henceforth|going forward|by default|as a rule|generally|in general"
    r"|whenever possible|if possible|always|never)\b,?\s*",
    re.IGNORECASE,
)


_LASTING_AFTER: Final = re.compile(
    r",?\s+(?:from now on|from today on|in (?:the )?future|henceforth|going forward|by default|at all times|always)$",
    re.IGNORECASE,
)

_RATHER_NOT: Final = re.compile(
    r"(?:i|we)\b(?:'d\b|\s+(?:would|want|wish|like|prefer|rather|need))*\s+(?:rather\s+)?not\s+(?:to\s+)?"
    r"(?=(?:buy|order|purchase|source|procure|work|deal|use)\b)",
    re.IGNORECASE,
)
_AVOID: Final = re.compile(
    r"(?:(?:i|we)\b(?:'d\b|\s+(?:would|want|wish|like|prefer|rather|need|try))*\s+(?:to\s+)?)?avoid\s+"
    r"(?:(?:buying|ordering|purchasing)\s+(?:from|at)\s+)?(?P<suppliers>(?=suppliers?\b|vendors?\b))?",
    re.IGNORECASE,
)


@define
class SentenceLead:
    """The lead of a sentence: phrases before its content, and what they imply."""

    rest: str
    """The content after the lead."""
    remember: bool = False
    """Whether the lead asks to remember."""
    lasting: bool = False
    """Whether the lead contains `always`, `from now on` or the like."""
    never: bool = False


def lead_of(sentence: str) -> SentenceLead:
    """Strip politeness and phrases of duration from a sentence."""
    text = " ".join(sentence.replace("\u2019", "'").split()).strip(" ,").rstrip(".!")
    lead = SentenceLead(_LASTING_AFTER.sub("", text))
    lead.lasting = lead.rest != text
    while True:
        if match := POLITE.match(lead.rest):
            pass
        elif match := _REMEMBER.match(lead.rest):
            lead.remember = True
        elif match := _LASTING.match(lead.rest):
            lead.lasting = True
            lead.never = lead.never or match[0].casefold().startswith("never")
        else:
            lead.rest = _against(lead.rest)
            return lead
        lead.rest = lead.rest[match.end() :]


def _against(text: str) -> str:
    """Rewrite avoidance as a rule: `I prefer not to buy from X` and `I want to avoid X` become `never …`."""
    if match := _RATHER_NOT.match(text):
        return f"never {text[match.end() :]}"
    if (match := _AVOID.match(text)) and (rest := text[match.end() :]):
        return f"never use {rest}" if match["suppliers"] is not None else f"never buy from {rest}"
    return text


def sentence_ends(text: str) -> list[int]:
    """The ends of sentences; the full stop of `Inc.` ends one only before a word that begins another."""
    ends: list[int] = []
    for match in _BREAK.finditer(text):
        following = text[match.end() : match.end() + 40].split()
        begins = not following or following[0].casefold() in VERBS or following[0].casefold() in _BEGINNINGS
        if begins or not _SHORTENED.search(text[max(0, match.end() - 6) : match.end()]):
            ends.append(match.end())
    return ends[:_MOST_SENTENCES]
