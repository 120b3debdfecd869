"""Topics: what a text is about, by the words in it, as far as agents answer differently for it."""

import re
from collections.abc import Mapping
from typing import Final

from streamd.core.tool_calls import Topic

_PATTERNS: Final[Mapping[Topic, re.Pattern[str]]] = {
    "review": re.compile(
        r"\b(?:analy[sz]\w*|assess\w*|audit|check|compar\w+|evaluat\w+|examin\w+|overview|rank\w*|rate|report|review|status)\b",
        re.IGNORECASE,
    ),
    "stockouts": re.compile(r"\b(?:stock-?\s?outs?|(?:run|runs|running) out)\b", re.IGNORECASE),
    "coming_stockouts": re.compile(
        r"\b(?:when|will|would|going to|how (?:long|many days|soon)|within|next|soon|predict\w*|about to)\b.*"
        r"\b(?:runs? out|running out|stock-?\s?outs?|be out|out of|lasts?|used up)\b"
        r"|\b(?:runs? out|running out|stock-?\s?outs?)\b.*\b(?:when|within|next|soon|in \d+)\b",
        re.IGNORECASE | re.DOTALL,
    ),
    "details": re.compile(
        r"\b(?:detail\w*|methods?|p-?values?|statistic\w*|significan\w+|accura\w+|smape|ensemble|hold-?out)\b",
        re.IGNORECASE,
    ),
    "ideas": re.compile(
        r"\b(?:ideas?|brainstorm|suggest\w*|creative\w*|alternatives?|options?|improve\w*|invent|what if|how (?:can|could|might|should))\b",
        re.IGNORECASE,
    ),
    "writing": re.compile(r"^\s*(?:please\s+)?(?:write|draft|compose)\b", re.IGNORECASE),
    "travel": re.compile(
        r"\b(?:trips?|travel\w*|visit\w*|holidays?|vacations?|itinerar\w+|journeys?|tours?|weekend|getaway|honeymoon|days?|nights?)\b",
        re.IGNORECASE,
    ),
}
_PARTS: Final[Mapping[Topic, tuple[str, ...]]] = {
    "value_classes": ("abc", "class a", "pareto"),
    "turnover": ("turnover", "turns", "slow"),
    "depletion": ("run out", "stockout", "runs out", "last"),
    "overstock": ("overstock", "too much", "surplus", "excess"),
    "replenishment": ("order", "replenish", "restock", "buy"),
    "reorder_points": ("reorder point", "safety stock"),
    "safety_stock": ("safety stock",),
}
"""Parts of words that are enough."""
_QUESTION: Final = re.compile(r"\s*(how|may|can|must|what|why|when|who|where)\b", re.IGNORECASE)


def topics_of(text: str) -> frozenset[Topic]:
    """The topics of a text, in any order."""
    folded = text.casefold()
    found = {topic for topic, pattern in _PATTERNS.items() if pattern.search(text)}
    return frozenset(
        found | {topic for topic, parts in _PARTS.items() if any(one in folded for one in parts)}
    )


def is_question(text: str) -> bool:
    """Whether a text begins as a question does: «How long may goods be returned?»."""
    return _QUESTION.match(text) is not None
