"""Broadcasts that a question to a person is closed, to all who follow the progress of its workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamd.core.thread import Interrupt
from streamd.engine.journal import Broadcast
from streamd.engine.live import RunServices
from streamd.wire.entries import feed_body

if TYPE_CHECKING:
    from streamd.wire.payloads.event_data import InterruptClosedData


def broadcast_closing(services: RunServices, closed: Interrupt) -> Broadcast:
    """Build the broadcast; it is committed with the closing."""
    data: InterruptClosedData = {
        "interrupt_id": closed.interrupt_id,
        "run_id": closed.run_id,
        "thread_id": closed.thread_id,
        "status": closed.status,
    }
    if closed.status != "expired" and closed.answered_by:
        data["by"] = closed.answered_by
    if closed.answer is not None:
        data["decision"] = closed.answer.decision
    if closed.resumed_run_id is not None:
        data["resumed_run_id"] = closed.resumed_run_id
    agent = services.agents.get(closed.agent)
    agent_id = closed.agent if agent is None else agent.agent_id
    body = feed_body(
        "interrupt_closed",
        agent_id=agent_id,
        data=data,
        workspace=closed.workspace,
        timestamp=services.clock.text(services.clock.now_ms()),
    )
    return Broadcast("interrupt_closed", agent_id, body)
