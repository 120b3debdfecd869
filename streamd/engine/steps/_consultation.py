"""Consultations: another agent works on a question within a run (`streamd.ports.agent.Consultation`)."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from functools import partial

import attrs
import structlog

from streamd.core.memory import REPORT, Memory, MemoryId
from streamd.core.run import Response, RunRequest
from streamd.core.thread import State
from streamd.core.tool_calls import Understanding
from streamd.engine.graph import GraphCursor, Visit, node_failed, walk
from streamd.engine.journal import RunUpdates
from streamd.engine.live import LiveRun
from streamd.engine.record import ConsultationOutcome, RecordedFailure
from streamd.engine.steps.request_parsing import understood
from streamd.errors import BudgetExceededError, InvalidMessageError, RunError, RunTimedOutError, StreamdError
from streamd.facts import define
from streamd.ids import derived_id
from streamd.ports.agent import Agent

log = structlog.get_logger(__name__)

_REMEMBERED_CHARACTERS = 2000
_DEEPEST = 5

Visiting = Callable[[LiveRun, Agent, str, RunRequest, State, Understanding], Visit]


def consultable(agents: Mapping[str, Agent], name: str, path: str) -> Agent:
    """Return the agent of that name. Raises InvalidMessageError; RunError when consultations are nested too deep."""
    if name not in agents:
        raise InvalidMessageError(
            f"there is no agent {name}; there are: {', '.join(sorted(agents))}", path="agent"
        )
    if path.count("/") >= _DEEPEST:
        raise RunError(f"agents asked each other {_DEEPEST} deep, the last was to ask {name}")
    return agents[name]


@define(eq=False)
class AgentConsultation:
    """One question to one agent, whose responses carry its name; its failure does not fail the run."""

    live: LiveRun
    by: str
    """The agent that consults."""
    consulted: Agent
    request: RunRequest
    path: str
    """The prefix of its steps' names."""
    state: State
    timeout_seconds: float | None
    internal: bool
    visit: Visiting
    _outcome: ConsultationOutcome = attrs.field(factory=ConsultationOutcome, init=False)
    _failure: StreamdError | None = attrs.field(default=None, init=False)
    _visits: list[Visit] = attrs.field(factory=list)

    @property
    def agent(self) -> str:
        """The name of the consulted agent."""
        return self.consulted.name

    @property
    def query(self) -> str:
        """The question."""
        return self.request.user_input

    @property
    def text(self) -> str:
        """The text of the answer."""
        return self._outcome.text

    @property
    def data(self) -> Mapping[str, object]:
        """Data of the responses, by their type."""
        return self._outcome.data

    @property
    def status(self) -> str:
        """The status with which it ended, or `running`."""
        return self._outcome.status

    @property
    def error(self) -> str:
        """The message of its failure."""
        return self._outcome.error

    @property
    def failure(self) -> StreamdError | None:
        """The error of its failure."""
        recorded = self._outcome.failure
        return self._failure if self._failure is not None or recorded is None else recorded.error()

    def __aiter__(self) -> AsyncGenerator[Response, None]:  # noqa: PYI058 - whoever stops early closes it
        """Yield the responses of the consultation."""
        return self._responses()

    async def _responses(self) -> AsyncGenerator[Response, None]:
        started = asyncio.get_running_loop().time()
        key, step = f"{self.path}outcome", self.path.removesuffix("/")
        self.live.output.brackets.start_step(step, self.agent, internal=self.internal)
        starts = self.live.wording.agent_starts(self.agent)
        yield self._marked(Response("agent_start", starts, extra={"query": self.query}))
        before = await self.live.replay.result(key)
        if before is None:
            async with aclosing(self._work(started)) as responses:
                async for response in responses:
                    yield response
            self._outcome.seconds = round(asyncio.get_running_loop().time() - started, 3)
            self.live.output.persist(
                RunUpdates(results=(self.live.output.result(key, self._outcome.encode()),))
            )
        else:
            # It ended before the daemon died: its outcome must stay the same.
            self._outcome = ConsultationOutcome.decode(before)
        metadata: dict[str, object] = {
            "status": self.status,
            "seconds": self._outcome.seconds,
            "model": self.live.model.name(self.agent),
        }
        if self.error:
            metadata["error"] = self.error
        self.live.output.brackets.end_step(step, self.status)
        yield self._marked(
            Response("agent_complete", self.error, extra={"response": self.text, "metadata": metadata})
        )
        yield self._interaction(metadata)

    async def _work(self, started: float) -> AsyncGenerator[Response, None]:
        services = self.live.services
        usual = services.timeout_of(self.agent, services.options.supporting_timeout_seconds)
        seconds = self.timeout_seconds or usual
        texts: dict[object, list[str]] = {}
        last_message = ""
        limit = asyncio.timeout(None)
        try:
            async with aclosing(self._steps()) as steps:
                while True:
                    # Around each step, never around a yield: time that consumers take is not the agent's.
                    limit = asyncio.timeout_at(started + seconds)
                    try:
                        async with limit:
                            response = await anext(steps)
                    except StopAsyncIteration:
                        break
                    if response.type == "content":
                        texts.setdefault(response.extra.get("message_id"), []).append(
                            str(response.extra.get("content", ""))
                        )
                    elif response.type == "attempt_reset":
                        texts.pop(response.extra.get("message_id"), None)
                    elif response.data is not None:
                        self._outcome.data[response.type] = response.data
                    last_message = response.message or last_message
                    yield self._marked(response)
            self._outcome.status = "completed"
        except BudgetExceededError:
            raise
        except StreamdError as error:
            self._failed(error, "failed")
        except Exception as error:
            if isinstance(error, TimeoutError) and limit.expired():
                late = RunTimedOutError(f"{self.agent} took longer than {seconds:g} seconds")
                self._failed(late, "timed_out")
            else:
                log.exception("consultation_failed", run=self.live.record.run_id, agent=self.agent)
                self._failed(StreamdError(f"{self.agent} failed inside the daemon"), "failed")
        # The conclusion of an agent with several messages is its answer.
        concluded = next((visit.conclusion for visit in reversed(self._visits) if visit.conclusion), "")
        self._outcome.text = (
            concluded or "".join("".join(words) for words in texts.values()).strip() or last_message
        )

    async def _steps(self) -> AsyncGenerator[Response, None]:
        understanding = await understood(self.live, self.request)
        self._outcome.orders_changes = bool(understanding.calls)
        cursor = GraphCursor.at_start(self.consulted, self.state)

        def visit(step: str, state: State) -> Visit:
            visited = self.visit(self.live, self.consulted, step, self.request, state, understanding)
            self._visits.append(visited)
            self.live.output.brackets.start_step(step, self.agent)
            self.live.output.flush()
            return visited

        def done(step: str, _node: str, _updates: State) -> None:
            # Only the steps' results of a consulted agent are persisted, not its graph cursor.
            self.live.output.brackets.end_step(step)

        async with aclosing(
            walk(
                self.consulted,
                cursor,
                path=self.path,
                visit=visit,
                done=done,
                before=_at_once,
                failed=partial(node_failed, self.live, self.consulted),
            )
        ) as responses:
            async for response in responses:
                yield response

    def _failed(self, error: StreamdError, status: str) -> None:
        self._outcome.status, self._outcome.error = status, error.message
        self._failure, self._outcome.failure = error, RecordedFailure.of(error)

    def _marked(self, response: Response) -> Response:
        """Add the consulted agent's name to a response; its text becomes `agent_chunk`."""
        # Responses of an agent that it consults in turn carry that agent's name already.
        extra: dict[str, object] = {"agent": self.agent, **response.extra}
        if self.internal:
            extra["internal"] = True
        # Parallel consultations emit in any order, so each has its own count of emitted responses.
        step = response.step or self.path
        if response.type == "content":
            extra["chunk"] = extra.pop("content", "")
            return attrs.evolve(response, type="agent_chunk", extra=extra, step=step)
        return attrs.evolve(response, extra=extra, step=step)

    def _interaction(self, metadata: Mapping[str, object]) -> Response:
        data: dict[str, object] = {"from_agent": self.by, "to_agent": self.agent, "status": self.status}
        if self._outcome.orders_changes is not None:
            data[REPORT] = self._outcome.orders_changes
        question = self.live.wording.agent_asked(self.by, self.agent, self.query)
        self.live.output.memories.append(
            Memory(
                MemoryId(derived_id("memory", self.live.replay.scope, self.path, "collaboration")),
                self.request.workspace, self.by, self.request.user_id, "collaboration",
                f"{question}\n{self.text or self.error}"[:_REMEMBERED_CHARACTERS],
                self.live.services.clock.now_ms(),
                data,
            )
        )  # fmt: skip
        return Response(
            "interaction",
            extra={
                "from_agent": self.by,
                "to_agent": self.agent,
                "query": self.query,
                "response": self.text,
                "metadata": metadata,
            },
            step=self.path,
        )


async def _at_once() -> None:
    """Do nothing: a consulted agent has no breakpoints."""
