"""Tasks: prompts in structured form. The offline model computes its answer from them; a language model ignores them.

All text in them is data: user input, documents and computed findings.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs

from streamd.core.document_passage import Passage
from streamd.core.tool_calls import Understanding
from streamd.facts import frozen


@frozen
class Operate:
    """Change items by tool calls as requested, and report the result."""

    understanding: Understanding
    """The request as parsed by the rules of the language, with the tool calls to make."""
    findings: tuple[str, ...] = ()
    """Findings of a previous analysis, each a full sentence, to be reported before the tool calls."""


@frozen
class CallTools:
    """Call an agent's own tools, in this order, and report their results."""

    calls: tuple[tuple[str, Mapping[str, object]], ...]
    """(name, input) of each call."""
    reply: str = ""
    """Text after the calls; empty: their results."""


@frozen
class Explain:
    """Explain findings."""

    sentences: tuple[str, ...]
    """The findings, each a full sentence."""


@frozen
class Answer:
    """Answer a question from passages, memories and facts."""

    question: str
    passages: Sequence[Passage] = ()
    """From the knowledge base, best first."""
    memories: Sequence[str] = ()
    """Texts of memories, best first."""
    preferences: Sequence[str] = ()
    facts: tuple[str, ...] = ()
    """Facts about items, each a full sentence."""
    role: str = ""
    """Perspective of the answer: `research`, `analysis`, `ideation` …; empty: none in particular."""


@frozen
class Synthesize:
    """Synthesize one answer from the contributions of several agents."""

    question: str
    contributions: Sequence[tuple[str, str]]
    """(agent, text of its answer)."""
    passages: Sequence[Passage] = ()
    preferences: Sequence[str] = ()


@frozen
class Queries:
    """Write search queries. Answer: {queries: [text]}."""

    topic: str
    about: str = ""
    """Purpose of the search: a plan, or a critique that names what is missing."""
    at_most: int = 3


@frozen
class Plan:
    """Outline a text."""

    topic: str
    kind: str
    """Kind of the text, for example `trip`."""
    preferences: Sequence[str] = ()


@frozen
class Draft:
    """Draft a text, or revise it after a critique."""

    topic: str
    kind: str
    plan: str = ""
    passages: Sequence[Passage] = ()
    previous: str = ""
    critique: str = ""
    brief: Mapping[str, object] = attrs.field(factory=dict)
    """Further facts, for example audience, tone, days, budget."""


@frozen
class Critique:
    """Critique a draft: its strengths and what is missing."""

    topic: str
    kind: str
    draft: str
    plan: str = ""
    brief: Mapping[str, object] = attrs.field(factory=dict)


WritingTask: TypeAlias = Answer | Synthesize | Queries | Plan | Draft | Critique
"""Tasks whose answer is a text of its own."""
Task: TypeAlias = Operate | CallTools | Explain | WritingTask
"""What a model is asked to do, as the offline model reads it."""
