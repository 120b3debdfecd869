"""The progress board: broadcasts the progress of every agent of a workspace on a stream of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import orjson

from streamd.core.agent_progress import (
    AgentProgress,
    WorkspaceProgress,
    advanced_progress,
    started_progress,
    workspace_progress,
)
from streamd.core.item import Seq
from streamd.core.position import progress_stream
from streamd.core.run import LAST_TYPES, Response, RunRecord
from streamd.engine.journal import FeedWrite, Journal, WriteResult
from streamd.engine.live.meter import Meter
from streamd.facts import define
from streamd.ports.clock import Clock
from streamd.ports.store import JournalStore
from streamd.wire.entries import feed_body

_EVERY_MS: Final = 250
"""Time between two broadcasts of the same agent, unless its status changes."""
_TEXT_TYPES: Final = frozenset({"content", "agent_chunk"})
_MOST_HISTORY: Final = 1000
_MAX_WORKSPACES: Final = 256


@define(eq=False)
class _AtWork:
    """One agent in one run."""

    agent: str
    """Its name."""
    progress: AgentProgress
    broadcast_ms: int = 0
    pieces: list[Response] = attrs.field(factory=list)
    """Text pieces that are not in `progress` yet: a model emits many between two broadcasts."""


@define(eq=False)
class _Agents:
    """The agents of one workspace."""

    latest: dict[str, AgentProgress] = attrs.field(factory=dict)
    """By agent_id: its last broadcast."""
    at_work: dict[tuple[str, str], _AtWork] = attrs.field(factory=dict)
    """By run and agent_id: those that have not ended. The same agent may be at work in several runs."""


class ProgressBoard:
    """Derives the progress of agents from the responses of their runs."""

    def __init__(
        self, journal: Journal, store: JournalStore, clock: Clock, agent_id: Callable[[str], str]
    ) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._agent_id = agent_id
        self._workspaces: dict[str, _Agents] = {}

    def observe(self, record: RunRecord, response: Response, meter: Meter) -> None:
        """Update the progress with a response of a run."""
        name = str(response.extra.get("agent") or record.agent)
        if not name:
            return
        agents = self._workspaces.get(record.workspace)
        if agents is None:
            agents = self._workspaces[record.workspace] = _Agents()
            if len(self._workspaces) > _MAX_WORKSPACES:
                del self._workspaces[next(iter(self._workspaces))]
        if response.type in LAST_TYPES:
            for _, at_work in [pair for pair in agents.at_work.items() if pair[0][0] == record.run_id]:
                self._follow(agents, record, at_work.agent, response, meter)
            return
        self._follow(agents, record, name, response, meter)

    def _follow(
        self, agents: _Agents, record: RunRecord, name: str, response: Response, meter: Meter
    ) -> None:
        agent_id, now_ms = self._agent_id(name), self._clock.now_ms()
        key = (record.run_id, agent_id)
        at_work = agents.at_work.get(key)
        if at_work is None:
            at_work = agents.at_work[key] = _AtWork(name, started_progress(agent_id, record.run_id, now_ms))
        before = at_work.progress
        is_due = now_ms - at_work.broadcast_ms >= _EVERY_MS
        is_text = response.type in _TEXT_TYPES
        if is_text:
            at_work.pieces.append(response)
            if not is_due:
                return
        after = before
        # The answering agent has the usage of the whole run; one that helps has its own.
        usage = meter.usage if name == record.agent else meter.of(name)
        for new in ([_joined(at_work.pieces)] if at_work.pieces else []) + ([] if is_text else [response]):
            after = advanced_progress(after, new, usage, now_ms)
        at_work.pieces.clear()
        at_work.progress = after
        if after.status == before.status and not is_due:
            return
        at_work.broadcast_ms = now_ms
        agents.latest[agent_id] = after
        if after.status != "running":
            agents.at_work.pop(key, None)
        body = feed_body(
            "agent_progress", agent_id=agent_id, data={**after.as_data(), "run_id": record.run_id},
            workspace=record.workspace, timestamp=self._clock.text(now_ms),
        )  # fmt: skip
        self._journal.submit(
            FeedWrite(progress_stream(record.workspace), "agent_progress", agent_id, body, _ignore)
        )

    async def report(
        self, workspace: str, agents: frozenset[str] | None, history: int
    ) -> tuple[WorkspaceProgress, Sequence[Mapping[str, object]]]:
        """Return the progress of the agents, and the last `history` broadcasts, oldest first."""
        past = await self._past(workspace)
        latest: dict[str, Mapping[str, object]] = {
            entry["agent_id"]: entry["data"] for entry in past if entry["event_type"] == "agent_progress"
        }
        own = self._workspaces.get(workspace)
        if own is not None:
            latest |= {agent_id: progress.as_data() for agent_id, progress in own.latest.items()}
        wanted = {name: data for name, data in latest.items() if agents is None or name in agents}
        shown = [entry for entry in past if agents is None or entry["agent_id"] in agents]
        return workspace_progress(wanted, self._clock.now_ms()), shown[-history:] if history else []

    async def _past(self, workspace: str) -> list[dict[str, Any]]:
        stream = progress_stream(workspace)
        span = await self._store.span(stream)
        after = max(span.oldest - 1, span.top - _MOST_HISTORY)
        past: list[dict[str, Any]] = []
        while entries := await self._store.entries(stream, Seq(after), _MOST_HISTORY):
            past += [orjson.loads(entry.body) for entry in entries if entry.body]
            after = entries[-1].seq
        return past


def _joined(pieces: Sequence[Response]) -> Response:
    """Join several text pieces into one."""
    extra = dict(pieces[-1].extra)
    for key in ("content", "chunk", "reasoning"):
        extra[key] = "".join(str(piece.extra.get(key) or "") for piece in pieces)
    return Response("content", extra={**extra, "content": extra["content"] or extra["chunk"]})


def _ignore(_: WriteResult) -> None:
    """Ignore the result of a broadcast."""
