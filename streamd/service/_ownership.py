"""Ownership: what is somebody's own is for them and for administrators.

Their own are somebody's requests with their runs, the threads that they asked something in, and the questions asked there.
Whoever has the right `admin` has everybody's. Without authentication everybody has that right.
"""

from streamd.core.run import RunFilter, RunRecord
from streamd.core.thread import Interrupt
from streamd.errors import ForbiddenError
from streamd.service.actor import Actor
from streamd.service.use_case import Service


def reader_of(actor: Actor) -> str | None:
    """The user whose own things are all that the actor has; None, which is everybody's, for administrators."""
    return None if actor.principal.may("admin", actor.workspace) else actor.user_id


def own_user(actor: Actor, user_id: str | None) -> str | None:
    """The user whose things a list may show: the one that is asked for, else the actor. Raises ForbiddenError."""
    reader = reader_of(actor)
    if reader is not None and user_id not in (None, reader):
        raise ForbiddenError(f"you may list your own only in workspace {actor.workspace}, as an admin all")
    return user_id if reader is None else reader


async def check_run(service: Service, actor: Actor, run: RunRecord) -> None:
    """Raise ForbiddenError where neither the run nor its thread is the actor's."""
    if reader_of(actor) not in (None, run.user_id):
        await check_thread(service, actor, run.thread_id)


def check_active_run(service: Service, actor: Actor, run: RunRecord) -> None:
    """Raise ForbiddenError where neither an active run is the actor's nor another active one of its thread."""
    reader, active = reader_of(actor), service.engine.runs.all_of_thread(run.workspace, run.thread_id)
    if reader is not None and reader not in (run.user_id, *(one.record.user_id for one in active)):
        raise _is_not_own("run", run.run_id)


async def check_thread(service: Service, actor: Actor, thread_id: str) -> None:
    """Raise ForbiddenError where others used a thread and the actor did not. A thread that nobody used is free."""
    reader, engine, workspace = reader_of(actor), service.engine, actor.workspace
    if reader is None or not thread_id:
        return
    active = engine.runs.all_of_thread(workspace, thread_id)
    if any(run.record.user_id == reader for run in active):
        return
    last = await engine.store.latest_run(workspace, thread_id)
    if last is not None:
        wanted = RunFilter(thread_id=thread_id, user_id=reader)
        if last.user_id == reader or await engine.store.runs(workspace, wanted, 1):
            return
    else:  # those who wrote its state may be known where its runs are not kept any more
        head = await engine.store.checkpoint_of(workspace, thread_id)
        if not active and (head is None or head.principal.user_id == reader):
            return
    raise _is_not_own("thread", thread_id)


async def is_own_question(service: Service, actor: Actor, question: Interrupt) -> bool:
    """Whether the actor made the request of the run that asks, or has everybody's."""
    reader = reader_of(actor)
    if reader is None:
        return True
    run = await service.engine.store.run(question.workspace, question.run_id)
    return run is not None and run.user_id == reader


def _is_not_own(what: str, name: str) -> ForbiddenError:
    return ForbiddenError(f"the {what} {name} is somebody else's: theirs and the admins' alone")
