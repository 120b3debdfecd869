"""Usage of language models, in RAM: a part of `MemoryStore`."""

from collections.abc import Collection, Sequence

import attrs

from streamd.core.usage import NOTHING_USED, DayUsage, Usage, UsageFilter, UsageKey, totals
from streamd.facts import define
from streamd.ports.store import Batch, Removal, Retention
from streamd.stores._run_lists_in_memory import RunListsInMemory


@define
class UsageInMemory(RunListsInMemory):
    """Adds up, each time anew, what is stored."""

    _used: dict[tuple[str, str, str, str], Usage] = attrs.field(factory=dict)
    """By workspace, day, user and agent."""

    def put_usage(self, batch: Batch) -> None:
        """Add the usage of a batch."""
        for one in batch.used:
            self._add((batch.workspace, one.day, one.user_id, one.agent), one.usage)

    def _add(self, key: tuple[str, str, str, str], usage: Usage) -> None:
        self._used[key] = self._used.get(key, NOTHING_USED) + usage

    async def usage(
        self, workspace: str, wanted: UsageFilter, by: Collection[UsageKey], limit: int
    ) -> Sequence[DayUsage]:
        rows = (
            DayUsage(day, user_id, agent, usage)
            for (of, day, user_id, agent), usage in self._used.items()
            if of == workspace
        )
        found = totals((one for one in rows if wanted.lets_through(one)), by)
        return sorted(found, key=lambda one: one.day, reverse=True)[: max(0, limit)]

    @property
    def asked_in(self) -> set[str]:
        """The workspaces in which something was asked: those of runs, of threads, and where language models were used."""
        threads = {workspace for workspace, *_ in (*self._used, *self._checkpoints)}
        return threads | {run.workspace for run in self._runs.values()}

    def old_usage(self, retention: Retention) -> Sequence[Removal]:
        """Find workspaces with usage of days that are not kept."""
        workspaces = {workspace for workspace, day, *_ in self._used if day < retention.usage_day}
        return [Removal(workspace, usage_before=retention.usage_day) for workspace in sorted(workspaces)]

    def remove_usage(self, removal: Removal) -> None:
        """Remove old usage, and take names out of what stays."""
        for key in [key for key in self._used if key[0] == removal.workspace]:
            workspace, day, user_id, agent = key
            if day < removal.usage_before:
                del self._used[key]
            elif user_id and user_id in removal.unnamed_users:
                self._add((workspace, day, "", agent), self._used.pop(key))
