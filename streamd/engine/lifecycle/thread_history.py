"""Threads: their state, their history, and the ways to change where they stand."""

from collections.abc import Mapping, Sequence
from typing import Final

import attrs

from streamd.core.thread import Checkpoint, CheckpointId, CheckpointSource, State, Thread
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.record import check_encodable
from streamd.engine.steps import goals
from streamd.errors import BusyError, ExistsError, InvalidMessageError, NotFoundError, TooLargeError
from streamd.ids import time_ordered_id

_MOST_STATE_BYTES: Final = 1_000_000


class Threads:
    """What may be asked of threads beside running on them."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._store = runs.services.store

    async def state(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Thread:
        """Where a thread stands, or stood. Raises NotFoundError."""
        await self._runs.services.journal.flushed()
        going_on = self._runs.of_thread(workspace, thread_id)
        head = await self._store.checkpoint_of(workspace, thread_id, checkpoint_id)
        last = await self._store.latest_run(workspace, thread_id)
        if checkpoint_id is not None and head is None:
            raise NotFoundError(f"thread {thread_id} has no checkpoint {checkpoint_id}")
        if head is None and going_on is None and last is None:
            raise NotFoundError(f"there is no thread {thread_id} here", thread_id=thread_id)
        waiting = await self._store.pending_interrupts(workspace, thread_id)
        run = going_on.record if going_on is not None else last
        return Thread(
            thread_id,
            "busy" if going_on is not None else "interrupted" if waiting else "idle",
            head,
            waiting,
            None if run is None else run.run_id,
        )

    async def history(
        self, workspace: str, thread_id: str, limit: int, before: CheckpointId | None = None
    ) -> Sequence[Checkpoint]:
        """Where it stood, the newest first. Raises NotFoundError."""
        await self.state(workspace, thread_id)
        return await self._store.checkpoints(workspace, thread_id, limit, before)

    async def update(
        self, workspace: str, thread_id: str, values: State, as_node: str | None = None
    ) -> Thread:
        """Change a thread's state; with `as_node` as if that node had done it, so that what follows it comes next.

        Raises:
            NotFoundError: there is no such thread.
            BusyError: a run is going on in it.

        """
        head = await self._idle(workspace, thread_id)
        state = {**head.state, **values}
        if check_encodable("values", state) > _MOST_STATE_BYTES:
            raise TooLargeError(f"a state may have {_MOST_STATE_BYTES:,} bytes as JSON; leave something out")
        following, progress, node = head.next, head.progress, head.node
        if as_node is not None:
            agent = self._runs.services.agents.get(head.agent)
            if agent is None or as_node not in agent.graph:
                raise InvalidMessageError(f"the agent {head.agent} has no node {as_node}", path="as_node")
            following = goals(agent, as_node, state)
            progress = {**progress, "then": []}
            node = as_node
        await self._put(head, thread_id, "update", state, following, progress, node)
        return await self.state(workspace, thread_id)

    async def rewind(self, workspace: str, thread_id: str, checkpoint_id: CheckpointId) -> Thread:
        """Go back to a checkpoint: the next request goes on from there. Raises as `update` does."""
        await self._idle(workspace, thread_id)
        wanted = await self._wanted(workspace, thread_id, checkpoint_id)
        await self._put(wanted, thread_id, "rewind", wanted.state, wanted.next, wanted.progress, wanted.node)
        return await self.state(workspace, thread_id)

    async def fork(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None, to_thread_id: str | None
    ) -> Thread:
        """Begin another thread where this one stands, or stood. Raises NotFoundError, ExistsError."""
        await self._runs.services.journal.flushed()
        wanted = await self._wanted(workspace, thread_id, checkpoint_id)
        new = to_thread_id or time_ordered_id("thread", self._runs.services.clock.now_ms())
        taken = await self._store.checkpoint_of(workspace, new)
        if taken is not None or self._runs.of_thread(workspace, new) is not None:
            raise ExistsError(f"there is a thread {new} already; name another", thread_id=new)
        await self._put(wanted, new, "fork", wanted.state, wanted.next, wanted.progress, wanted.node)
        return await self.state(workspace, new)

    async def _idle(self, workspace: str, thread_id: str) -> Checkpoint:
        self._check_idle(workspace, thread_id)
        await self._runs.services.journal.flushed()
        return await self._wanted(workspace, thread_id, None)

    def _check_idle(self, workspace: str, thread_id: str) -> None:
        going_on = self._runs.of_thread(workspace, thread_id)
        if going_on is not None:
            raise BusyError(
                f"thread {thread_id} is busy with run {going_on.record.run_id}; cancel it or wait for it",
                run_id=going_on.record.run_id,
            )

    async def _wanted(self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None) -> Checkpoint:
        found = await self._store.checkpoint_of(workspace, thread_id, checkpoint_id)
        if found is None:
            which = "" if checkpoint_id is None else f" with a checkpoint {checkpoint_id}"
            raise NotFoundError(f"there is no thread {thread_id} here{which}", thread_id=thread_id)
        return found

    async def _put(
        self,
        parent: Checkpoint,
        thread_id: str,
        source: CheckpointSource,
        state: Mapping[str, object],
        following: tuple[str, ...],
        progress: Mapping[str, object],
        node: str,
    ) -> None:
        newest = await self._store.checkpoint_of(parent.workspace, thread_id)
        now_ms = max(self._runs.services.clock.now_ms(), 0 if newest is None else newest.at_ms + 1)
        made = attrs.evolve(
            parent,
            checkpoint_id=CheckpointId(time_ordered_id("checkpoint", now_ms)),
            thread_id=thread_id,
            run_id=None,
            parent_id=parent.checkpoint_id,
            source=source,
            at_ms=now_ms,
            node=node,
            next=following,
            state=dict(state),
            progress=progress,
        )
        if source != "fork":
            self._check_idle(
                parent.workspace, thread_id
            )  # again, right before it is written: a run may have begun
        await self._runs.services.journal.persist(made.workspace, RunUpdates(checkpoint=made))
