"""Tasks: what agents ask a model to do, as facts. The offline model goes by these; a language model reads the prompt.

All text in here is data: what a person wrote, what a document says, what was computed.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs

from streamd.core.document_passage import Passage
from streamd.core.tool_calls import Understanding


@attrs.frozen
class Classify:
    """Say what a request is about. Answer: {primary_intent, confidence, agents}."""

    user_input: str
    understanding: Understanding
    """What the rules of the language make of it."""


@attrs.frozen
class Operate:
    """Do to items what was asked, by tools, and say what was done."""

    understanding: Understanding
    """What the rules of the language make of it: its calls are what is to be done."""
    findings: tuple[str, ...] = ()
    """What was found out beforehand, each a full sentence, to be told before anything is done."""


@attrs.frozen
class CallTools:
    """Call an agent's own tools, in this order, and say what came of them."""

    calls: tuple[tuple[str, Mapping[str, object]], ...]
    """Of each the tool's name and its input."""
    reply: str = ""
    """What is said when all are done; what came of them where nothing is given."""


@attrs.frozen
class Explain:
    """Put findings into words."""

    sentences: tuple[str, ...]
    """The findings, each a full sentence."""


@attrs.frozen
class Answer:
    """Answer a question from what is known."""

    question: str
    passages: Sequence[Passage] = ()
    """From the knowledge base, best first."""
    memories: Sequence[str] = ()
    """What was said or found before, best first."""
    preferences: Sequence[str] = ()
    facts: tuple[str, ...] = ()
    """What is known about the items, each a full sentence."""
    role: str = ""
    """From which side to look at it: `research`, `analysis`, `ideation` …; empty: none in particular."""


@attrs.frozen
class Synthesize:
    """Make one answer of what several agents contributed."""

    question: str
    contributions: Sequence[tuple[str, str]]
    """(agent, what it said)."""
    passages: Sequence[Passage] = ()
    preferences: Sequence[str] = ()


@attrs.frozen
class Queries:
    """Say what to look up. Answer: {queries: [text]}."""

    topic: str
    about: str = ""
    """What the looking up is for: a plan, or a critique that names what is missing."""
    at_most: int = 3


@attrs.frozen
class Plan:
    """Outline a text before it is written."""

    topic: str
    kind: str
    """What it will be, for example `trip`."""
    preferences: Sequence[str] = ()


@attrs.frozen
class Draft:
    """Write, or write again after a critique."""

    topic: str
    kind: str
    plan: str = ""
    passages: Sequence[Passage] = ()
    previous: str = ""
    critique: str = ""
    brief: Mapping[str, object] = attrs.field(factory=dict)
    """Further facts, for example audience, tone, days, budget."""


@attrs.frozen
class Critique:
    """Say what is good about a draft and what is missing."""

    topic: str
    kind: str
    draft: str
    plan: str = ""
    brief: Mapping[str, object] = attrs.field(factory=dict)


Task: TypeAlias = (
    Classify | Operate | CallTools | Explain | Answer | Synthesize | Queries | Plan | Draft | Critique
)
