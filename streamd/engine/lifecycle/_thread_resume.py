"""Succession: how a run takes up what runs of its thread before it left."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.run import RunStatus
from streamd.core.thread import Checkpoint, Interrupt, InterruptAnswer, InterruptStatus
from streamd.engine.journal import RunUpdates
from streamd.engine.live import LiveRun

_CHANGED_BY_PEOPLE: Final = frozenset({"update", "rewind", "fork"})


async def open_questions(run: LiveRun) -> Sequence[Interrupt]:
    """What the run's thread waits for."""
    return await run.services.store.pending_interrupts(run.record.workspace, run.record.thread_id)


def may_continue(run: LiveRun, head: Checkpoint, questions: Sequence[Interrupt]) -> bool:
    """Whether a request on a thread that stopped in the middle means: go on.

    It does where a graph pauses before a node, and where somebody changed the state or went back to a checkpoint. It does
    not where something is to be approved: nobody approves by saying something else.
    """
    return (
        bool(head.next)
        and head.agent in run.services.agents
        and run.record.request.agent in ("", head.agent)
        and (head.source in _CHANGED_BY_PEOPLE or (head.source == "interrupt" and bool(questions)))
        and all(question.reason == "breakpoint" for question in questions)
    )


async def close_questions(run: LiveRun, questions: Sequence[Interrupt]) -> RunUpdates:
    """The thread's questions, answered by going on or withdrawn because something else is begun."""
    status: InterruptStatus = "resolved" if run.state.resumes_thread else "cancelled"
    ended: RunStatus = "completed" if run.state.resumes_thread else "cancelled"
    records = []
    for question in questions:
        asked_by = await run.services.store.run(question.workspace, question.run_id)
        if asked_by is not None:
            records.append(attrs.evolve(asked_by, status=ended, ended_ms=run.services.clock.now_ms()))
    return RunUpdates(
        records=tuple(records),
        closes=tuple(
            attrs.evolve(
                question,
                status=status,
                answer=InterruptAnswer("approve") if run.state.resumes_thread else None,
                answered_by=run.record.user_id,
                resumed_run_id=run.record.run_id if run.state.resumes_thread else None,
            )
            for question in questions
        ),
    )
