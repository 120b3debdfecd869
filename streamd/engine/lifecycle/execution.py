"""The execution of one run: from its opening through the nodes of its agent's graph to its one last response."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import attrs
import structlog

from streamd.core.memory import Memory, MemoryId
from streamd.core.run import Response, RunStatus
from streamd.core.thread import Interrupt, InterruptId, State
from streamd.engine.journal.writes import NOTHING_KEPT, Kept
from streamd.engine.lifecycle.completion import cancellation, completion, failure
from streamd.engine.lifecycle.opening import opening
from streamd.engine.lifecycle.positions import checkpoint, come_back
from streamd.engine.lifecycle.succession import close_questions, may_continue, open_questions
from streamd.engine.live.live_run import InterruptedByQuestionError, LiveRun, StopAfterTurnError, Work
from streamd.engine.record.replay import OPENING
from streamd.engine.record.run_chain import chain_of
from streamd.engine.steps.conversation import with_exchange
from streamd.engine.steps.graph_walk import Place, Visit, walk
from streamd.engine.steps.run_context import RunContext
from streamd.errors import RefusedError, RunError, RunTimedOutError, StreamdError
from streamd.ids import derived_id
from streamd.ports.agent import Agent
from streamd.wire.thread_replies import interrupt_as_json

log = structlog.get_logger(__name__)

_REMEMBERED_CHARACTERS = 2000


@attrs.frozen
class Ending:
    """How a run ended: its last response, and what is kept in the same commit."""

    status: RunStatus
    last: Response
    kept: Kept = NOTHING_KEPT


class SuspendedError(Exception):
    """The daemon stops. The run has not ended: it goes on after the next start."""


async def execute(run: LiveRun) -> Ending:
    """Do the run, and say how it ended. Raises SuspendedError when it is to go on later."""
    begun = asyncio.get_running_loop().time()
    limit = asyncio.timeout(_seconds(run))
    try:
        async with limit:
            place = await _beginning(run)
            limit.reschedule(begun + _seconds(run))
            steps = _steps(run, place)
            async with aclosing(steps):
                async for response in steps:
                    await run.equipment.journal.room()
                    run.tell(response)
                    run.found = response.message or run.found
        return _completed(run, place)
    except TimeoutError:
        if not limit.expired():
            return _broken(run)
        error = RunTimedOutError(
            f"the request took longer than {_seconds(run):g} seconds and was stopped; what was done stays done"
        )
        return Ending("timed_out", failure(run, error))
    except asyncio.CancelledError:
        if run.failure is not None:
            return Ending("failed", failure(run, run.failure))
        if run.cancelled_by is None:
            task = asyncio.current_task()
            if task is not None and not task.cancelling():
                return _broken(run)  # nobody cancelled the run: the agent did it to itself
            raise SuspendedError from None
        return Ending("cancelled", cancellation(run, f"Cancelled by {run.cancelled_by}."))
    except StopAfterTurnError:
        return _stopped(run)
    except InterruptedByQuestionError as question:
        return _interrupted(run, question)
    except BaseExceptionGroup as group:
        # An agent may work in a task group of its own; what is no failure comes out of it wrapped.
        for leaf in _leaves(group):
            if isinstance(leaf, InterruptedByQuestionError):
                return _interrupted(run, leaf)
            if isinstance(leaf, StopAfterTurnError):
                return _stopped(run)
        return _broken(run)
    except (RefusedError, RunError) as error:
        return Ending("failed", failure(run, error))
    except (Exception, SystemExit):  # noqa: BLE001 - anything may happen in somebody else's agent; it is logged
        return _broken(run)


def _broken(run: LiveRun) -> Ending:
    """Whatever went wrong inside an agent: the log has it, and clients do not."""
    log.exception("run_failed", run=run.record.run_id)  # noqa: LOG004 - called where something was caught
    return Ending(
        "failed", failure(run, RunError("the request failed inside the daemon; what was done stays done"))
    )


def _stopped(run: LiveRun) -> Ending:
    return Ending("cancelled", cancellation(run, f"Stopped after the turn, as {run.cancelled_by} wished."))


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    return [
        leaf
        for error in group.exceptions
        for leaf in (_leaves(error) if isinstance(error, BaseExceptionGroup) else [error])
    ]


async def _beginning(run: LiveRun) -> Place:
    """Where the graph is begun or gone on with; kept, so that the run can come back to it."""
    # What its requester changed right before, and what runs before this one kept, is read below.
    await run.equipment.journal.settled()
    if run.is_redo or run.record.resumes_run_id is not None:
        await run.replay.learn(await chain_of(run.equipment.store, run.record))
    head = run.point or await run.equipment.store.checkpoint_of(run.record.workspace, run.record.thread_id)
    if head is not None and head.run_id == run.record.run_id:
        place = come_back(run, head)
        if run.continues:
            _tell_start(run)
        return place
    opened = await open_questions(run) if run.record.request.thread_id else ()
    if head is not None and may_continue(run, head, opened):
        place = come_back(run, head)
        run.work, run.found, run.conclusion = Work(), "", None
        run.passed = run.continues = True
        _tell_start(run)
    else:
        run.point = head
        begun = opening(run)
        async with aclosing(begun):
            async for response in begun:
                run.tell(response)
        place = Place.at_the_beginning(_agent(run), head.state if head is not None else None)
    closed = await close_questions(run, opened)
    run.keep(
        attrs.evolve(
            closed, records=(*closed.records, run.record_now), checkpoint=checkpoint(run, place, "", "input")
        )
    )
    return place


def _tell_start(run: LiveRun) -> None:
    extra: dict[str, object] = {"model": run.model.name(run.record.agent)}
    if run.record.resumes_run_id is not None:
        extra["resumes_run_id"] = run.record.resumes_run_id
    run.tell(Response("start", "Going on…", extra=extra, step=OPENING))


def _steps(run: LiveRun, place: Place) -> AsyncGenerator[Response, None]:
    agent = _agent(run)
    tells_nodes = len(agent.graph) > 1

    def visit(step: str, state: State) -> Visit:
        return RunContext(run, agent, step, run.record.request, state, run.understanding)

    def done(node: str, updates: State) -> None:
        run.passed = run.passed and bool(place.next)  # for as long as nodes that were allowed are not done
        kept = Kept(checkpoint=checkpoint(run, place.standing(), node, "node"))
        if tells_nodes:
            run.tell(Response("node", extra={"node": node}, data=updates), kept)
        elif place.next or place.then:
            run.keep(kept)

    async def before() -> None:
        run.check_stop()
        pausing = agent.interrupt_before | (
            agent.hitl_before if run.record.request.options.use_hitl else frozenset()
        )
        nodes = [node for node in place.next if node in pausing]
        if nodes and not run.passed:
            raise InterruptedByQuestionError(_pause(run, agent, place, nodes[0]))

    return walk(agent, place, path="", visit=visit, done=done, before=before)


def _pause(run: LiveRun, agent: Agent, place: Place, node: str) -> Interrupt:
    visit = place.visits.get(node, 0) + 1
    seconds = run.equipment.limits.interrupt_expires_seconds
    now_ms = run.equipment.clock.now_ms()
    return Interrupt(
        InterruptId(derived_id("interrupt", run.record.run_id, node, visit)),
        run.record.workspace, run.record.thread_id, run.record.run_id, agent.name, node, "breakpoint",
        f"Go on with {node}?", now_ms,
        expires_ms=now_ms + int(seconds * 1000) if seconds else None,
        response_schema={"type": "object"},
        value={"next": list(place.next)},
    )  # fmt: skip


def _interrupted(run: LiveRun, question: InterruptedByQuestionError) -> Ending:
    interrupt = question.interrupt
    assert run.point is not None
    before = run.point
    standing = Place.loaded(before.state, before.next, before.progress)
    # The node is begun again: what it has done until now counts when that is given back to it.
    stopped = attrs.evolve(checkpoint(run, standing, before.node, "interrupt"), progress=before.progress)
    kept = Kept(
        results=question.results,
        checkpoint=stopped,
        interrupts=(interrupt,),
    )
    shown = interrupt_as_json(interrupt, run.equipment.clock.text)
    return Ending(
        "interrupted",
        Response("interrupt", interrupt.message, extra={"interrupt": shown, "next": list(standing.next)}),
        kept,
    )


def _completed(run: LiveRun, place: Place) -> Ending:
    last = completion(run)
    request = run.record.request
    answered = run.said if run.conclusion is None and run.said else last.message
    memory = Memory(
        MemoryId(derived_id("memory", run.record.run_id, "interaction")),
        run.record.workspace, run.record.agent, run.record.user_id, "interaction",
        f"{request.user_input}\n{answered}"[:_REMEMBERED_CHARACTERS], run.equipment.clock.now_ms(),
        {"run_id": run.record.run_id, "thread_id": run.record.thread_id},
    )  # fmt: skip
    end = Place(with_exchange(place.state, request.user_input, answered), ())
    return Ending(
        "completed", last, Kept(checkpoint=checkpoint(run, end, "", "end"), memories=(memory, *run.memories))
    )


def _agent(run: LiveRun) -> Agent:
    agent = run.equipment.agents.get(run.record.agent)
    if agent is None:
        raise StreamdError(f"the agent {run.record.agent} is not installed any more")
    return agent


def _seconds(run: LiveRun) -> float:
    limits = run.equipment.limits
    own = limits.agent_timeout_seconds.get(run.record.agent, limits.timeout_seconds)
    wished = run.record.request.options.budget.seconds
    return own if wished is None else min(own, wished)
