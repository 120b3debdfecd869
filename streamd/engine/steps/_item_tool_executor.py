"""Executes item tool calls, one change after the other, and emits each change's events in the same commit."""

import asyncio
from collections import ChainMap, deque
from collections.abc import Mapping, Sequence
from typing import Final, assert_never, cast

import attrs

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.decide import Decision
from streamd.core.declared.removals import Referring
from streamd.core.event import Author
from streamd.core.item import Item, ItemId, Seq
from streamd.core.run import Response, ResponseType
from streamd.core.tool_calls import AddItems, ChangeItems, RemoveItems, ToolCall, touched_by
from streamd.core.values import Value
from streamd.engine.journal import ItemWrite, Receipt, RunUpdates, WriteResult
from streamd.engine.live import LiveRun
from streamd.engine.record import RecordedCall, RecordedCalls
from streamd.engine.steps import change_messages as texts
from streamd.engine.steps._removal_approval import approve_removal
from streamd.errors import ConflictError, ForbiddenError, TooLargeError
from streamd.facts import define
from streamd.ids import derived_id
from streamd.long_work import CALLS
from streamd.ports.agent import Agent

_CHANGE_BYTES: Final = 64
_IN_FLIGHT: Final = 64
"""Changes of one run that wait for the disk at a time: enough to fill commits, few enough to let others in."""
_PROGRESS_FROM: Final = 20
"""Bulk work of at least this many changes emits its progress."""
_PROGRESS_STEPS: Final = 20


@define
class ItemToolExecutor:
    """Executes calls of the item tools in one node of a run."""

    run: LiveRun
    agent: Agent
    path: str
    author: Author
    may_change: bool
    """False for an agent that only helps another one, unless the request asks it for changes."""
    calls: RecordedCalls = attrs.Factory(
        lambda self: RecordedCalls(self.run.replay, self.path), takes_self=True
    )

    @property
    def names(self) -> Mapping[ItemId, str]:
        """Names of the items that the run has touched or read."""
        work = self.run.state.changes
        read = () if work.reading is None else (cast("dict[ItemId, str]", work.reading.names),)
        return ChainMap(work.touched_names, work.read_names, *read)

    async def carry_out(self, call: ToolCall) -> None:
        """Execute one call, or replay its recorded changes; its changes are added to the run's outcome.

        Raises:
            TooLargeError: the run would touch more items than one may.
            ForbiddenError: the agent may change nothing here, or the run's principal may not edit items.

        """
        if not self.may_change:
            raise ForbiddenError(f"{self.agent.name} only helps here: say what should be done instead")
        work = self.run.state.changes
        key, recorded = await self.calls.take(call)
        if recorded is None:
            self.run.check("edit")  # what is recorded was allowed, and may be half done
            over = self.run.services.options.approve_removals_over
            base, requested = await self.run.base(), None
            present = await self._present(call)
            approval, staying = None, dict[ItemId, str]()
            if isinstance(call, RemoveItems):
                against = await self._referring_to(present)
                possible, staying = self._possible(call, against)
                requested = call if possible != call else None
                call = possible
                read_upto = await self.run.replay.result(f"{key}?")
                referring = self._asked_about(call, against)
                # Many small removals are one large one.
                is_large = 0 < over < work.removed_unapproved + len(call.item_ids)
                if call.item_ids and (is_large or referring or read_upto is not None):
                    requested = requested or call
                    stays, names = self.run.wording.stays, self.names
                    kept = [stays(names.get(one, one), why) for one, why in staying.items()]
                    approval = await approve_removal(
                        self.run, self.agent, self.path, call, key, names, referring, kept, base=base
                    )
                    call = approval.call
                    base = base if read_upto is None else Seq(int(read_upto))
            self._check_size(call)
            await self.run.slices.rest()
            recorded = RecordedCall(
                call, base, texts.names_in(call, self.names), None if requested == call else requested,
                {one.id: one.added for one in present if isinstance(call, RemoveItems)},
                approval is not None, staying, "" if approval is None else approval.declined,
            )  # fmt: skip
            encoded = await CALLS.compute(texts.size(call) * _CHANGE_BYTES, recorded.encode)
            self.run.output.persist(RunUpdates(results=(self.run.output.result(key, encoded),)))
        else:
            self._check_size(recorded.call)
        if isinstance(recorded.call, RemoveItems):
            more = work.removed_unapproved + len(recorded.call.item_ids)
            work.removed_unapproved = 0 if recorded.approved else more
        work.touched_names.update(recorded.names)
        left_alone, names = self.run.wording.left_alone, self.names
        work.outcome.refused += (
            left_alone(names.get(one, one), why) for one, why in recorded.staying.items()
        )
        work.outcome.refused += filter(None, [recorded.declined])
        await self._commit_each(key, await self._changes(key, recorded))

    async def _changes(self, key: str, recorded: RecordedCall) -> Sequence[Change]:
        """Return the changes of a call; what they are is told first."""
        call, base, wording = recorded.call, recorded.base, self.run.wording
        slices, changes = self.run.slices, list[Change]()
        await slices.rest()
        match call:
            case AddItems():
                for index, item in enumerate(call.items):
                    await slices.rest()
                    changes.append(self._addition(key, index, item))
                self._open(
                    "item_creation", texts.creating(call, self.run.services.types, wording), len(changes)
                )
            case ChangeItems():
                changes += (
                    ChangeItem(one.item_id, one.set, one.unset, one.inc, one.add_to_set, self.run.state.changes.base_of(one.item_id, base), "reject")
                    for one in call.edits
                )  # fmt: skip
                self._open("item_update", wording.changing(len(changes)), len(changes))
            case RemoveItems():
                changes += (
                    RemoveItem(
                        one,
                        call.reason,
                        self.run.state.changes.base_of(one, base),
                        clear_references=recorded.approved,
                    )
                    for one in call.item_ids
                )
                self._open("item_removal", wording.removing(len(changes), call.reason), len(changes))
            case _:
                assert_never(call)
        return changes

    async def repeat(self, keys: Sequence[str]) -> None:
        """Replay the recorded calls under these keys, for their counts."""
        for key in keys:
            recorded = await self.calls.recorded(key)
            if recorded is not None:
                await self.carry_out(recorded.call if recorded.asked is None else recorded.asked)

    def _check_size(self, call: ToolCall) -> None:
        work, most = self.run.state.changes, self.run.services.options.max_items_per_run
        work.touched += texts.size(call)
        if work.touched > most:
            raise TooLargeError(
                f"one request may touch at most {most:,} items, and this would be {work.touched:,}; "
                "nothing more was changed, ask for less at once"
            )

    async def _present(self, call: ToolCall) -> Sequence[Item]:
        """Read the items that a call touches, and learn the names of those that the run has not read."""
        shared, names = self.run.services.shared_items, self.names
        present = await shared.of(self.run.record.workspace, dict.fromkeys(touched_by(call)))
        self.run.state.changes.read_names.update({one.id: one.name for one in present if one.id not in names})
        return present

    async def _referring_to(self, removed: Sequence[Item]) -> Referring:
        """Read the references that stand against a removal, and learn the names of the items that refer."""
        shared, known = self.run.services.shared_items, self.names
        referring, names = await shared.referring_to(self.run.record.workspace, removed)
        self.run.state.changes.read_names.update({one: names[one] for one in names.keys() - known.keys()})
        return referring

    def _possible(self, removal: RemoveItems, referring: Referring) -> tuple[RemoveItems, dict[ItemId, str]]:
        """Part a removal: what can be removed, each item after those that refer to it, and what stays and why."""
        outcome = self.run.state.changes.outcome  # the journal judges what this run touched
        held = referring.staying(removal.item_ids, {*outcome.removed, *outcome.changed})
        staying = {one: texts.still_referred_to(by, self.names, self.run.wording) for one, by in held.items()}
        leaving = tuple(one for one in removal.item_ids if one not in held)
        return attrs.evolve(removal, item_ids=tuple(referring.in_order(leaving))), staying

    def _asked_about(self, removal: RemoveItems, referring: Referring) -> Sequence[str]:
        """Return the names of items that stay and whose references a person has to let go."""
        found = dict.fromkeys(by for one in removal.item_ids for by, _ in referring.consents.get(one, ()))
        gone, names = set(removal.item_ids), self.names
        return [names.get(one, one) for one in found if one not in gone]

    def _open(self, kind: ResponseType, message: str, count: int) -> None:
        if count:
            self._emit(Response(kind, message, {"count": count}))

    def _emit(self, response: Response) -> None:
        self.run.output.emit(attrs.evolve(self._marked(response), step=self.path))

    def _marked(self, response: Response) -> Response:
        """Add the agent's name to a response, where another agent consulted it."""
        if "/" not in self.path:
            return response
        return attrs.evolve(response, extra={**response.extra, "agent": self.agent.name})

    def _addition(self, key: str, index: int, item: Mapping[str, Value]) -> AddItem:
        fields = {name: value for name, value in item.items() if name != "id"}
        kind = str(item.get("type", "item"))
        chosen_id = item.get("id") or derived_id(kind, self.run.replay.scope, key, index)
        item_id = ItemId(str(chosen_id))
        self.run.state.changes.touched_names[item_id] = str(item.get("name", item_id))
        return AddItem(item_id, fields)

    async def _commit_each(self, key: str, changes: Sequence[Change]) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        waiting: deque[tuple[Change, asyncio.Future[WriteResult]]] = deque()
        settled = 0
        try:
            for index, change in enumerate(changes):
                if len(waiting) >= _IN_FLIGHT:
                    await self._settle(*waiting[0])
                    waiting.popleft()
                    settled += 1
                    self._report(settled, len(changes), loop.time() - started)
                await self.run.services.journal.room(self.run.record.workspace)
                waiting.append((change, self._submit(change, f"{key}:{index}")))
            while waiting:
                await self._settle(*waiting[0])
                waiting.popleft()
                settled += 1
                self._report(settled, len(changes), loop.time() - started)
        except asyncio.CancelledError:
            # Submitted changes cannot be called back; they are counted before the run's ending is built.
            for change, answer in waiting:
                self._count(change, await asyncio.shield(answer))
            raise

    def _submit(self, change: Change, op_id: str) -> "asyncio.Future[WriteResult]":
        run = self.run
        return run.services.journal.submit_for_result(
            lambda done: ItemWrite(
                workspace=run.record.workspace,
                changes=(change,),
                author=self.author,
                done=done,
                op=(run.replay.scope, op_id),
                shows_op=False,
                run=run.output.stream.name,
                run_bodies=self.run_bodies,
            )
        )

    def run_bodies(self, _index: int, change: Change, decision: Decision) -> list[bytes]:
        """Encode the responses about a change that is being committed."""
        responses = texts.responses(change, decision, self.names, self.run.wording)
        return [body for one in responses for body in self.run.output.encode(self._marked(one))]

    async def _settle(self, change: Change, answer: "asyncio.Future[WriteResult]") -> None:
        # Shielded: cancelling the run would cancel the future, and the change's outcome would never be known.
        self._count(change, answer.result() if answer.done() else await asyncio.shield(answer))

    def _count(self, change: Change, answer: WriteResult) -> None:
        work = self.run.state.changes
        if not isinstance(answer, Receipt):
            if isinstance(answer, ConflictError) and isinstance(change, ChangeItem | RemoveItem):
                work.refuse(change.item_id, answer)
            why = texts.refused(change, answer, self.names, self.run.wording)
            if why not in work.outcome.refused:
                work.outcome.refused.append(why)
            return
        result = answer.results[0]
        match change:
            case AddItem(item_id=item_id):
                work.count("added", item_id)
            case RemoveItem(item_id=item_id):
                work.count("removed", item_id)
            case ChangeItem(item_id=item_id) if not result.get("unchanged"):
                work.count("changed", item_id)
                work.versions[item_id] = Seq(int(str(result["version"])))
            case _:
                pass

    def _report(self, settled: int, total: int, seconds: float) -> None:
        if total < _PROGRESS_FROM or settled % max(1, total // _PROGRESS_STEPS):
            return
        eta_seconds = round(seconds / settled * (total - settled), 3)
        extra = {
            "progress": round(settled / total, 4),
            "step": settled,
            "total_steps": total,
            "eta_seconds": eta_seconds,
        }
        self._emit(Response("progress", self.run.wording.progress(settled, total), extra=extra))
