"""The toolbox: carries out tool calls on items, one change after the other, and tells about each in the same commit."""

import asyncio
from collections import ChainMap, deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, assert_never, cast

import attrs

from streamd.core.change import AddItem, Change, ChangeItem, RemoveItem
from streamd.core.decide import Decision
from streamd.core.event import Author
from streamd.core.item import START, ItemId, Seq
from streamd.core.item_type import ItemTypes
from streamd.core.position import StreamName
from streamd.core.run import Response, ResponseType
from streamd.core.tool_calls import AddItems, ChangeItems, RemoveItems, ToolCall
from streamd.core.values import Value
from streamd.engine import tool_texts as texts
from streamd.engine.ids import derived_id
from streamd.engine.journal import Journal
from streamd.engine.writes import ItemWrite, Receipt
from streamd.engine.writes import Outcome as Answer
from streamd.errors import TooLargeError
from streamd.ports.agent import Outcome

_IN_FLIGHT: Final = 64
"""Changes of one run that wait for the disk at a time: enough to fill commits, few enough to let others in."""
_PROGRESS_FROM: Final = 20
"""Bulk work of at least this many changes tells its progress."""
_PROGRESS_STEPS: Final = 20


@attrs.define
class Toolbox:
    """A run's tools."""

    journal: Journal
    types: ItemTypes
    author: Author
    workspace: str
    run_id: str
    stream: StreamName
    spell: Callable[[Response], bytes]
    """Makes the body of what the run tells."""
    tell: Callable[[Response], None]
    max_items: int = 10_000
    """Items that the run may touch."""
    outcome: Outcome = attrs.field(factory=Outcome)
    """All that was done with these tools."""
    base: Seq = START
    """Position up to which the run has read the items: a field that moved after it conflicts."""
    read_names: Mapping[ItemId, str] = attrs.field(factory=dict)
    """Names of the items the run has read; shared with other runs."""
    _added_names: dict[ItemId, str] = attrs.field(factory=dict)
    _versions: dict[ItemId, Seq] = attrs.field(factory=dict)
    """Items the run changed itself, and when: its own changes are no conflicts."""
    _calls: int = 0
    _touched: int = 0

    @property
    def names(self) -> Mapping[ItemId, str]:
        """Names of the items the run has read or added."""
        return ChainMap(self._added_names, cast("dict[ItemId, str]", self.read_names))

    async def carry_out(self, call: ToolCall) -> None:
        """Do one call. What came of it is added to `outcome`.

        Raises:
            TooLargeError: the run would touch more items than one may.

        """
        self._calls += 1
        self._touched += texts.size(call)
        if self._touched > self.max_items:
            raise TooLargeError(
                f"one request may touch at most {self.max_items:,} items, and this would be {self._touched:,}; "
                "nothing more was changed, ask for less at once"
            )
        changes: list[Change]
        match call:
            case AddItems():
                changes = [self._addition(index, item) for index, item in enumerate(call.items)]
                self._open("item_creation", texts.creating(call, self.types), len(changes))
            case ChangeItems():
                changes = [
                    ChangeItem(
                        item_id=edit.item_id,
                        set=edit.set,
                        unset=edit.unset,
                        inc=edit.inc,
                        add_to_set=edit.add_to_set,
                        base=self._base_of(edit.item_id),
                        on_conflict="reject",
                    )
                    for edit in call.edits
                ]
                self._open("item_update", texts.changing(call), len(changes))
            case RemoveItems():
                changes = [
                    RemoveItem(item_id, call.reason, self._base_of(item_id)) for item_id in call.item_ids
                ]
                self._open("item_removal", texts.removing(call), len(changes))
            case _:
                assert_never(call)
        await self._commit_each(changes)

    def _open(self, kind: ResponseType, message: str, count: int) -> None:
        if count:
            self.tell(Response(kind, message, {"count": count}))

    def _addition(self, index: int, item: Mapping[str, Value]) -> AddItem:
        fields = {name: value for name, value in item.items() if name != "id"}
        given = item.get("id") or derived_id(str(item.get("type", "item")), self.run_id, self._calls, index)
        item_id = ItemId(str(given))
        self._added_names[item_id] = str(item.get("name", item_id))
        return AddItem(item_id, fields)

    def _base_of(self, item_id: ItemId) -> Seq:
        return max(self.base, self._versions.get(item_id, self.base))

    async def _commit_each(self, changes: Sequence[Change]) -> None:
        loop = asyncio.get_running_loop()
        started = loop.time()
        waiting: deque[tuple[Change, asyncio.Future[Answer]]] = deque()
        settled = 0
        try:
            for change in changes:
                if len(waiting) >= _IN_FLIGHT:
                    await self._settle(*waiting[0])
                    waiting.popleft()
                    settled += 1
                    self._report(settled, len(changes), loop.time() - started)
                await self.journal.room()
                waiting.append((change, self._submit(change)))
            while waiting:
                await self._settle(*waiting[0])
                waiting.popleft()
                settled += 1
                self._report(settled, len(changes), loop.time() - started)
        except asyncio.CancelledError:
            # What is on its way to the disk cannot be called back; it is counted before the run says how it ended.
            for change, answer in waiting:
                self._count(change, await asyncio.shield(answer))
            raise

    def _submit(self, change: Change) -> "asyncio.Future[Answer]":
        return self.journal.promise(
            lambda done: ItemWrite(
                workspace=self.workspace,
                changes=(change,),
                author=self.author,
                done=done,
                run=self.stream,
                told=self._told,
            )
        )

    def _told(self, _index: int, change: Change, decision: Decision) -> list[bytes]:
        return [self.spell(response) for response in texts.responses(change, decision, self.names)]

    async def _settle(self, change: Change, answer: "asyncio.Future[Answer]") -> None:
        # Shielded: to cancel the run would cancel the promise, and what the change came to would never be known.
        self._count(change, answer.result() if answer.done() else await asyncio.shield(answer))

    def _count(self, change: Change, answer: Answer) -> None:
        if not isinstance(answer, Receipt):
            self.outcome.refused.append(texts.refused(change, answer, self.names))
            return
        result = answer.results[0]
        match change:
            case AddItem():
                self.outcome.added.append(change.item_id)
            case RemoveItem():
                self.outcome.removed.append(change.item_id)
            case ChangeItem() if not result.get("unchanged"):
                if change.item_id not in self._versions:
                    self.outcome.changed.append(change.item_id)
                self._versions[change.item_id] = Seq(int(str(result["version"])))
            case _:
                pass

    def _report(self, settled: int, total: int, seconds: float) -> None:
        if total < _PROGRESS_FROM or settled % max(1, total // _PROGRESS_STEPS):
            return
        self.tell(
            Response(
                "progress",
                f"{settled:,} of {total:,}",
                extra={
                    "progress": round(settled / total, 4),
                    "step": settled,
                    "total_steps": total,
                    "eta_seconds": round(seconds / settled * (total - settled), 3),
                },
            )
        )
