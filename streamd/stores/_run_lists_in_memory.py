"""Lists of threads and runs, and titles of threads, in RAM: a part of `MemoryStore`."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import attrs
import orjson

from streamd.core.event import ITEM_EVENT_TYPES
from streamd.core.item import Seq
from streamd.core.position import StreamName, workspace_stream
from streamd.core.run import RunFilter, RunId, RunRecord
from streamd.core.thread import Checkpoint, ThreadFilter, ThreadStatus, ThreadSummary, cut_title
from streamd.facts import define
from streamd.ports.store import UNFINISHED, Batch, NewEntry, OpResult, Removal, Retention
from streamd.stores._threads_in_memory import ThreadsInMemory

_EVER: Final = 2**53
_BUSY: Final = 1 << 52
_WITH_CHECKPOINT: Final = 1 << 51


@define
class RunListsInMemory(ThreadsInMemory):
    """Makes the lists anew from what is stored, each time."""

    _titles: dict[tuple[str, str], str] = attrs.field(factory=dict)
    """By workspace and thread."""
    _results: dict[tuple[str, str], tuple[str, OpResult]] = attrs.field(factory=dict)
    """Results with their workspaces, by scope and op_id."""

    _entries: dict[StreamName, dict[Seq, NewEntry]] = attrs.field(factory=dict)

    def put_titles(self, batch: Batch) -> None:
        """Store the titles of a batch, and those that its runs give to new threads."""
        for run in batch.runs.values():
            if not run.resumes_run_id:
                self._titles.setdefault((run.workspace, run.thread_id), cut_title(run.request.user_input))
        self._titles |= {(batch.workspace, thread_id): title for thread_id, title in batch.titles.items()}

    async def threads(
        self, workspace: str, wanted: ThreadFilter, limit: int, before: int | None = None
    ) -> Sequence[ThreadSummary]:
        runs: dict[str, list[RunRecord]] = defaultdict(list)
        checkpoints: dict[str, list[Checkpoint]] = defaultdict(list)
        for run in self._runs.values():
            if run.workspace == workspace:
                runs[run.thread_id].append(run)
        for one in self._checkpoints.values():
            if one.workspace == workspace:
                checkpoints[one.thread_id].append(one)
        found = [
            summary
            for thread_id in runs.keys() | checkpoints.keys()
            if wanted.lets_through(
                summary := self._summary(workspace, thread_id, runs[thread_id], checkpoints[thread_id]),
                runs[thread_id],
            )
        ]
        found.sort(key=lambda one: one.place, reverse=True)
        if before is not None:
            found = [one for one in found if one.place < before]
        return found[: max(0, limit)]

    def _summary(
        self, workspace: str, thread_id: str, runs: list[RunRecord], checkpoints: list[Checkpoint]
    ) -> ThreadSummary:
        last = runs[-1] if runs else None
        asks = any(
            one.status == "pending" and (one.workspace, one.thread_id) == (workspace, thread_id)
            for one in self._interrupts.values()
        )
        busy = last is not None and last.status in UNFINISHED
        status: ThreadStatus = "busy" if busy else "interrupted" if asks else "idle"
        place = 0 if last is None else list(self._runs).index(last.run_id)
        if busy:
            place += _BUSY
        elif checkpoints:
            newest = (workspace, thread_id, checkpoints[-1].checkpoint_id)
            place = _WITH_CHECKPOINT + list(self._checkpoints).index(newest)
        times = [max(run.started_ms, run.ended_ms or 0) for run in runs] + [one.at_ms for one in checkpoints]
        return ThreadSummary(
            thread_id,
            place,
            self._titles.get((workspace, thread_id), ""),
            "" if last is None else cut_title(last.request.user_input),
            status,
            max(times),
            None if last is None else last.run_id,
        )

    async def runs(
        self, workspace: str, wanted: RunFilter, limit: int, before: RunId | None = None
    ) -> Sequence[RunRecord]:
        ids = list(self._runs)
        if before is not None:
            ids = ids[: ids.index(before)] if before in ids else []
        found = [self._runs[run_id] for run_id in reversed(ids)]
        return [run for run in found if run.workspace == workspace and wanted.lets_through(run)][
            : max(0, limit)
        ]

    async def thread_removal(self, workspace: str, thread_id: str) -> Removal | None:
        of = (workspace, thread_id)
        runs = [run for run in self._runs.values() if (run.workspace, run.thread_id) == of]
        scopes = {run.results_scope for run in runs}
        removal = Removal(
            workspace,
            runs=[run.run_id for run in runs],
            results=[key for key in self._results if key[0] in scopes],
            surplus_checkpoints=[(thread_id, one) for *place, one in self._checkpoints if tuple(place) == of],
            interrupts=[
                one.interrupt_id
                for one in self._interrupts.values()
                if (one.workspace, one.thread_id) == of and one.status != "pending"
            ],
            stream_checkpoints=[key for key in self._stream_checkpoints if key[0] in {run.run_id for run in runs}],
            at_ms=_EVER,
            titles=[thread_id] if of in self._titles else [],
        )  # fmt: skip
        return None if removal == Removal(workspace, at_ms=_EVER) else removal

    async def author_removal(
        self, workspace: str, user_id: str, scope: str, after: Seq, upto: Seq
    ) -> Removal:
        entries = self._entries.get(workspace_stream(workspace), {})
        return Removal(
            workspace,
            authored=[
                seq
                for seq, entry in entries.items()
                if after < seq <= upto and orjson.loads(entry.body).get("user_id") == user_id
            ],
            results=[key for key in self._results if key[0] == scope],
        )

    def forget_authors(self, removal: Removal) -> None:
        """Take the authors out of events, and their words out of those that change no item."""
        entries = self._entries.get(workspace_stream(removal.workspace), {})
        for seq in removal.authored:
            entry = entries[seq]
            body = {**orjson.loads(entry.body), "user_id": ""}
            if entry.event_type not in ITEM_EVENT_TYPES:
                body["data"] = {}
            entries[seq] = attrs.evolve(entry, body=orjson.dumps(body))

    def unused_titles(self, _retention: Retention) -> Sequence[Removal]:
        """Find titles of threads of which nothing else is left."""
        found: dict[str, Removal] = {}
        for workspace, thread_id in self._titles.keys() - self._with_something():
            found.setdefault(workspace, Removal(workspace)).titles.append(thread_id)
        return list(found.values())

    def remove_titles(self, removal: Removal) -> None:
        """Remove titles, except those of threads of which something is left."""
        for thread_id in removal.titles:
            if (removal.workspace, thread_id) not in self._with_something():
                self._titles.pop((removal.workspace, thread_id), None)

    def _with_something(self) -> set[tuple[str, str]]:
        of_checkpoints = {(workspace, thread_id) for workspace, thread_id, _ in self._checkpoints}
        return {(run.workspace, run.thread_id) for run in self._runs.values()} | of_checkpoints
