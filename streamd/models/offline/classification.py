"""Classifies requests: their intent, and the agents that they need, in the order in which they name their work."""

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
"""Stems that select an agent; the first match wins: `forecast the demand for what is low on stock` is a forecast."""


def classification_of(task: Classify) -> dict[str, object]:
    """Classify a request; returns {primary_intent, confidence, agents}."""
    intent = task.understanding.intent
    primary = _AGENTS.get(intent.primary_intent, intent.primary_intent)
    # A request that changes items is the work of one agent, whatever words it contains.
    steps = () if task.understanding.calls else _steps(task.user_input)
    return {
        "primary_intent": intent.primary_intent,
        "confidence": intent.confidence,
        "agents": list(steps) if len(steps) > 1 else [primary],
    }


def _steps(text: str) -> tuple[str, ...]:
    """The agents of the steps of a request, each once."""
    agents: dict[str, None] = {}
    for part in _STEP.split(text):
        tokens = word_tokens(part)
        while tokens and tokens[0] in _POLITE:
            tokens = tokens[1:]
        if not tokens or tokens[0] not in _WORK:
            continue
        stems = set(map(stem, tokens))
        matching = next((agent for agent, cues in _CUES if cues & stems), None)
        if matching:
            agents[matching] = None
    return tuple(agents)
