"""Progress: how far every agent of a workspace is, for screens that show it, with its history on a stream of its own."""

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
from streamd.ports.clock import Clock
from streamd.ports.store import JournalStore
from streamd.wire.entries import feed_body

_EVERY_MS: Final = 250
"""Between two broadcasts of the same agent, unless something begins or ends."""
_SPEECH: Final = frozenset({"content", "agent_chunk"})
_MOST_HISTORY: Final = 1000
_WORKSPACES_KEPT: Final = 256


@attrs.define(eq=False)
class _AtWork:
    """One agent in one run."""

    agent: str
    """Its name."""
    progress: AgentProgress
    told_ms: int = 0
    words: list[Response] = attrs.field(factory=list)
    """What was said since, and is not in `progress` yet: a model says many words between two broadcasts."""


@attrs.define(eq=False)
class _Agents:
    """The agents of one workspace."""

    latest: dict[str, AgentProgress] = attrs.field(factory=dict)
    """By agent_id: what was told of it last."""
    at_work: dict[tuple[str, str], _AtWork] = attrs.field(factory=dict)
    """By run and agent_id: those that have not ended. The same agent may be at work in several runs."""


class ProgressBoard:
    """Follows what runs tell and says how far their agents are."""

    def __init__(
        self, journal: Journal, store: JournalStore, clock: Clock, agent_id: Callable[[str], str]
    ) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._agent_id = agent_id
        self._workspaces: dict[str, _Agents] = {}

    def observe(self, record: RunRecord, response: Response, meter: Meter) -> None:
        """Take note of what a run tells."""
        name = str(response.extra.get("agent") or record.agent)
        if not name:
            return
        agents = self._workspaces.get(record.workspace)
        if agents is None:
            agents = self._workspaces[record.workspace] = _Agents()
            if len(self._workspaces) > _WORKSPACES_KEPT:
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
        is_due = now_ms - at_work.told_ms >= _EVERY_MS
        is_speech = response.type in _SPEECH
        if is_speech:
            at_work.words.append(response)
            if not is_due:
                return
        after = before
        # Of who answers: all that the run has cost; of who helps: what that one has.
        usage = meter.usage if name == record.agent else meter.of(name)
        for said in ([_joined(at_work.words)] if at_work.words else []) + ([] if is_speech else [response]):
            after = advanced_progress(after, said, usage, now_ms)
        at_work.words.clear()
        at_work.progress = after
        if after.status == before.status and not is_due:
            return
        at_work.told_ms = now_ms
        agents.latest[agent_id] = after
        if after.status != "running":
            agents.at_work.pop(key, None)
        body = feed_body(
            "agent_progress", agent_id=agent_id, data={**after.as_data(), "run_id": record.run_id},
            workspace=record.workspace, timestamp=self._clock.text(now_ms),
        )  # fmt: skip
        self._journal.submit(
            FeedWrite(progress_stream(record.workspace), "agent_progress", agent_id, body, _told)
        )

    async def report(
        self, workspace: str, agents: frozenset[str] | None, history: int
    ) -> tuple[WorkspaceProgress, Sequence[Mapping[str, object]]]:
        """How far all are, and the last so many broadcasts, oldest first."""
        past = await self._past(workspace)
        latest: dict[str, Mapping[str, object]] = {entry["agent_id"]: entry["data"] for entry in past}
        here = self._workspaces.get(workspace)
        if here is not None:
            latest |= {agent_id: progress.as_data() for agent_id, progress in here.latest.items()}
        wanted = {name: data for name, data in latest.items() if agents is None or name in agents}
        shown = [entry for entry in past if agents is None or entry["agent_id"] in agents]
        return workspace_progress(wanted, self._clock.now_ms()), shown[-history:] if history else []

    async def _past(self, workspace: str) -> list[dict[str, Any]]:
        stream = progress_stream(workspace)
        span = await self._store.span(stream)
        after = max(span.oldest - 1, span.top - _MOST_HISTORY)
        entries = await self._store.entries(stream, Seq(after), _MOST_HISTORY)
        return [orjson.loads(entry.body) for entry in entries]


def _joined(words: Sequence[Response]) -> Response:
    """Several pieces of speech as one."""
    extra = dict(words[-1].extra)
    for key in ("content", "chunk", "reasoning"):
        extra[key] = "".join(str(word.extra.get(key) or "") for word in words)
    return Response("content", extra={**extra, "content": extra["content"] or extra["chunk"]})


def _told(_: WriteResult) -> None:
    """Nobody waits for it."""
