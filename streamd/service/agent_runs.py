"""Starts, finds, watches and cancels runs; answers their interrupts."""

from collections.abc import Callable, Mapping

import attrs

from streamd.core.position import run_stream
from streamd.core.run import CancelMode, RunId, RunOptions, RunRecord, RunRequest
from streamd.core.thread import Interrupt, InterruptAnswer, InterruptId
from streamd.engine.delivery import LiveStream
from streamd.engine.lifecycle import begun_before, broadcast_closing, run_id_of
from streamd.engine.live import LiveRun
from streamd.errors import NotFoundError
from streamd.facts import frozen
from streamd.ports.store import UNFINISHED
from streamd.service._ownership import check_active_run, check_run, check_thread, reader_of
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case


@frozen
class RunHandle:
    """A run with the stream of its responses, readable from any position."""

    record: RunRecord
    stream: LiveStream
    question: Interrupt | None = None
    """The question with which it ended, as that stands now; only of a run that `find_run` found."""


@use_case("request", starts_run=True)
def start_run(
    service: Service,
    actor: Actor,
    user_input: str,
    *,
    context: Mapping[str, object],
    agent: str = "",
    thread_id: str = "",
    options: RunOptions,
    request_id: object = None,
) -> RunHandle:
    """Start a run for a request; it continues whether or not anybody reads its stream.

    Only where nothing `needs_reading`; else `start_or_answer`.

    Raises:
        BusyError: too many runs are queued, or the thread is busy and the request's `multitask` is `reject`.
        DrainingError: the daemon is stopping.

    """
    request = _request(
        actor, user_input,
        context=context, agent=agent, thread_id=thread_id, options=options, request_id=request_id,
    )  # fmt: skip
    return _handle(service.engine.runs.start(request))


def needs_reading(
    service: Service, actor: Actor, user_input: str, thread_id: str, context: Mapping[str, object]
) -> bool:
    """Whether something of its thread is read before a request starts: whose it is, or what it asks."""
    is_limited = bool(thread_id) and reader_of(actor) is not None
    return is_limited or _may_be_answer(service, actor, user_input, thread_id, context)


def _may_be_answer(
    service: Service, actor: Actor, user_input: str, thread_id: str | None, context: Mapping[str, object]
) -> bool:
    """Whether a request says nothing but yes or no, in a thread, by somebody who may answer questions."""
    decides = service.engine.runs.services.language.decision_in
    return (
        bool(thread_id)
        and not context
        and actor.principal.may("respond", actor.workspace)
        and decides(user_input) is not None
    )


def told_as_answer(service: Service, user_input: str, question: Interrupt) -> Mapping[str, str]:
    """Say how words were taken as an answer: the `decision`, and a `message` for people."""
    language = service.engine.runs.services.language
    decision = language.decision_in(user_input) or ""
    return {
        "decision": decision,
        "message": language.wording.taken_as_answer(question.message, decision == "approve"),
    }


@use_case("request", starts_run=True)
async def start_or_answer(
    service: Service,
    actor: Actor,
    user_input: str,
    *,
    context: Mapping[str, object],
    agent: str = "",
    thread_id: str = "",
    options: RunOptions,
    request_id: object = None,
    op_id: str | None = None,
) -> tuple[RunHandle, Interrupt | None]:
    """Take a request that may be one as the answer to the only open question of its thread, or else start its run.

    With an `op_id` that has begun one already, it is that run. Returns the run, and the question that it answers.

    Raises:
        ForbiddenError: the thread is somebody else's.
        OpIdReusedError: the `op_id` was used for another request.
        BusyError, DrainingError: as `start_run`.

    """
    request = _request(
        actor, user_input,
        context=context, agent=agent, thread_id=thread_id, options=options, request_id=request_id,
    )  # fmt: skip
    engine = service.engine
    decision = None
    if _may_be_answer(service, actor, user_input, thread_id, context):
        decision = engine.runs.services.language.decision_in(user_input)
    scope, _ = actor.op_key(op_id) or ("", "")
    named = None if op_id is None else run_id_of(request, scope, op_id)
    async with service.repeatable:  # of two that come at once the second finds what the first has begun
        await check_thread(service, actor, thread_id)
        begun = None if named is None else await begun_before(engine.runs, request, named)
        if begun is not None:
            return await _open_handle(service, begun), None
        answered = (
            None if decision is None else await engine.interrupts.respond_in_words(request, decision, named)
        )
        if answered is None:
            return _handle(engine.runs.start(request, named)), None
    question, run_id = answered
    record = await _record(service, actor, run_id, "")
    if record is None:
        raise NotFoundError(f"there is no run {run_id} here; it may be too old to be kept")
    return await _open_handle(service, record), question


def _request(
    actor: Actor,
    user_input: str,
    *,
    context: Mapping[str, object],
    agent: str,
    thread_id: str,
    options: RunOptions,
    request_id: object,
) -> RunRequest:
    return RunRequest(
        user_input=user_input,
        context=context,
        user_id=actor.user_id,
        workspace=actor.workspace,
        thread_id=thread_id,
        agent=agent,
        options=options,
        request_id=request_id,
        principal=actor.principal,
    )


@use_case("request")
def cancel_run(
    service: Service,
    actor: Actor,
    *,
    run_id: str | None = None,
    thread_id: str | None = None,
    mode: CancelMode = "immediate",
) -> RunId:
    """Cancel an active run of the workspace, by its id or its thread.

    Raises:
        NotFoundError: there is no such active run here.
        ForbiddenError: it is somebody else's.

    """
    run = _active_run(service, actor, run_id, thread_id)
    check_active_run(service, actor, run.record)
    service.engine.runs.cancel(run.record.run_id, actor.user_id, mode)
    return run.record.run_id


async def asks_person(service: Service, run: RunHandle) -> Interrupt | None:
    """Wait for the end of a run; return the question with which it ends, as that stands then."""
    live = service.engine.runs.find(run.record.run_id)
    if live is not None:
        await live.control.ended.wait()
        if not live.control.asks:
            return None
    return await service.engine.interrupts.of_run(run.record.workspace, run.stream)


def told_closing(service: Service, closed: Interrupt) -> bytes:
    """Encode the broadcast of a question's end, as the feed of questions has it."""
    return broadcast_closing(service.engine.runs.services, closed).body


def _active_run(service: Service, actor: Actor, run_id: str | None, thread_id: str | None) -> LiveRun:
    runs = service.engine.runs
    if run_id is not None:
        run = runs.find(run_id)
        if run is None or run.record.workspace != actor.workspace:
            raise NotFoundError(f"no run {run_id} is going on here", run_id=run_id)
        return run
    of_thread = runs.all_of_thread(actor.workspace, thread_id or "")
    if not of_thread:
        raise NotFoundError(f"no run of thread {thread_id} is going on here")
    return of_thread[0]


@use_case("read")
async def find_run(
    service: Service, actor: Actor, *, run_id: str | None = None, thread_id: str | None = None
) -> RunHandle:
    """Find a run of the workspace, active or ended, by its id, or the newest of a thread. Raises NotFoundError, ForbiddenError."""
    record = await _record(service, actor, run_id, thread_id or "")
    if record is None or record.workspace != actor.workspace:
        what = f"run {run_id}" if run_id is not None else f"run of thread {thread_id}"
        raise NotFoundError(f"there is no {what} here; it may be too old to be kept")
    await check_run(service, actor, record)
    found = await _open_handle(service, record)
    if not found.stream.ended:
        return found
    return attrs.evolve(found, question=await service.engine.interrupts.of_run(actor.workspace, found.stream))


async def _record(service: Service, actor: Actor, run_id: str | None, thread_id: str) -> RunRecord | None:
    """The current record of a run: an active run is known here before its start and until its end are committed."""
    runs, store = service.engine.runs, service.engine.store
    if run_id is not None:
        active = runs.find(run_id)
        return active.record if active is not None else await store.run(actor.workspace, RunId(run_id))
    active = runs.of_thread(actor.workspace, thread_id)
    return active.record if active is not None else await store.latest_run(actor.workspace, thread_id)


async def _open_handle(service: Service, record: RunRecord) -> RunHandle:
    stream = await service.engine.hub.open(run_stream(record.workspace, record.run_id))
    if record.status not in UNFINISHED:
        stream.ended = True
    return RunHandle(record, stream)


def _handle(run: LiveRun) -> RunHandle:
    return RunHandle(run.record, run.output.stream)


@use_case("read")
def watch_runs(service: Service, actor: Actor, watcher: object, started: Callable[[RunHandle], None]) -> None:
    """Call `started` for each run of the actor that starts in the workspace, until `unwatch_runs`; for `admin` each run."""
    reader = reader_of(actor)

    def when_started(run: LiveRun) -> None:
        if reader in (None, run.record.user_id):
            started(_handle(run))

    service.engine.runs.watch(watcher, actor.workspace, when_started)


def unwatch_runs(service: Service, watcher: object) -> None:
    """Stop the calls for a watcher; a no-op for an unknown one."""
    service.engine.runs.unwatch(watcher)


@use_case("respond")
async def answer_interrupt(
    service: Service,
    actor: Actor,
    interrupt_id: InterruptId,
    answer: InterruptAnswer,
    *,
    request_id: object = None,
) -> RunHandle:
    """Answer an interrupt; returns the run that resumes. Raises as `Interrupts.respond` does, and ForbiddenError."""
    await service.engine.journal.flushed(actor.workspace)
    asked = await service.engine.store.interrupt(actor.workspace, interrupt_id)
    if asked is not None:
        await check_thread(service, actor, asked.thread_id)
    run_id = await service.engine.interrupts.respond(
        actor.workspace,
        interrupt_id,
        answer,
        by=actor.user_id,
        principal=actor.principal,
        request_id=request_id,
    )
    record = await _record(service, actor, run_id, "")
    if record is None:
        raise NotFoundError(f"there is no run {run_id} here; it may be too old to be kept")
    return await _open_handle(service, record)
