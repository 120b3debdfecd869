"""Replay: the recorded past of a resumed run, so that no step is repeated and no response emitted twice."""

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.brackets import BRACKET_TYPES
from streamd.core.item import Seq
from streamd.core.position import StreamName, run_stream
from streamd.core.run import RunId
from streamd.facts import define
from streamd.ports.store import Entry, JournalStore

OPENING: Final = "open#1"
"""The step that each run has of its own, also when it resumes another."""
_READ_AT_ONCE: Final = 1000


@define
class Replay:
    """The past of one run: results of its steps by key, and the responses each step had emitted.

    A step is named by its path: `generate#2` is the second visit of a node, `generate#2:t0` its first turn of a model,
    `generate#2:c1` its second tool call, `support#1/inventory/work#1` a node of another agent that it consults.
    """

    store: JournalStore
    workspace: str
    scope: str
    """The scope of its steps' results."""
    is_replay: bool = False
    """Whether the run has a past. If not, nothing is looked up."""
    emitted: defaultdict[str, deque[Seq]] = attrs.field(factory=lambda: defaultdict(deque))
    """Positions of the emitted responses of each step that are still to be skipped."""
    brackets: list[tuple[bool, bytes]] = attrs.field(factory=list)
    """Emitted brackets: whether on the run's own stream, and the body of each. They are not counted as responses."""
    is_loaded: bool = False

    async def result(self, key: str) -> bytes | None:
        """The recorded result of a step, or None."""
        if not self.is_replay:
            return None
        wanted = (self.workspace, self.scope, key)
        return (await self.store.results([wanted])).get(wanted)

    def skips(self, step: str) -> bool:
        """Whether a step's next response has been emitted before; skips it."""
        if not self.is_replay or not self.emitted.get(step):
            return False
        self.emitted[step].popleft()
        return True

    def count(self, step: str) -> int:
        """Number of emitted responses of a step that are still to be skipped."""
        return len(self.emitted.get(step, ()))

    def void(self, *steps: str) -> list[Seq]:
        """Take the positions of emitted responses that are void, because these steps will emit others."""
        return sorted(seq for step in steps for seq in self.emitted.pop(step, ()))

    async def bodies(self, run_id: RunId) -> list[bytes]:
        """The bodies of a run's entries, as JSON."""
        found = await _entries(self.store, run_stream(self.workspace, run_id))
        return [entry.body for entry in found if entry.body]

    async def load(self, runs: Sequence[RunId]) -> None:
        """Load the emitted responses of these runs, of which the last is the resumed one."""
        self.is_replay = True
        self.brackets = []
        self.emitted.clear()
        for run_id in runs:
            for entry in await _entries(self.store, run_stream(self.workspace, run_id)):
                if not entry.body:
                    continue  # it cannot be read, and what it was may be emitted again
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
