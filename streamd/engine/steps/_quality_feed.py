"""Feeds: what is broadcast to those who subscribed to progress or quality."""

from collections.abc import Mapping
from typing import Final

from streamd.core.position import quality_stream
from streamd.engine.journal import FeedWrite, WriteResult
from streamd.engine.live import LiveRun
from streamd.errors import InvalidMessageError
from streamd.wire.entries import feed_body

QUALITY_EVENTS: Final = frozenset({"section_updated", "quality_updated"})


def announce(run: LiveRun, agent_id: str, event_type: str, data: Mapping[str, object]) -> None:
    """Tell those who subscribed to quality in the run's workspace."""
    if event_type not in QUALITY_EVENTS:
        raise InvalidMessageError(
            f"{event_type} cannot be announced; there are {', '.join(sorted(QUALITY_EVENTS))}",
            path="event_type",
        )
    clock, workspace = run.services.clock, run.record.workspace
    body = feed_body(
        event_type,
        agent_id=agent_id,
        data={**data, "run_id": run.record.run_id},
        workspace=workspace,
        timestamp=clock.text(clock.now_ms()),
    )
    run.services.journal.submit(FeedWrite(quality_stream(workspace), event_type, agent_id, body, _told))


def _told(_: WriteResult) -> None:
    """Nobody waits for it."""
