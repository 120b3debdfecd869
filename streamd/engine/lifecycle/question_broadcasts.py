"""Broadcasts of questions to people: that one is asked, and that it waits no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamd.core.thread import Interrupt
from streamd.engine.journal import Broadcast
from streamd.engine.live import RunServices
from streamd.wire.entries import FeedEventType, feed_body
from streamd.wire.thread_replies import question_now, question_told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamd.core.position import Feed


def broadcast_asking(services: RunServices, asked: Interrupt, user_id: str) -> Broadcast:
    """Build the broadcast of a new question, of a run of this user, for the topic `interrupts`."""
    told = question_told(asked, user_id, services.clock.text)
    return _broadcast(services, asked, "interrupt_asked", told, ("interrupts",))


def broadcast_closing(services: RunServices, closed: Interrupt) -> Broadcast:
    """Build the broadcast of a question's end, also for all who follow the progress; it is committed with the closing."""
    return _broadcast(services, closed, "interrupt_closed", question_now(closed), ("progress", "interrupts"))


def _broadcast(
    services: RunServices,
    question: Interrupt,
    event_type: FeedEventType,
    data: Mapping[str, object],
    feeds: tuple[Feed, ...],
) -> Broadcast:
    agent = services.agents.get(question.agent)
    agent_id = question.agent if agent is None else agent.agent_id
    body = feed_body(
        event_type,
        agent_id=agent_id,
        data=data,
        workspace=question.workspace,
        timestamp=services.clock.text(services.clock.now_ms()),
    )
    return Broadcast(event_type, agent_id, body, feeds)
