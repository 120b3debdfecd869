"""Resuming a thread: how a run continues from what earlier runs of its thread left."""

from collections.abc import Sequence
from typing import Final

import attrs

from streamd.core.prompts.conversation import only_conversation
from streamd.core.run import RunId, RunRecord, RunStatus
from streamd.core.thread import Checkpoint, Interrupt, InterruptAnswer, InterruptStatus, State
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle._exchanges import with_open_exchange
from streamd.engine.lifecycle.question_broadcasts import broadcast_closing
from streamd.engine.live import LiveRun, RunServices

_CHANGED_BY_PEOPLE: Final = frozenset({"update", "rewind", "fork"})


async def open_questions(run: LiveRun) -> Sequence[Interrupt]:
    """Return the open questions of the run's thread."""
    return await run.services.store.pending_interrupts(run.record.workspace, run.record.thread_id)


def may_continue(run: LiveRun, head: Checkpoint, questions: Sequence[Interrupt]) -> bool:
    """Check whether a request on a thread that stopped in the middle of its graph resumes it.

    It does where a graph pauses before a node, and where somebody updated the state or rewound the thread. It does
    not where something waits for approval: another request is no approval.
    """
    return (
        bool(head.next)
        and head.agent in run.services.agents
        and run.record.request.agent in ("", head.agent)
        and (head.source in _CHANGED_BY_PEOPLE or (head.source == "interrupt" and bool(questions)))
        and all(question.reason == "breakpoint" and not _expired(run, question) for question in questions)
    )


async def failed_before(run: LiveRun, head: Checkpoint | None) -> RunRecord | None:
    """Return the run that failed in the middle of its graph, where a request asks for the same again or to retry."""
    request = run.record.request
    if head is None or head.source != "end" or not head.next or head.run_id is None:
        return None
    if head.agent not in run.services.agents or request.agent not in ("", head.agent):
        return None
    failed = await run.services.store.run(head.workspace, head.run_id)
    if failed is None or failed.status not in ("failed", "timed_out"):
        return None
    asks_again = bool(head.node) and request.user_input == failed.request.user_input and not request.context
    is_retry = not request.context and run.services.language.is_retry(request.user_input)
    return failed if asks_again or is_retry else None


async def thread_state(run: LiveRun, head: Checkpoint | None, opened: Sequence[Interrupt]) -> State:
    """Return the part of a thread's state that a request starts with: all of it, or only the conversation.

    The rest steers what the run does: whoever may not edit must not do so through a requester who may. A run that waits
    for a person and does not go on leaves its exchange.
    """
    if head is None:
        return {}
    is_trusted = head.principal.may("edit", run.record.workspace) or not run.may("edit")
    state = head.state if is_trusted else only_conversation(head.state)
    return await with_open_exchange(run, state, head, opened)


async def close_questions(
    services: RunServices, questions: Sequence[Interrupt], by: str, approved_by: RunId | None = None
) -> RunUpdates:
    """Close a thread's questions: answered when this run approves them, expired, or else withdrawn."""
    now_ms = services.clock.now_ms()
    records: list[RunRecord] = []
    closes: list[Interrupt] = []
    for question in questions:
        status: InterruptStatus
        ended: RunStatus
        if question.has_expired(now_ms):
            status, ended = "expired", "timed_out"
        elif approved_by is not None:
            status, ended = "resolved", "completed"
        else:
            status, ended = "cancelled", "cancelled"
        asked_by = await services.store.run(question.workspace, question.run_id)
        if asked_by is not None:
            records.append(attrs.evolve(asked_by, status=ended, ended_ms=now_ms))
        is_approved = status == "resolved"
        closes.append(
            attrs.evolve(
                question,
                status=status,
                answer=InterruptAnswer("approve") if is_approved else None,
                answered_by=by,
                resumed_run_id=approved_by if is_approved else None,
            )
        )
    broadcasts = tuple(broadcast_closing(services, one) for one in closes)
    return RunUpdates(records=tuple(records), closes=tuple(closes), broadcasts=broadcasts)


def _expired(run: LiveRun, question: Interrupt) -> bool:
    return question.has_expired(run.services.clock.now_ms())
