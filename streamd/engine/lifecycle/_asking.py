"""Questions that end a run: a pause before a node, and the run's ending with what it asks."""

import attrs

from streamd.core.run import Response
from streamd.core.thread import Interrupt, InterruptId
from streamd.engine.graph import GraphCursor
from streamd.engine.journal import RunUpdates
from streamd.engine.lifecycle import _checkpoints as checkpoints
from streamd.engine.lifecycle._completion import used_by
from streamd.engine.lifecycle._ending import Ending
from streamd.engine.lifecycle._state_values import schema_of_values
from streamd.engine.lifecycle.question_broadcasts import broadcast_asking
from streamd.engine.live import InterruptRaisedError, LiveRun
from streamd.ids import derived_id
from streamd.ports.agent import Agent
from streamd.wire.thread_replies import interrupt_as_json


def pause_before(run: LiveRun, agent: Agent, cursor: GraphCursor, node: str) -> Interrupt:
    """Build the question that pauses a graph before a node."""
    visit = cursor.visits.get(node, 0) + 1
    seconds = run.services.options.interrupt_expires_seconds
    now_ms = run.services.clock.now_ms()
    return Interrupt(
        InterruptId(derived_id("interrupt", run.record.run_id, node, visit)),
        run.record.workspace, run.record.thread_id, run.record.run_id, agent.name, node, "breakpoint",
        run.wording.ask_to_continue(node), now_ms,
        expires_ms=now_ms + int(seconds * 1000) if seconds else None,
        response_schema=schema_of_values(agent),
        value={"next": list(cursor.next)},
    )  # fmt: skip


def interrupted(run: LiveRun, question: InterruptRaisedError) -> Ending:
    """Build the ending of a run that asks a person."""
    interrupt = question.interrupt
    assert run.state.checkpoint is not None
    before = run.state.checkpoint
    cursor = GraphCursor.from_json(before.state, before.next, before.progress)
    # The node starts again: its earlier changes count when they are replayed.
    stopped = attrs.evolve(checkpoints.save(run, cursor, before.node, "interrupt"), progress=before.progress)
    run_updates = RunUpdates(
        results=question.results,
        checkpoint=stopped,
        interrupts=(interrupt,),
        broadcasts=(broadcast_asking(run.services, interrupt, run.record.user_id),),
    )
    used = used_by(run)
    shown = interrupt_as_json(interrupt, run.services.clock.text)
    return Ending(
        "interrupted",
        Response(
            "interrupt",
            interrupt.message,
            None if used is None else {"usage": used},
            extra={"interrupt": shown, "next": list(cursor.next)},
        ),
        run_updates,
    )
