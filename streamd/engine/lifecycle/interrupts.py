"""Interrupts: what people answer, and the runs that go on with it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import attrs
import fastjsonschema
import structlog

from streamd.core.run import RunId, RunRecord, RunStatus
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptId
from streamd.engine.journal.writes import RunUpdates
from streamd.engine.lifecycle import checkpoints
from streamd.engine.lifecycle.completion import cancellation
from streamd.engine.lifecycle.execution import Ending
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.live.live_run import LiveRun
from streamd.engine.steps.graph_walk import GraphCursor
from streamd.errors import (
    AnsweredError,
    BusyError,
    ExpiredError,
    GoneError,
    InvalidMessageError,
    NotFoundError,
)
from streamd.ids import time_ordered_id
from streamd.ports.agent import Agent

log = structlog.get_logger(__name__)


class Interrupts:
    """Takes answers. The same one twice is harmless, another one is refused."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._store = runs.services.store
        self._being_answered: dict[InterruptId, asyncio.Lock] = {}

    async def pending(self, workspace: str, thread_id: str | None = None) -> Sequence[Interrupt]:
        """What waits for an answer, the oldest first."""
        now_ms = self._runs.services.clock.now_ms()
        found = await self._store.pending_interrupts(workspace, thread_id)
        return [interrupt for interrupt in found if not _has_expired(interrupt, now_ms)]

    async def respond(
        self, workspace: str, interrupt_id: InterruptId, answer: InterruptAnswer, by: str, request_id: object
    ) -> RunId:
        """Answer; returns the run that goes on with it, which may be over already.

        Raises:
            NotFoundError: nobody asked this here.
            ExpiredError: it was asked too long ago.
            AnsweredError: it has another answer.
            InvalidMessageError: the value is not what the question asks for.
            BusyError, DrainingError: no run can begin just now.

        """
        async with self._alone(interrupt_id):
            return await self._respond(workspace, interrupt_id, answer, by, request_id)

    async def _respond(
        self, workspace: str, interrupt_id: InterruptId, answer: InterruptAnswer, by: str, request_id: object
    ) -> RunId:
        await self._runs.services.journal.flushed()
        interrupt = await self._store.interrupt(interrupt_id)
        if interrupt is None or interrupt.workspace != workspace:
            raise NotFoundError(f"there is no question {interrupt_id} here", interrupt_id=interrupt_id)
        if interrupt.status == "resolved" and interrupt.resumed_run_id is not None:
            if interrupt.answer == answer:
                return interrupt.resumed_run_id
            decision = interrupt.answer.decision if interrupt.answer is not None else ""
            raise AnsweredError(
                f"{interrupt.answered_by or 'somebody'} has answered this already: {decision}",
                decision=decision, by=interrupt.answered_by, run_id=interrupt.resumed_run_id,
            )  # fmt: skip
        if interrupt.status == "cancelled":
            raise GoneError("the question was withdrawn: its thread went on with something else")
        if interrupt.status == "expired" or _has_expired(interrupt, self._runs.services.clock.now_ms()):
            raise ExpiredError("the question was open too long ago to be answered; ask again")
        _check(interrupt, answer)
        self._runs.check_room()
        run = await self._going_on(interrupt, answer, by, request_id)
        await self._runs.services.journal.flushed()
        return run.record.run_id

    async def _going_on(
        self, interrupt: Interrupt, answer: InterruptAnswer, by: str, request_id: object
    ) -> LiveRun:
        asked_by = await self._store.run(interrupt.run_id)
        head = await self._store.checkpoint_of(interrupt.workspace, interrupt.thread_id)
        agent = self._runs.services.agents.get(interrupt.agent if "/" not in interrupt.step else "")
        if asked_by is None or head is None:
            raise GoneError("the run that asked this is not kept any more; ask again")
        # Asked only now, because from here to the launch nothing is awaited: one run at a time on a thread.
        busy = self._runs.of_thread(interrupt.workspace, interrupt.thread_id)
        if busy is not None:
            raise BusyError(
                f"thread {interrupt.thread_id} is busy with run {busy.record.run_id}; wait for it or cancel it, "
                "then answer again",
                run_id=busy.record.run_id,
            )
        now_ms = self._runs.services.clock.now_ms()
        record = RunRecord(
            RunId(time_ordered_id("run", now_ms)),
            asked_by.thread_id,
            attrs.evolve(asked_by.request, request_id=request_id),
            asked_by.agent,
            "pending",
            now_ms,
            scope=asked_by.scope,
            resumes_run_id=asked_by.run_id,
            usage=asked_by.usage,
        )
        run = self._runs.prepare(record)
        cursor = checkpoints.restore(run, head)
        run.state.resumes_thread = run.state.breakpoint_approved = True
        detour = _detour(agent, interrupt, answer)
        is_refused = answer.decision == "reject" and detour is None
        if detour is not None:
            cursor = GraphCursor(cursor.state, (detour,), (), cursor.visits)
        elif interrupt.reason == "breakpoint" and isinstance(answer.value, Mapping):
            cursor.state.update(answer.value)
        ended: RunStatus = "cancelled" if is_refused else "completed"
        updates = RunUpdates(
            records=(attrs.evolve(asked_by, status=ended, ended_ms=now_ms), record),
            checkpoint=checkpoints.save(run, cursor, "", "input"),
            interrupts=(
                attrs.evolve(
                    interrupt,
                    status="resolved", answer=answer, answered_by=by, resumed_run_id=record.run_id,
                ),
            ),
        )  # fmt: skip
        if is_refused:
            # In one commit: a refusal that is half written must not be gone on with.
            last = cancellation(run, run.wording.answer_refused(by))
            self._runs.end(run, Ending("cancelled", last, updates))
            return run
        run.output.persist(updates)
        return self._runs.launch(run)

    async def expire(self) -> None:
        """Close the questions that nobody answered in time; called now and then."""
        now_ms = self._runs.services.clock.now_ms()
        for interrupt in await self._store.pending_interrupts():
            if _has_expired(interrupt, now_ms):
                async with self._alone(interrupt.interrupt_id):
                    await self._expire(interrupt.interrupt_id)

    async def _expire(self, interrupt_id: InterruptId) -> None:
        await self._runs.services.journal.flushed()
        interrupt = await self._store.interrupt(interrupt_id)  # again: somebody may just have answered
        if interrupt is None or interrupt.status != "pending":
            return
        asked_by = await self._store.run(interrupt.run_id)
        records = () if asked_by is None else (attrs.evolve(asked_by, status="timed_out"),)
        updates = RunUpdates(records=records, interrupts=(attrs.evolve(interrupt, status="expired"),))
        await self._runs.services.journal.persist(updates)
        log.info("interrupt_expired", interrupt=interrupt.interrupt_id, run=interrupt.run_id)

    @asynccontextmanager
    async def _alone(self, interrupt_id: InterruptId) -> AsyncIterator[None]:
        """One at a time decides about a question."""
        lock = self._being_answered.setdefault(interrupt_id, asyncio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._being_answered.pop(interrupt_id, None)


def _has_expired(interrupt: Interrupt, now_ms: int) -> bool:
    return interrupt.expires_ms is not None and interrupt.expires_ms <= now_ms


def _detour(agent: Agent | None, interrupt: Interrupt, answer: InterruptAnswer) -> str | None:
    if answer.decision != "reject" or agent is None:
        return None
    return agent.rejected.get(interrupt.node)


def _check(interrupt: Interrupt, answer: InterruptAnswer) -> None:
    """Refuse a value that the question does not ask for."""
    if answer.decision == "reject":
        return
    if answer.decision == "edit" and answer.value is None:
        raise InvalidMessageError("to edit, say what it should be in value", path="value")
    if interrupt.reason == "tool_call" and answer.value is None:
        raise InvalidMessageError(
            'to answer calls of tools, say in value what came of each: {"results": {"<tool_call_id>": {"output": …}}}',
            path="value",
        )
    if interrupt.response_schema is None or answer.value is None:
        return
    try:
        fastjsonschema.validate(dict(interrupt.response_schema), answer.value)
    except fastjsonschema.JsonSchemaValueException as error:
        raise InvalidMessageError(
            str(error.message).replace("data", "value", 1),
            path=".".join(map(str, error.path)).replace("data", "value", 1),
        ) from None
