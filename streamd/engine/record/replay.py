"""Replay: what a run that is gone on with has done before, so that none of it is done or told again."""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.item import Seq
from streamd.core.position import StreamName, run_stream
from streamd.core.run import RunId
from streamd.ports.store import Entry, JournalStore

OPENING: Final = "open#1"
"""The step that each run has of its own, also when it goes on with another."""
_READ_AT_ONCE: Final = 1000


@attrs.define
class Replay:
    """The past of one run: results of its steps by key, and how much each step had told.

    A step is named by its path: `generate#2` is the second visit of a node, `generate#2:t0` its first turn of a model,
    `generate#2:c1` its second tool call, `support#1/inventory/work#1` a node of another agent that it consults.
    """

    store: JournalStore
    workspace: str
    scope: str
    """Of the results of its steps."""
    is_replay: bool = False
    """Whether anything was done before. If not, nothing is looked up."""
    emitted: defaultdict[str, deque[Seq]] = attrs.field(factory=lambda: defaultdict(deque))
    """Positions of the responses of each step that have been told and are still to be passed over."""
    brackets: list[tuple[bool, bytes]] = attrs.field(factory=list)
    """Bodies of the brackets that have been told, and whether that was on the run's own stream. They count as nothing."""
    is_loaded: bool = False

    async def result(self, key: str) -> bytes | None:
        """The result of a step that was done before, or None."""
        if not self.is_replay:
            return None
        wanted = (self.workspace, self.scope, key)
        return (await self.store.results([wanted])).get(wanted)

    def skips(self, step: str) -> bool:
        """Whether this response has been told before; counts it."""
        if not self.is_replay or not self.emitted.get(step):
            return False
        self.emitted[step].popleft()
        return True

    def count(self, step: str) -> int:
        """How many responses of a step have been told and are still to be passed over."""
        return len(self.emitted.get(step, ()))

    def void(self, *steps: str) -> list[Seq]:
        """Positions of what these steps told and what does not hold, because it will be told otherwise."""
        return sorted(seq for step in steps for seq in self.emitted.pop(step, ()))

    async def bodies(self, run_id: RunId) -> list[bytes]:
        """What a run told, as JSON."""
        return [entry.body for entry in await _entries(self.store, run_stream(self.workspace, run_id))]

    async def load(self, runs: Sequence[RunId]) -> None:
        """Read what was told by these runs, of which the last is the one that goes on."""
        self.is_replay = True
        self.brackets = []
        for run_id in runs:
            for entry in await _entries(self.store, run_stream(self.workspace, run_id)):
                if entry.event_type in BRACKET_TYPES:
                    self.brackets.append((run_id == runs[-1], entry.body))
                elif entry.item_type and (run_id == runs[-1] or entry.item_type != OPENING):
                    self.emitted[entry.item_type].append(entry.seq)
        self.is_loaded = True


async def _entries(store: JournalStore, stream: StreamName) -> list[Entry]:
    found: list[Entry] = []
    after = (await store.span(stream)).oldest - 1
    while page := await store.entries(stream, Seq(after), _READ_AT_ONCE):
        found += page
        after = page[-1].seq
    return found
