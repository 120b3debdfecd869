"""Builds the batches of a group of writes, one for each workspace, before the commit."""

from collections.abc import Sequence

import attrs
import orjson
import structlog

from streamd.core.item import ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import StreamName, feed_of
from streamd.engine.journal._committed_state import CommittedState
from streamd.engine.journal._known_items import ItemKey
from streamd.engine.journal._refusals import refusal_of
from streamd.engine.journal._write_decision import decide_write
from streamd.engine.journal.cached_entry import CachedEntry, trimmed
from streamd.engine.journal.writes import (
    NO_UPDATES,
    Barrier,
    Bracket,
    DemandWrite,
    FeedWrite,
    ItemWrite,
    Receipt,
    RemovalWrite,
    RunUpdates,
    RunWrite,
    UpdateWrite,
    Write,
    WriteResult,
)
from streamd.errors import DamagedError, OpIdReusedError, RefusedError, StreamdError
from streamd.facts import define
from streamd.ports.clock import Clock
from streamd.ports.store import Batch, NewEntry, OpResult

log = structlog.get_logger(__name__)


@define
class BatchBuilder:
    """Adds writes of one workspace to a batch one by one; each sees the effect of those before it."""

    types: ItemTypes
    clock: Clock
    before: CommittedState
    batch: Batch
    committed: dict[StreamName, list[CachedEntry]] = attrs.field(factory=dict)
    """The batch's entries by stream, for delivery."""
    tops: dict[StreamName, Seq] = attrs.field(factory=dict)
    long: set[ItemKey] = attrs.field(factory=set)
    """Items that are too long to be cached."""
    timestamp: str = attrs.field(init=False)
    """The time of the batch, as events tell it."""

    @timestamp.default
    def _timestamp(self) -> str:
        return self.clock.text(self.before.now_ms)

    def add(self, write: Write) -> WriteResult:
        """Add one write to the batch, or return why it is refused. A refused write leaves no trace."""
        match write:
            case ItemWrite():
                try:
                    return self._add_changes(write)
                except RefusedError as refused:
                    return refused.with_traceback(None)  # which knows the whole batch
                except Exception:
                    # A rule that fails on one odd change must not stop the writer, and with it the daemon.
                    log.exception("decision_failed", workspace=write.workspace)
                    return StreamdError("the change could not be decided; it was not made")
            case Barrier():
                return Receipt(())
            case RunWrite() | UpdateWrite():
                if (refusal := refusal_of(write.updates, self.before, self.batch)) is not None:
                    return refusal
                if isinstance(write, RunWrite):
                    if write.brackets:
                        self._append_brackets(write.run, write.brackets)
                    self._append_bodies(write.run, write.bodies, write.step)
                    if write.last:
                        self.batch.ended.append(write.run)
                if write.updates is not NO_UPDATES:
                    self._add_updates(write.updates)
                return Receipt(())
            case DemandWrite():
                return self._add_demand(write)
            case RemovalWrite():
                self.batch.removals.append(write.removal)
                return Receipt(())
            case FeedWrite():
                seq, at_ms = Seq(self._top(write.stream) + 1), self.before.now_ms
                self._append(
                    write.stream,
                    [NewEntry(write.stream, seq, write.body, at_ms, write.event_type, write.agent_id)],
                )
                return Receipt(())

    def _add_changes(self, write: ItemWrite) -> Receipt:
        before, workspace, stream = self.before, write.workspace, write.stream
        op_key = None if write.op is None else write.op_key
        if op_key is not None and op_key in before.results:
            return first_result(before.results[op_key], write.asked, len(write.changes))
        decided = decide_write(
            write, self.types, before.known, before.indexes.get(workspace), self._top(stream), before.now_ms,
            self.timestamp,
        )  # fmt: skip
        # Nothing above this line changed the batch; nothing below it can fail.
        self._append(stream, decided.entries, decided.cached)
        for item_id, item in decided.changed.items():
            before.known[workspace, item_id] = item
            self.batch.put(item, new_words=item_id in decided.new_words)
        for item_id in decided.long:
            self.long.add((workspace, item_id))
        results = decided.results
        if write.run is not None:
            self._append_bodies(write.run, decided.run_bodies)
        if write.op is not None and op_key is not None:
            recorded = orjson.dumps(
                results if write.asked is None else {"asked": write.asked, "results": results}
            )
            before.results[op_key] = recorded
            self.batch.results.append(OpResult(*write.op, recorded, before.results_ms))
        return Receipt(results)

    def _add_demand(self, write: DemandWrite) -> Receipt:
        changed: dict[tuple[ItemId, str], float] = {}
        for day, quantity in {(row.item_id, row.date): row.quantity for row in write.rows}.items():
            known = self.batch.demand.get(day, self.before.demand.get((write.workspace, *day)))
            if known != quantity:
                changed[day] = quantity
        self.batch.demand |= changed
        return Receipt(({"changed": len(changed)},))

    def _append_bodies(self, run: StreamName, bodies: Sequence[bytes], step: str = "") -> None:
        first = self._top(run) + 1
        self._append(
            run,
            [
                # Of a response in several parts, a resumed run counts the first.
                NewEntry(run, Seq(first + index), body, self.before.now_ms, item_type="" if index else step)
                for index, body in enumerate(bodies)
            ],
        )

    def _append_brackets(self, run: StreamName, brackets: Sequence[Bracket]) -> None:
        self._append(
            run,
            [
                NewEntry(run, Seq(seq), bracket.body, self.before.now_ms, bracket.type, bracket.step)
                for seq, bracket in enumerate(brackets, start=self._top(run) + 1)
            ],
        )

    def _add_updates(self, updates: RunUpdates) -> None:
        batch = self.batch
        for found in updates.claims:
            batch.claims[found.run_id] = found.owner
        for record in updates.records:
            batch.runs[record.run_id] = record
        if updates.trigger is not None:
            batch.trigger_moves.append(updates.trigger)
        for result in updates.results:
            key = (batch.workspace, result.scope, result.op_id)
            if key not in self.before.results:
                self.before.results[key] = result.result
                batch.results.append(result)
        for thread_id, head in updates.heads.items():
            if not any(
                one.thread_id == thread_id for one in batch.checkpoints
            ):  # else it comes with this very batch
                batch.heads[thread_id] = head
        if updates.checkpoint is not None:
            batch.checkpoints.append(updates.checkpoint)
        batch.titles |= updates.titles
        for interrupt in updates.closes:
            if interrupt.interrupt_id not in batch.interrupts:  # else it was opened in this very batch
                batch.closes.add(interrupt.interrupt_id)
        for interrupt in (*updates.interrupts, *updates.closes):
            batch.interrupts[interrupt.interrupt_id] = interrupt
        for one in updates.broadcasts:
            for stream in (feed_of(batch.workspace, feed) for feed in one.feeds):
                seq, at_ms = Seq(self._top(stream) + 1), self.before.now_ms
                self._append(stream, [NewEntry(stream, seq, one.body, at_ms, one.event_type, one.agent_id)])
        if updates.stream_checkpoint is not None:
            batch.stream_checkpoints.append(updates.stream_checkpoint)
        if updates.forgotten:
            batch.forgotten += updates.forgotten
            batch.memories = [one for one in batch.memories if one.memory_id not in updates.forgotten]
        batch.memories += updates.memories
        batch.used += updates.used

    def _append(
        self, stream: StreamName, entries: list[NewEntry], cached: Sequence[CachedEntry] | None = None
    ) -> None:
        """Append entries. `cached` are those that delivery gets, where they have more than what is stored."""
        if not entries:
            return
        self.batch.entries += entries
        committed = self.committed.get(stream)
        if committed is None:
            committed = self.committed[stream] = []
        committed += cached or [
            CachedEntry(entry.seq, trimmed(entry.body), entry.event_type, entry.item_type)
            for entry in entries
        ]
        self.tops[stream] = entries[-1].seq

    def _top(self, stream: StreamName) -> Seq:
        top = self.tops.get(stream)
        return self.before.tops[stream] if top is None else top


def first_result(recorded: bytes, asked: str | None, changes: int | None = None) -> Receipt:
    """The result of an operation that was done before, by the fingerprint of what is asked for now.

    `changes` counts for what a streamd recorded that knew no fingerprints; None: any number. Raises OpIdReusedError where something else was asked for, and DamagedError where nobody can tell any more.
    """
    try:
        read = orjson.loads(recorded)
    except ValueError:
        raise DamagedError(
            "what this op_id was used for cannot be read: its row in the store is damaged; nothing was changed, "
            "look at the items before you choose another"
        ) from None
    if isinstance(read, dict) and "asked" in read:
        results = read.get("results") if read["asked"] == asked else None
    else:  # of a run's step, or of a streamd that did not record what was asked for
        results = read if isinstance(read, list) and changes in (None, len(read)) else None
    if results is None:
        raise OpIdReusedError("this op_id was used for something else; nothing was changed, choose another")
    return Receipt(results, repeated=True)
