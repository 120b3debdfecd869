"""Classifying: what a request is about, and which agents it needs, in the order in which it names their work."""

import re
from collections.abc import Mapping
from typing import Final

from streamd.core.tasks import Classify
from streamd.core.tool_calls import PrimaryIntent
from streamd.text.wordlist import words
from streamd.text.words import stem, word_tokens

_AGENTS: Final[Mapping[PrimaryIntent, str]] = {
    "inventory_management": "inventory",
    "supplier_management": "supplier",
    "forecasting": "forecasting",
    "general": "general",
}
_STEP: Final = re.compile(r"[.;\n]|,\s*(?:and\s+)?(?:then\s+)?|\b(?:and|then)\b", re.IGNORECASE)
_WORK: Final = words(
    "analyse analyze assess calculate check compare compute determine estimate evaluate examine find forecast identify list "
    "look predict project propose rank recommend report review see show suggest summarise summarize tell"
)
_POLITE: Final = words(
    "please also now first next finally afterwards can could would you i want to need we let us me"
)
_CUES: Final = (
    ("forecasting", frozenset(map(stem, words("forecast forecasts predict prediction projection demand")))),
    ("supplier", frozenset(map(stem, words("supplier suppliers vendor vendors procurement sourcing")))),
    (
        "inventory",
        frozenset(map(stem, words("stock inventory stocks reorder items warehouse overstocked stockout"))),
    ),
)
"""Which words call for whom; who is named first wins: `forecast the demand for what is low on stock` is a forecast."""


def classification_of(task: Classify) -> dict[str, object]:
    """{primary_intent, confidence, agents}."""
    intent = task.understanding.intent
    primary = _AGENTS.get(intent.primary_intent, intent.primary_intent)
    # What changes items is one agent's work, whichever words it has in it.
    steps = () if task.understanding.calls else _steps(task.user_input)
    return {
        "primary_intent": intent.primary_intent,
        "confidence": intent.confidence,
        "agents": list(steps) if len(steps) > 1 else [primary],
    }


def _steps(text: str) -> tuple[str, ...]:
    """The agents of the steps that a request consists of, each once."""
    found: dict[str, None] = {}
    for part in _STEP.split(text):
        spoken = word_tokens(part)
        while spoken and spoken[0] in _POLITE:
            spoken = spoken[1:]
        if not spoken or spoken[0] not in _WORK:
            continue
        stems = set(map(stem, spoken))
        called = next((agent for agent, cues in _CUES if cues & stems), None)
        if called:
            found[called] = None
    return tuple(found)
