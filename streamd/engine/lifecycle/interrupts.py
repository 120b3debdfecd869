"""Interrupts: what people answer, and the runs that go on with it."""

from collections.abc import Mapping, Sequence
from contextlib import suppress

import attrs
import fastjsonschema
import structlog

from streamd.core.run import RunId, RunRecord, RunStatus
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptId
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle import _checkpoints as checkpoints
from streamd.engine.lifecycle._admission import admit
from streamd.engine.lifecycle._completion import cancellation
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.steps import GraphCursor
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
        while True:
            interrupt = await self._current(workspace, interrupt_id)
            if interrupt is None:
                raise NotFoundError(f"there is no question {interrupt_id} here", interrupt_id=interrupt_id)
            if interrupt.status == "resolved":
                if interrupt.answer == answer and interrupt.resumed_run_id is not None:
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
            # Which of several answers counts is decided by the commit; whoever loses finds here what was decided.
            with suppress(AnsweredError):
                run_id = await self._answer(interrupt, answer, by, request_id)
                if run_id is not None:
                    return run_id

    async def _current(self, workspace: str, interrupt_id: InterruptId) -> Interrupt | None:
        """The question as it stands when everything that was submitted until now is committed."""
        await self._runs.services.journal.flushed()
        return await self._store.interrupt(workspace, interrupt_id)

    async def _answer(
        self, interrupt: Interrupt, answer: InterruptAnswer, by: str, request_id: object
    ) -> RunId | None:
        """Commit an answer and the run that resumes with it; None when another answer is being committed.

        Raises AnsweredError when the question was closed meanwhile.
        """
        asked_by = await self._store.run(interrupt.workspace, interrupt.run_id)
        head = await self._store.checkpoint_of(interrupt.workspace, interrupt.thread_id)
        agent = self._runs.services.agents.get(interrupt.agent if "/" not in interrupt.step else "")
        if asked_by is None or head is None:
            raise GoneError("the run that asked this is not kept any more; ask again")
        # Asked only now, because from here until the run has its thread nothing is awaited: one run at a time.
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
            RunId(time_ordered_id("run", now_ms)),
            asked_by.thread_id,
            attrs.evolve(asked_by.request, request_id=request_id),
            asked_by.agent,
            "pending",
            now_ms,
            scope=asked_by.scope,
            resumes_run_id=asked_by.run_id,
            usage=asked_by.usage,
            owner=self._runs.services.owner,
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
            closes=(
                attrs.evolve(
                    interrupt,
                    status="resolved", answer=answer, answered_by=by, resumed_run_id=record.run_id,
                ),
            ),
        )  # fmt: skip
        if not is_refused:
            await admit(self._runs, run, updates)
            return record.run_id
        # In one commit: a refusal that is half written must not be resumed.
        last = cancellation(run, run.wording.answer_refused(by))
        refused = attrs.evolve(record, status="cancelled", ended_ms=now_ms, usage=run.meter.usage)
        await admit(self._runs, run, attrs.evolve(updates, records=(*updates.records, refused)), last)
        return record.run_id

    async def expire(self) -> None:
        """Close the questions that nobody answered in time; called now and then."""
        now_ms = self._runs.services.clock.now_ms()
        for interrupt in await self._store.pending_interrupts():
            if _has_expired(interrupt, now_ms):
                with suppress(AnsweredError):  # at the last moment
                    await self._expire(interrupt)

    async def _expire(self, interrupt: Interrupt) -> None:
        asked_by = await self._store.run(interrupt.workspace, interrupt.run_id)
        records = () if asked_by is None else (attrs.evolve(asked_by, status="timed_out"),)
        updates = RunUpdates(records=records, closes=(attrs.evolve(interrupt, status="expired"),))
        await self._runs.services.journal.persist(interrupt.workspace, updates)
        log.info("interrupt_expired", interrupt=interrupt.interrupt_id, run=interrupt.run_id)


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
