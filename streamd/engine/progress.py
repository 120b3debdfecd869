"""Progress: how far every agent of a workspace is, for screens that show it, with its history on a stream of its own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import attrs
import orjson

from streamd.core.agent_progress import AgentProgress, WorkspaceProgress, begun, moved, together
from streamd.core.item import Seq
from streamd.core.position import progress_stream
from streamd.core.run import Response, RunRecord
from streamd.core.usage import Usage
from streamd.engine.journal import Journal
from streamd.engine.writes import FeedWrite, Outcome
from streamd.ports.clock import Clock
from streamd.ports.store import Store
from streamd.wire.entries import feed_body

_EVERY_MS: Final = 250
"""Between two broadcasts of the same agent, unless something begins or ends."""
_SPEECH: Final = frozenset({"content", "agent_chunk"})
_MOST_HISTORY: Final = 1000
_WORKSPACES_KEPT: Final = 256


@attrs.define(eq=False)
class _Agents:
    """The agents of one workspace, by agent_id."""

    latest: dict[str, AgentProgress] = attrs.field(factory=dict)
    told_ms: dict[str, int] = attrs.field(factory=dict)
    words: dict[str, list[Response]] = attrs.field(factory=dict)
    """What was said since, and is not in `latest` yet: a model says many words between two broadcasts."""


class ProgressBoard:
    """Follows what runs tell and says how far their agents are."""

    def __init__(self, journal: Journal, store: Store, clock: Clock, agent_id: Callable[[str], str]) -> None:
        self._journal = journal
        self._store = store
        self._clock = clock
        self._agent_id = agent_id
        self._workspaces: dict[str, _Agents] = {}

    def observe(self, record: RunRecord, response: Response, usage: Usage) -> None:
        """Take note of what a run tells."""
        name = str(response.extra.get("agent") or record.agent)
        if not name:
            return
        agents = self._workspaces.get(record.workspace)
        if agents is None:
            agents = self._workspaces[record.workspace] = _Agents()
            if len(self._workspaces) > _WORKSPACES_KEPT:
                del self._workspaces[next(iter(self._workspaces))]
        agent_id, now_ms = self._agent_id(name), self._clock.now_ms()
        before = agents.latest.get(agent_id)
        is_due = now_ms - agents.told_ms.get(agent_id, 0) >= _EVERY_MS
        if before is None or before.run_id != record.run_id:
            before = begun(agent_id, record.run_id, now_ms)
            agents.words.pop(agent_id, None)
            is_due = True  # that it begins is told however soon after the end of its last run
        words = agents.words.setdefault(agent_id, [])
        is_speech = response.type in _SPEECH
        if is_speech:
            words.append(response)
            if not is_due:
                return
        is_its_own = name == record.agent
        after = before
        for said in ([_joined(words)] if words else []) + ([] if is_speech else [response]):
            after = moved(after, said, usage if is_its_own else None, now_ms, ends=is_its_own)
        words.clear()
        agents.latest[agent_id] = after
        if after.status == before.status and not is_due:
            return
        agents.told_ms[agent_id] = now_ms
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
        return together(wanted, self._clock.now_ms()), shown[-history:] if history else []

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


def _told(_: Outcome) -> None:
    """Nobody waits for it."""
