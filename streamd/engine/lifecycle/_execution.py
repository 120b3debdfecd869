"""The execution of one run: from routing through the nodes of its agent's graph to its one last response."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from functools import partial

import attrs
import structlog

from streamd.core.prompts.conversation import with_exchange
from streamd.core.run import Response
from streamd.core.thread import Interrupt, State
from streamd.engine.graph import GraphCursor, NodeFailedError, Visit, node_failed, walk
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle import _checkpoints as checkpoints
from streamd.engine.lifecycle._asking import interrupted, pause_before
from streamd.engine.lifecycle._completion import cancellation, completion, failure
from streamd.engine.lifecycle._ending import Ending, SuspendedError, broken, failed
from streamd.engine.lifecycle._exchanges import exchange_of, memories_of
from streamd.engine.lifecycle._routing import route
from streamd.engine.lifecycle._summary import summed_up
from streamd.engine.lifecycle._thread_resume import (
    close_questions,
    failed_before,
    may_continue,
    open_questions,
    thread_state,
)
from streamd.engine.live import InterruptRaisedError, LiveRun, RunChanges, StopAfterTurnError
from streamd.engine.record import OPENING, chain_of, used_before
from streamd.engine.steps import RunContext
from streamd.errors import AnsweredError, ExpiredError, RefusedError, RunError, RunTimedOutError, StreamdError
from streamd.ports.agent import Agent
from streamd.ports.store import working_for

log = structlog.get_logger(__name__)


async def execute(run: LiveRun) -> Ending:
    """Execute the run and return its ending. Raises SuspendedError when it is to resume later."""
    with working_for(run.flow):
        return await _execute(run)


async def _execute(run: LiveRun) -> Ending:
    started = asyncio.get_running_loop().time()
    limit = asyncio.timeout(_seconds(run))
    try:
        async with limit:
            cursor = await _start_or_restore(run)
            await run.slices.rest()
            limit.reschedule(started + _seconds(run))
            while (failure_of_node := await _walked(run, cursor)) is not None:
                await run.control.unless_stopped(asyncio.sleep(failure_of_node.pause_seconds))
                cursor = await _restarted(run)
        await run.slices.rest()
        return _completed(run, cursor)
    except TimeoutError:
        if not limit.expired():
            return broken(run)
        error = RunTimedOutError(
            f"the request took longer than {_seconds(run):g} seconds and was stopped; what was done stays done"
        )
        return Ending("timed_out", failure(run, error))
    except asyncio.CancelledError:
        if run.control.failure is not None:
            return Ending("failed", failure(run, run.control.failure))
        if run.control.cancelled_by is None:
            if not run.control.is_suspending:
                return broken(run)  # its agent cancelled itself
            raise SuspendedError from None
        return Ending("cancelled", cancellation(run, run.wording.cancelled(run.control.cancelled_by)))
    except StopAfterTurnError:
        return _stopped(run)
    except InterruptRaisedError as question:
        return interrupted(run, question)
    except BaseExceptionGroup as group:
        # An agent may use a task group of its own; interrupts and stops come out of it wrapped.
        leaves = _leaves(group)
        for leaf in leaves:
            if isinstance(leaf, InterruptRaisedError):
                return interrupted(run, leaf)
            if isinstance(leaf, StopAfterTurnError):
                return _stopped(run)
        told = [leaf for leaf in leaves if isinstance(leaf, RefusedError | RunError)]
        return failed(run, told[0]) if len(told) == len(leaves) else broken(run)
    except (RefusedError, RunError) as error:
        return failed(run, error)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException:  # noqa: BLE001 - anything may happen in somebody else's agent; it is logged
        return broken(run)


async def _walked(run: LiveRun, cursor: GraphCursor) -> NodeFailedError | None:
    """Walk through the graph to its end, or until a node failed that is to be retried."""
    steps = _steps(run, cursor)
    try:
        with run.services.loop_watch.watching():
            async with aclosing(steps):
                async for response in steps:
                    await run.services.journal.room(run.record.workspace)
                    run.output.emit(response)
                    run.state.last_message = response.message or run.state.last_message
    except NodeFailedError as node:
        return node
    except BaseExceptionGroup as group:  # an agent may consult another one in a task group of its own
        leaves = _leaves(group)
        failed_nodes = [leaf for leaf in leaves if isinstance(leaf, NodeFailedError)]
        if not failed_nodes or any(
            isinstance(leaf, InterruptRaisedError | StopAfterTurnError) for leaf in leaves
        ):
            raise
        return failed_nodes[0]
    return None


async def _restarted(run: LiveRun) -> GraphCursor:
    """Restart the run from its last checkpoint, as after a restart of the daemon: what was done is replayed."""
    run.state.is_replay = True
    run.output.restart()
    return await _start_or_restore(run)


def _stopped(run: LiveRun) -> Ending:
    by = str(run.control.cancelled_by)
    return Ending("cancelled", cancellation(run, run.wording.stopped_after_turn(by)))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


async def _start_or_restore(run: LiveRun) -> GraphCursor:
    """Start the graph or restore its cursor, and persist it as the run's first checkpoint."""
    # Changes by the requester and updates of earlier runs, committed until now, are read below.
    await run.services.journal.flushed(run.record.workspace)
    if run.state.is_replay or run.record.resumes_run_id is not None:
        await run.replay.load(await chain_of(run.services.store, run.record))
        run.output.brackets.restore(run.replay.brackets)
        run.meter.before = await used_before(run.services.store, run.record)
    head = run.state.checkpoint or await run.services.store.checkpoint_of(
        run.record.workspace, run.record.thread_id
    )
    if head is not None and head.run_id == run.record.run_id:
        cursor = checkpoints.restore(run, head)
        if run.state.resumes_thread:
            _emit_resumed(run)
        return cursor
    opened = await open_questions(run) if run.record.request.thread_id else ()
    failed = await failed_before(run, head)
    if failed is not None:  # what it asked for counts, and not the words by which it is tried again
        asked = attrs.evolve(
            run.record.request, user_input=failed.request.user_input, context=failed.request.context
        )
        run.state.record = attrs.evolve(run.record, request=asked)
    if head is not None and (failed is not None or may_continue(run, head, opened)):
        # To say "go on" is to answer: whoever may not answer has the question asked again.
        is_approved = failed is None and run.may("respond")
        cursor = checkpoints.restore(run, head)
        run.state.changes, run.state.last_message, run.state.conclusion = RunChanges(), "", None
        run.state.resumes_thread, run.state.breakpoint_approved = True, is_approved
        _emit_resumed(run)
    else:
        run.state.checkpoint, run.state.thread_state = head, await thread_state(run, head, opened)
        now_ms = run.services.clock.now_ms()
        opening_responses = route(run, [one for one in opened if not one.has_expired(now_ms)])
        async with aclosing(opening_responses):
            async for response in opening_responses:
                run.output.emit(response)
        cursor = GraphCursor.at_start(_agent(run), await summed_up(run, run.state.thread_state))
    await run.slices.rest()  # what is understood of many items takes long to save
    updates = RunUpdates(
        records=(run.record_with_usage,), checkpoint=checkpoints.save(run, cursor, "", "input")
    )
    if opened:
        await _close(run, opened, updates)
    else:
        run.output.persist(updates)
    return cursor


async def _close(run: LiveRun, questions: Sequence[Interrupt], updates: RunUpdates) -> None:
    """Commit updates together with the closing of the thread's questions."""
    while True:
        approved_by = run.record.run_id if run.state.breakpoint_approved else None
        closed = await close_questions(run.services, questions, run.record.user_id, approved_by)
        try:
            await run.output.commit(
                attrs.evolve(
                    updates,
                    records=(*closed.records, *updates.records),
                    closes=closed.closes,
                    broadcasts=closed.broadcasts,
                )
            )
        except AnsweredError:
            if run.state.resumes_thread:  # the request was to resume the thread, a moment too late
                raise ExpiredError("the question was open too long ago to be answered; ask again") from None
            questions = await open_questions(run)
        else:
            return


def _emit_resumed(run: LiveRun) -> None:
    extra: dict[str, object] = {"model": run.model.name(run.record.agent)}
    if run.record.resumes_run_id is not None:
        extra["resumes_run_id"] = run.record.resumes_run_id
    run.output.emit(Response("start", run.wording.run_resumed(), extra=extra, step=OPENING))


def _steps(run: LiveRun, cursor: GraphCursor) -> AsyncGenerator[Response, None]:
    agent = _agent(run)
    emits_nodes = len(agent.graph) > 1

    def visit(step: str, state: State) -> Visit:
        run.output.brackets.start_step(step, agent.name)
        run.output.flush()
        return RunContext(run, agent, step, run.record.request, state, run.state.understanding)

    def done(step: str, node: str, updates: State) -> None:
        run.output.brackets.end_step(step)
        run.state.breakpoint_approved = run.state.breakpoint_approved and bool(
            cursor.next
        )  # until the approved nodes are done
        if not (emits_nodes or cursor.next or cursor.then):
            return  # the run's end follows at once, with a checkpoint of its own
        run_updates = RunUpdates(checkpoint=checkpoints.save(run, cursor.resume_point(), node, "node"))
        if emits_nodes:
            run.output.emit(Response("node", extra={"node": node}, data=updates), run_updates)
        else:
            run.output.persist(run_updates)
        run.output.keep_partial_text()

    async def before() -> None:
        run.control.check_stop()
        pausing = agent.interrupt_before | (
            agent.hitl_before if run.record.request.options.use_hitl else frozenset()
        )
        nodes = [node for node in cursor.next if node in pausing]
        if nodes and not run.state.breakpoint_approved:
            raise InterruptRaisedError(pause_before(run, agent, cursor, nodes[0]))

    return walk(
        agent, cursor, path="", visit=visit, done=done, before=before, failed=partial(node_failed, run, agent)
    )


def _completed(run: LiveRun, cursor: GraphCursor) -> Ending:
    last = completion(run)
    answered = (
        run.output.partial_text if run.state.conclusion is None and run.output.partial_text else last.message
    )
    end = GraphCursor(with_exchange(cursor.state, exchange_of(run, last, answered)), ())
    return Ending(
        "completed",
        last,
        RunUpdates(
            checkpoint=checkpoints.save(run, end, "", "end"),
            memories=(*memories_of(run, answered), *run.output.memories),
        ),
    )


def _agent(run: LiveRun) -> Agent:
    agent = run.services.agents.get(run.record.agent)
    if agent is None:
        raise StreamdError(f"the agent {run.record.agent} is not installed any more")
    return agent


def _seconds(run: LiveRun) -> float:
    usual = run.services.options.request_timeout_seconds
    own = run.services.timeout_of(run.record.agent, usual)
    requested = run.record.request.options.budget.seconds
    return own if requested is None else min(own, requested)
