"""Triggers on events: durable consumers of a workspace's stream."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, Final

import attrs
import orjson
import structlog

from streamd.core.item import Item, ItemId, Seq
from streamd.core.position import workspace_stream
from streamd.core.run import RunId, TriggerCause
from streamd.core.triggers.event_match import EventMatch
from streamd.engine.delivery import Hub
from streamd.engine.triggers._trigger_place import TriggerPlace
from streamd.facts import define, frozen
from streamd.ports.store import Entry

log = structlog.get_logger(__name__)

_BLOCK: Final = 256
_COALESCE_SECONDS: Final = 0.02
"""What comes within this is read at once."""
_UNSAVED: Final = 1000
"""So many events that do not match are looked at again after a restart, at most."""
_BATCH_BYTES: Final = 256 * 1024
"""Of the events that one run is given; one event alone may be longer."""
_MOST_CHAINS: Final = 256
_NOT_TOLD: Final = frozenset({"change", "names", "op_id", "undoes", "workspace"})
"""Keys of events that say nothing to an agent."""


@frozen(eq=False)
class _Found:
    """An event that fires the trigger."""

    seq: Seq
    event: Mapping[str, Any]
    size: int
    chain: Sequence[str]
    """The triggers whose runs led to it."""


@define(eq=False)
class EventTrigger:
    """Reads events from where its trigger stands, and starts a run for each that matches, or for several."""

    place: TriggerPlace
    match: EventMatch
    hub: Hub
    _read_to: Seq = attrs.field(init=False)
    _found: deque[_Found] = attrs.field(factory=deque)
    _bell: asyncio.Event = attrs.field(factory=asyncio.Event)
    idle: asyncio.Event = attrs.field(factory=asyncio.Event)
    """Set while it waits for further events."""
    _chains: dict[str, Sequence[str]] = attrs.field(factory=dict)

    @_read_to.default
    def _stored(self) -> Seq:
        return self.place.position.seq

    # ── the subscriber of the stream ─────────────────────────────────────────────────────────────────────────────────

    def reply(self, payload: bytes) -> None:
        """Nothing is told to a trigger."""

    def receive(self, new_entries: object) -> None:  # noqa: ARG002 - read from the store, with what was before
        """Hear that there are new events."""
        self._bell.set()

    @property
    def is_settled(self) -> bool:
        """Whether it has nothing to do."""
        return self.idle.is_set() and not self._bell.is_set()

    # ── its work ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def run(self) -> None:
        """Serve events until cancelled. Raises what keeps it from going on just now."""
        self._found.clear()
        self._read_to = self.place.position.seq
        live = await self.hub.open(workspace_stream(self.place.workspace))
        live.subscribers[self] = None
        try:
            while True:
                await self._serve()
        finally:
            live.subscribers.pop(self, None)
            self.idle.clear()

    async def _serve(self) -> None:
        trigger = self.place.active.trigger
        await self._wait_for_one()
        if trigger.debounce_seconds:
            await asyncio.sleep(trigger.debounce_seconds)
        await self.place.room()
        while len(self._found) < trigger.batch_max and await self._scan():
            pass
        batch = self._next_batch()
        last = batch[-1].seq
        chain = max((one.chain for one in batch), key=len)
        events = [
            {"seq": one.seq, **{key: value for key, value in one.event.items() if key not in _NOT_TOLD}}
            for one in batch
        ]
        await self.place.start(
            attrs.evolve(self.place.position, seq=last),
            TriggerCause((*chain, self.place.name), seq=last),
            {"events": events},
        )
        for _ in batch:
            self._found.popleft()

    async def _wait_for_one(self) -> None:
        while not self._found:
            self._bell.clear()
            has_read = await self._scan()
            if not self._found and self._read_to - self.place.position.seq >= _UNSAVED:
                await self.place.pass_over(attrs.evolve(self.place.position, seq=self._read_to))
            if has_read:
                continue
            self.idle.set()
            await self._bell.wait()
            self.idle.clear()
            await asyncio.sleep(_COALESCE_SECONDS)

    def _next_batch(self) -> Sequence[_Found]:
        """The next events for one run. One whose chain is too long has a run of its own, as that fails."""
        trigger = self.place.active.trigger
        batch: list[_Found] = []
        size = 0
        for one in self._found:
            is_over = len(one.chain) >= trigger.max_chain
            if batch and (is_over or size + one.size > _BATCH_BYTES):
                break
            batch.append(one)
            size += one.size
            if is_over or len(batch) == trigger.batch_max:
                break
        return batch

    async def _scan(self) -> bool:
        """Look at the next block of events; False where there is none."""
        name, store = workspace_stream(self.place.workspace), self.place.runs.services.store
        entries = await store.entries(name, self._read_to, _BLOCK, with_before=True)
        if not entries:
            return False
        gone = entries[0].seq - self._read_to - 1
        if gone > 0:
            log.warning(
                "trigger_events_gone", trigger=self.place.name, workspace=self.place.workspace, events=gone
            )
        for entry in entries:
            if entry.body and self.match.may_hold(entry.event_type, entry.item_type):
                await self._judge(entry)
            self._read_to = entry.seq
        return True

    async def _judge(self, entry: Entry) -> None:
        event: dict[str, Any] = orjson.loads(entry.body)
        recorded = None if entry.before is None else orjson.loads(entry.before)
        present = None
        if self.match.needs_present(entry.event_type, recorded):
            present = await self._item_now(event.get("item_id"))
            if present is None:
                return
        if not self.match.holds(entry.event_type, entry.item_type, event.get("data", {}), recorded, present):
            return
        chain = await self._chain_of(event.get("run_id"))
        if chain and chain[-1] == self.place.name and not self.place.active.trigger.again:
            return
        self._found.append(_Found(entry.seq, event, len(entry.body), chain))

    async def _item_now(self, item_id: object) -> Mapping[str, Any] | None:
        key = (self.place.workspace, ItemId(str(item_id)))
        found = (await self.place.runs.services.store.known([key])).get(key)
        return {**found.fields, "id": found.id} if isinstance(found, Item) else None

    async def _chain_of(self, run_id: object) -> Sequence[str]:
        """The triggers whose runs led to what a run did."""
        if not isinstance(run_id, str):
            return ()
        if run_id not in self._chains:
            live = self.place.runs.find(run_id)
            record = (
                live.record
                if live is not None
                else await self.place.runs.services.store.run(self.place.workspace, RunId(run_id))
            )
            cause = None if record is None else record.request.trigger
            if len(self._chains) >= _MOST_CHAINS:
                self._chains.clear()
            self._chains[run_id] = () if cause is None else cause.chain
        return self._chains[run_id]
