"""Threads: their state and history, and the operations that change their state."""

from collections.abc import AsyncGenerator, Sequence
from typing import Final

import attrs

from streamd.core.principal import Principal
from streamd.core.thread import Checkpoint, CheckpointId, CheckpointSource, State, Thread
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle._state_values import check_values
from streamd.engine.lifecycle._thread_resume import close_questions
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.record import check_encodable
from streamd.errors import (
    AnsweredError,
    BusyError,
    ConflictError,
    ExistsError,
    InvalidMessageError,
    NotFoundError,
    TooLargeError,
)
from streamd.ids import time_ordered_id
from streamd.ports.store import BLOCK, BLOCK_BYTES

_MOST_STATE_BYTES: Final = 1_000_000


class Threads:
    """Operations on threads other than running on them."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._store = runs.services.store

    async def state(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None = None
    ) -> Thread:
        """Return a thread's state, now or at a checkpoint. Raises NotFoundError."""
        await self._runs.services.journal.flushed(workspace)
        active = self._runs.of_thread(workspace, thread_id)
        head = await self._store.checkpoint_of(workspace, thread_id, checkpoint_id)
        last = await self._store.latest_run(workspace, thread_id)
        if checkpoint_id is not None and head is None:
            raise NotFoundError(f"thread {thread_id} has no checkpoint {checkpoint_id}")
        if head is None and active is None and last is None:
            raise NotFoundError(f"there is no thread {thread_id} here", thread_id=thread_id)
        waiting = await self._store.pending_interrupts(workspace, thread_id)
        run = active.record if active is not None else last
        return Thread(
            thread_id,
            "busy" if active is not None else "interrupted" if waiting else "idle",
            head,
            waiting,
            None if run is None else run.run_id,
        )

    async def history(
        self, workspace: str, thread_id: str, limit: int, before: CheckpointId | None = None
    ) -> AsyncGenerator[Sequence[Checkpoint], None]:
        """List a thread's checkpoints without their states, newest first, in blocks. Raises NotFoundError."""
        await self.state(workspace, thread_id)
        while limit > 0 and (
            block := await self._store.checkpoints(
                workspace, thread_id, min(limit, BLOCK), before, most_bytes=BLOCK_BYTES, with_states=False
            )
        ):
            before = block[-1].checkpoint_id
            limit -= len(block)
            yield block

    async def update(
        self,
        workspace: str,
        thread_id: str,
        values: State,
        as_node: str | None,
        by: str,
        principal: Principal,
    ) -> Thread:
        """Change a thread's state; with `as_node` as if that node had done it, so that its successors come next.

        Raises:
            NotFoundError: there is no such thread.
            BusyError: a run is active in it.
            InvalidMessageError: the state cannot have these values.
            ConflictError: somebody else has changed it meanwhile.

        """
        from streamd.engine.graph import goals

        head = await self._idle(workspace, thread_id)
        agent = self._runs.services.agents.get(head.agent)
        check_values(agent, values, "values")
        state = {**head.state, **values}
        if check_encodable("values", state) > _MOST_STATE_BYTES:
            raise TooLargeError(f"a state may have {_MOST_STATE_BYTES:,} bytes as JSON; leave something out")
        following, progress, node = head.next, head.progress, head.node
        if as_node is not None:
            if agent is None or as_node not in agent.graph:
                raise InvalidMessageError(f"the agent {head.agent} has no node {as_node}", path="as_node")
            following = goals(agent, as_node, state)
            progress = {**progress, "then": []}
            node = as_node
        changed = attrs.evolve(head, state=state, next=following, progress=progress, node=node)
        return await self._append(changed, thread_id, "update", head, by, principal)

    async def rewind(
        self, workspace: str, thread_id: str, checkpoint_id: CheckpointId, by: str, principal: Principal
    ) -> Thread:
        """Rewind to a checkpoint: the next request resumes from there. Raises as `update` does."""
        head = await self._idle(workspace, thread_id)
        wanted = await self._wanted(workspace, thread_id, checkpoint_id)
        return await self._append(wanted, thread_id, "rewind", head, by, principal)

    async def fork(
        self,
        workspace: str,
        thread_id: str,
        checkpoint_id: CheckpointId | None,
        to_thread_id: str | None,
        by: str,
        principal: Principal,
    ) -> Thread:
        """Fork a thread from this one's state, now or at a checkpoint. Raises NotFoundError, ExistsError."""
        await self._runs.services.journal.flushed(workspace)
        wanted = await self._wanted(workspace, thread_id, checkpoint_id)
        new = to_thread_id or time_ordered_id("thread", self._runs.services.clock.now_ms())
        return await self._append(wanted, new, "fork", None, by, principal)

    async def rename(self, workspace: str, thread_id: str, title: str) -> None:
        """Give a thread a title. Raises NotFoundError."""
        await self.state(workspace, thread_id)
        await self._runs.services.journal.persist(workspace, RunUpdates(titles={thread_id: title}))

    async def delete(self, workspace: str, thread_id: str, by: str) -> int:
        """Delete all that is kept of a thread but what agents remember; returns the number of its runs.

        Its open questions are withdrawn. Raises NotFoundError, BusyError: a run is active in it.
        """
        await self.state(workspace, thread_id)
        journal, deleted = self._runs.services.journal, 0
        questions = await self._store.pending_interrupts(workspace, thread_id)
        closed = await close_questions(self._runs.services, questions, by)
        self._check_idle(workspace, thread_id)
        await journal.persist(workspace, closed)
        while (removal := await self._store.thread_removal(workspace, thread_id)) is not None:
            await journal.room(workspace)
            self._check_idle(workspace, thread_id)
            await journal.remove([removal])
            deleted += len(removal.runs)
        return deleted

    async def _idle(self, workspace: str, thread_id: str) -> Checkpoint:
        self._check_idle(workspace, thread_id)
        await self._runs.services.journal.flushed(workspace)
        return await self._wanted(workspace, thread_id, None)

    def _check_idle(self, workspace: str, thread_id: str) -> None:
        active = self._runs.of_thread(workspace, thread_id)
        if active is not None:
            raise BusyError(
                f"thread {thread_id} is busy with run {active.record.run_id}; cancel it or wait for it",
                run_id=active.record.run_id,
            )

    async def _wanted(self, workspace: str, thread_id: str, checkpoint_id: CheckpointId | None) -> Checkpoint:
        found = await self._store.checkpoint_of(workspace, thread_id, checkpoint_id)
        if found is None:
            which = "" if checkpoint_id is None else f" with a checkpoint {checkpoint_id}"
            raise NotFoundError(f"there is no thread {thread_id} here{which}", thread_id=thread_id)
        return found

    async def _append(
        self,
        made: Checkpoint,
        thread_id: str,
        source: CheckpointSource,
        head: Checkpoint | None,
        by: str,
        principal: Principal,
    ) -> Thread:
        """Make a checkpoint like `made`, its parent, the newest of a thread whose newest was `head`.

        Open questions of the thread are withdrawn, as they are about the state before.
        """
        workspace = made.workspace
        questions = await self._store.pending_interrupts(workspace, thread_id)
        closed = await close_questions(self._runs.services, questions, by)
        # Right before the write: a run may have started.
        if head is not None:
            self._check_idle(workspace, thread_id)
        elif self._runs.of_thread(workspace, thread_id) is not None:
            raise ExistsError(f"there is a thread {thread_id} already; name another", thread_id=thread_id)
        now_ms = self._runs.services.clock.now_ms()
        newest = attrs.evolve(
            made,
            checkpoint_id=CheckpointId(time_ordered_id("checkpoint", now_ms)),
            thread_id=thread_id,
            run_id=None,
            parent_id=made.checkpoint_id,
            source=source,
            at_ms=now_ms,
            # A fork is its maker's own; otherwise a thread stays whose it was.
            principal=principal.limited_by(made.principal)
            if head is None
            else made.principal.limited_by(principal),
        )
        heads = {thread_id: None if head is None else head.checkpoint_id}
        updates = attrs.evolve(closed, checkpoint=newest, heads=heads)
        try:
            await self._runs.services.journal.persist(workspace, updates)
        except AnsweredError:
            raise ConflictError(
                f"thread {thread_id} has changed meanwhile; read its state and send this again",
                thread_id=thread_id,
            ) from None
        return await self.state(workspace, thread_id)
