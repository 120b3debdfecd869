"""Classifies statements as strength, risk, figure or action."""

import re
from typing import Final, Literal

from streamd.text.wordlist import words
from streamd.text.words import NEGATIONS, stem, word_tokens

Tendency = Literal["strength", "risk", "figure", "action", "none"]

_STRENGTHS: Final = frozenset(
    map(
        stem,
        words(
            "reliable reliability dependable strong strength advantage benefit growth grow grew growing gain gained improve "
            "improved improvement increase increased faster fast fastest quick quickly cheaper cheap cheapest affordable save "
            "saves saving savings efficient efficiency excellent best good better high-quality robust stable success "
            "successful popular praised recommended recommend certified profitable profit healthy ahead early award awarded "
            "free convenient safe safer durable flexible on-time well-known love loved satisfied satisfaction win"
        ),
    )
)
_RISKS: Final = frozenset(
    map(
        stem,
        words(
            "risk risky danger dangerous threat weak weakness problem delay delayed late lateness shortage short scarce "
            "stockout fail failed failing failure fault faulty defect defective damage damaged broken loss lose losing lost "
            "decline declined declining drop dropped fall fell decrease decreased worse worst bad poor slow slower expensive "
            "overpriced costly crowded closed closure cancel cancelled cancellation strike expire expired overdue debt "
            "penalty fine complaint complain dispute unreliable unsafe unstable single-source bottleneck depend dependent "
            "dependency vulnerable warning warn careful beware pickpocket scam critical below insufficient overstocked "
            "obsolete shrink shrinkage uncertain uncertainty limited avoid missing"
        ),
    )
)
_PHRASED_RISKS: Final = re.compile(
    r"\b(?:out of stock|low on stock|low stock|single source|sold out|run(?:s|ning)? out|not reliable|above (?:its|the) maximum|below (?:its|the) (?:minimum|reorder point))\b"
)
_PHRASED_STRENGTHS: Final = re.compile(
    r"\b(?:on time|high quality|ahead of schedule|no delays?|no defects?)\b"
)
_ACTIONS: Final = re.compile(
    r"\b(?:should|could|can be|recommend(?:ed|s)?|consider|try|plan to|worth|suggest(?:ed|s)?|propose[ds]?)\b"
)
_FIGURE: Final = re.compile(r"\d")


def tendency_of(text: str) -> Tendency:
    """Classify a statement; a negated word counts for the other side (`never late`)."""
    lower = text.casefold().replace("\u2019", "'")
    good = 1.5 * len(_PHRASED_STRENGTHS.findall(lower))
    bad = 1.5 * len(_PHRASED_RISKS.findall(lower))
    spoken = word_tokens(lower)
    for place, word in enumerate(spoken):
        denied = not NEGATIONS.isdisjoint(spoken[max(0, place - 3) : place])
        root = stem(word)
        if root in _STRENGTHS:
            good, bad = (good, bad + 1) if denied else (good + 1, bad)
        elif root in _RISKS:
            good, bad = (good + 1, bad) if denied else (good, bad + 1)
    if good != bad:
        return "risk" if bad > good else "strength"
    if _ACTIONS.search(lower):
        return "action"
    return "figure" if _FIGURE.search(text) else "none"
