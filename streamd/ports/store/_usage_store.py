"""The part of the store that holds what language models used."""

from collections.abc import Collection, Sequence
from typing import Protocol

from streamd.core.usage import DayUsage, UsageFilter, UsageKey


class UsageStore(Protocol):
    """Usage of language models by day, user and agent, longer than the runs that used it."""

    async def usage(
        self, workspace: str, wanted: UsageFilter, by: Collection[UsageKey], limit: int
    ) -> Sequence[DayUsage]:
        """Add up usage by some keys (none: one total, or nothing), the newest day first, then by user and agent."""
