"""Interrupts: questions to people, their answers, and the runs that resume with them."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from typing import Literal

import attrs
import orjson
import structlog

from streamd.core.item import Seq
from streamd.core.principal import Principal
from streamd.core.prompts.conversation import with_exchange
from streamd.core.run import RunId, RunRecord, RunRequest, RunStatus
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptId
from streamd.engine.delivery import LiveStream
from streamd.engine.journal import Ages, RunUpdates
from streamd.engine.lifecycle import _checkpoints as checkpoints
from streamd.engine.lifecycle._answer_checks import check_answer
from streamd.engine.lifecycle._completion import cancellation
from streamd.engine.lifecycle._exchanges import recorded_exchange
from streamd.engine.lifecycle.admission import admit
from streamd.engine.lifecycle.question_broadcasts import broadcast_closing
from streamd.engine.lifecycle.runs import Runs
from streamd.errors import (
    AnsweredError,
    BusyError,
    ConflictError,
    ExpiredError,
    GoneError,
    InvalidMessageError,
    NotFoundError,
    StreamdError,
)
from streamd.ids import time_ordered_id
from streamd.ports.agent import Agent
from streamd.ports.store import BLOCK, BLOCK_BYTES

log = structlog.get_logger(__name__)


class Interrupts:
    """Accepts answers. Repeating the same answer is harmless; a different one is refused."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs
        self._store = runs.services.store

    async def pending(
        self, workspace: str, thread_id: str | None = None
    ) -> AsyncGenerator[Sequence[Interrupt], None]:
        """List the interrupts that wait for an answer, oldest first, in blocks."""
        now_ms = self._runs.services.clock.now_ms()
        async for block in self._open(workspace, thread_id):
            yield [interrupt for interrupt in block if not interrupt.has_expired(now_ms)]

    async def _open(
        self, workspace: str | None = None, thread_id: str | None = None
    ) -> AsyncGenerator[Sequence[Interrupt], None]:
        after: InterruptId | None = None
        while block := await self._store.pending_interrupts(
            workspace, thread_id, after=after, limit=BLOCK, most_bytes=BLOCK_BYTES
        ):
            after = block[-1].interrupt_id
            yield block

    async def of_run(self, workspace: str, stream: LiveStream) -> Interrupt | None:
        """Return the question with which a run has ended, as it stands now; None where it ended otherwise."""
        for last in await self._store.entries(stream.name, Seq(stream.top - 1), 1):
            asked = orjson.loads(last.body).get("interrupt") if last.body else None
            if isinstance(asked, Mapping) and "interrupt_id" in asked:
                return await self._store.interrupt(workspace, InterruptId(str(asked["interrupt_id"])))
        return None

    async def respond_in_words(
        self, request: RunRequest, decision: Literal["approve", "reject"], run_id: RunId | None = None
    ) -> tuple[Interrupt, RunId] | None:
        """Answer the only open question of a request's thread with its words; None where they are no answer to it.

        A pause of a graph needs no approval: each request goes on there.
        """
        workspace, thread_id = request.workspace, request.thread_id
        await self._runs.services.journal.flushed(workspace)
        asked = [one async for block in self.pending(workspace, thread_id) for one in block]
        if len(asked) != 1 or self._runs.of_thread(workspace, thread_id) is not None:
            return None
        question, answer = asked[0], InterruptAnswer(decision)
        if (question.reason, decision) == ("breakpoint", "approve"):
            return None
        asked_by = await self._store.run(workspace, question.run_id)
        whole = question.agent if asked_by is None else asked_by.agent  # that of its run, where a helper asks
        if request.agent not in ("", question.agent, whole):
            return None
        try:
            resumed = await self.respond(
                workspace, question.interrupt_id, answer,
                by=request.user_id, principal=request.principal, request_id=request.request_id, run_id=run_id,
            )  # fmt: skip
        except (InvalidMessageError, AnsweredError, ExpiredError, GoneError):
            return None
        return question, resumed

    async def respond(
        self,
        workspace: str,
        interrupt_id: InterruptId,
        answer: InterruptAnswer,
        *,
        by: str,
        principal: Principal,
        request_id: object,
        run_id: RunId | None = None,
    ) -> RunId:
        """Answer an interrupt; return the id of the run that resumes with it, which may have ended already.

        The run keeps the rights of whoever started it. A value in the answer is something that the run goes on with, so it
        limits them to those that the principal who answers has, too.

        Raises:
            NotFoundError: the workspace has no such interrupt.
            ExpiredError: the interrupt has expired.
            AnsweredError: the interrupt has another answer.
            InvalidMessageError: the run could not go on with this answer; the question stays open.
            BusyError, DrainingError: no run can start now.

        """
        await self._runs.services.preload.finished()
        while True:
            interrupt = await self._current(workspace, interrupt_id)
            if interrupt is None:
                raise NotFoundError(f"there is no question {interrupt_id} here", interrupt_id=interrupt_id)
            if interrupt.status == "resolved":
                if answer.is_same_as(interrupt.answer) and interrupt.resumed_run_id is not None:
                    return interrupt.resumed_run_id
                decision = interrupt.answer.decision if interrupt.answer is not None else ""
                raise AnsweredError(
                    f"{interrupt.answered_by or 'somebody'} has answered this already: {decision}",
                    decision=decision, by=interrupt.answered_by, run_id=interrupt.resumed_run_id,
                )  # fmt: skip
            if interrupt.status == "cancelled":
                raise GoneError("the question was withdrawn: its thread went on with something else")
            if interrupt.status == "expired" or interrupt.has_expired(self._runs.services.clock.now_ms()):
                raise ExpiredError("the question was open too long ago to be answered; ask again")
            check_answer(interrupt, answer, self._runs.services.agents.get(interrupt.agent))
            # The commit decides which of several answers counts; the others find the winner here, and whoever read
            # the thread before somebody changed it reads it again.
            with suppress(AnsweredError, ConflictError):
                resumed = await self._answer(interrupt, answer, by, principal, request_id, run_id)
                if resumed is not None:
                    return resumed

    async def _current(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        """Read the interrupt after everything submitted until now is committed."""
        await self._runs.services.journal.flushed(workspace)
        return await self._store.interrupt(workspace, interrupt_id)

    async def _answer(
        self,
        interrupt: Interrupt,
        answer: InterruptAnswer,
        by: str,
        principal: Principal,
        request_id: object,
        run_id: RunId | None,
    ) -> RunId | None:
        """Commit an answer and the run that resumes with it; None when another answer is being committed.

        Raises AnsweredError when the question was closed meanwhile, ConflictError when its thread was changed.
        """
        asked_by = await self._store.run(interrupt.workspace, interrupt.run_id)
        head = await self._store.checkpoint_of(interrupt.workspace, interrupt.thread_id)
        agent = self._runs.services.agents.get(interrupt.agent)
        if asked_by is None or head is None:
            raise GoneError("the run that asked this is not kept any more; ask again")
        is_rejection = answer.decision == "reject"
        exchange = await recorded_exchange(self._store, asked_by, "rejected") if is_rejection else None
        self._runs.check_room(asked_by.request, continues=True)
        # Checked only now: from here until the run holds its thread nothing is awaited, so one run at a time.
        of_thread = self._runs.all_of_thread(interrupt.workspace, interrupt.thread_id)
        if any(run.record.resumes_run_id == asked_by.run_id for run in of_thread):
            return None
        if of_thread:
            busy = of_thread[-1]
            raise BusyError(
                f"thread {interrupt.thread_id} is busy with run {busy.record.run_id}; wait for it or cancel it, "
                "then answer again",
                run_id=busy.record.run_id,
            )
        now_ms = self._runs.services.clock.now_ms()
        record = RunRecord(
            run_id or RunId(time_ordered_id("run", now_ms)),
            asked_by.thread_id,
            attrs.evolve(asked_by.request, request_id=request_id),
            asked_by.agent,
            "pending",
            now_ms,
            scope=asked_by.scope,
            resumes_run_id=asked_by.run_id,
            owner=self._runs.services.owner,
        )
        run = self._runs.prepare(record)
        cursor = checkpoints.restore(run, head)
        run.state.changes.base = None  # it goes on with the items as they are now
        if answer.value is not None:
            run.state.limit_to(principal)
        run.state.resumes_thread = run.state.breakpoint_approved = True
        detour = _detour(agent, interrupt, answer)
        is_refused = is_rejection and detour is None and not _ends_part(interrupt)
        if detour is not None:
            cursor = cursor.detour(detour)
        elif interrupt.reason == "breakpoint" and isinstance(answer.value, Mapping):
            cursor.state.update(answer.value)
        if is_refused and exchange is not None:
            cursor.state = with_exchange(cursor.state, exchange)
        ended: RunStatus = "cancelled" if is_refused else "completed"
        closed = attrs.evolve(
            interrupt, status="resolved", answer=answer, answered_by=by, resumed_run_id=record.run_id
        )
        updates = RunUpdates(
            records=(attrs.evolve(asked_by, status=ended, ended_ms=now_ms), run.record),
            checkpoint=checkpoints.save(run, cursor, "", "input"),
            heads={interrupt.thread_id: head.checkpoint_id},
            closes=(closed,),
            broadcasts=(broadcast_closing(self._runs.services, closed),),
        )
        if not is_refused:
            await admit(self._runs, run, updates)
            return record.run_id
        # In one commit: a half-written refusal must not be resumed.
        last = cancellation(run, run.wording.answer_refused(by))
        refused = attrs.evolve(run.record, status="cancelled", ended_ms=now_ms, usage=run.meter.usage)
        await admit(self._runs, run, attrs.evolve(updates, records=(*updates.records, refused)), last)
        return record.run_id

    async def expire(self, now_ms: int | None = None) -> None:
        """Close the interrupts whose time is over; called periodically, with a time that cannot have jumped ahead."""
        now_ms = self._runs.services.clock.now_ms() if now_ms is None else now_ms
        async for block in self._open():
            for interrupt in block:
                if interrupt.has_expired(now_ms):
                    with suppress(AnsweredError):  # answered at the last moment
                        await self._expire(interrupt)

    async def expire_in_time(self, ages: Ages) -> None:
        """Close each interrupt when its time is over, until cancelled. What fails is left to the next `expire`."""
        async for block in self._open():
            self._runs.expiries.add(block)
        while True:
            _, workspace, interrupt_id = await self._runs.expiries.next(lambda: ages.now_ms)
            try:
                interrupt = await self._store.interrupt(workspace, interrupt_id)
                if (
                    interrupt is not None
                    and interrupt.status == "pending"
                    and interrupt.has_expired(ages.now_ms)
                ):
                    await self._expire(interrupt)
            except StreamdError as error:
                log.warning("interrupt_not_expired", interrupt=interrupt_id, reason=error.message)

    async def _expire(self, interrupt: Interrupt) -> None:
        asked_by = await self._store.run(interrupt.workspace, interrupt.run_id)
        records = () if asked_by is None else (attrs.evolve(asked_by, status="timed_out"),)
        closed = attrs.evolve(interrupt, status="expired")
        broadcast = broadcast_closing(self._runs.services, closed)
        updates = RunUpdates(records=records, closes=(closed,), broadcasts=(broadcast,))
        await self._runs.services.journal.persist(interrupt.workspace, updates)
        log.info("interrupt_expired", interrupt=interrupt.interrupt_id, run=interrupt.run_id)


def _detour(agent: Agent | None, interrupt: Interrupt, answer: InterruptAnswer) -> str | None:
    if answer.decision != "reject" or agent is None or _ends_part(interrupt):
        return None
    return agent.rejected.get(interrupt.node)


def _ends_part(interrupt: Interrupt) -> bool:
    """Whether a refusal ends a part of the run alone: the work of an agent that another one consults, or one call of a tool."""
    return "/" in interrupt.step or interrupt.reason == "tool_approval"
