"""Metrics of the daemon: plain numbers that its parts count as they work, read by whoever publishes them.

To count is an addition, so it may stand where every commit and every turn passes. No key names a workspace, a user or an
item: those would grow without bound.
"""

from bisect import bisect_left
from collections import Counter
from typing import Final

import attrs

from streamd.core.usage import Usage
from streamd.facts import define

SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Upper bounds of the buckets of durations, in seconds."""


@define(eq=False)
class Histogram:
    """Counts durations by their size."""

    total: float = 0.0
    """Sum of all, in seconds."""
    counts: list[int] = attrs.field(factory=lambda: [0] * (len(SECONDS) + 1))
    """How many fell in each bucket; the last one has no bound."""

    def observe(self, seconds: float) -> None:
        """Count a duration."""
        self.total += seconds
        self.counts[bisect_left(SECONDS, seconds)] += 1


@define(eq=False)
class Metrics:
    """Counts and times of the engine."""

    commits: Histogram = attrs.field(factory=Histogram)
    """Transactions of the store."""
    fan_outs: Histogram = attrs.field(factory=Histogram)
    """From committed entries to their last write, for all subscribers."""
    queue_waits: Histogram = attrs.field(factory=Histogram)
    """Of runs, from their start to their place among those that execute."""
    first_tokens: Histogram = attrs.field(factory=Histogram)
    """Of turns of models, from the question to the first piece of the answer."""
    committed_entries: int = 0
    failed_commits: int = 0
    """Groups of writes of which the store refused some."""
    ended_runs: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """By agent and status."""
    tokens: Counter[tuple[str, str]] = attrs.field(factory=Counter)
    """By model and kind."""
    cost_usd: dict[str, float] = attrs.field(factory=dict)
    """By model."""
    retries: Counter[str] = attrs.field(factory=Counter)
    """Attempts after a failure: of models by the kind of failure, and `node` of nodes."""

    def add_usage(self, model: str, usage: Usage) -> None:
        """Count what a turn of a model used."""
        for kind, tokens in (
            ("input", usage.input_tokens), ("output", usage.output_tokens),
            ("cache_write", usage.cache_write_tokens), ("cache_read", usage.cache_read_tokens),
        ):  # fmt: skip
            if tokens:
                self.tokens[model, kind] += tokens
        if usage.cost_usd:
            self.cost_usd[model] = self.cost_usd.get(model, 0.0) + usage.cost_usd
