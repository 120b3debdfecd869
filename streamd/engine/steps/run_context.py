"""The run as one visit of a node sees it (`streamd.ports.agent.Run`)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from functools import partial

import attrs

from streamd.core.document_passage import Passage
from streamd.core.event import Author
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.memory import Memory, MemoryFilter, MemoryKind, may_read
from streamd.core.prompt import Message, Text
from streamd.core.run import Outcome, Response, RunId, RunOptions, RunRequest
from streamd.core.tasks import Operate, Task
from streamd.core.thread import InterruptAnswer, InterruptReason, State
from streamd.core.tool_calls import PrimaryIntent, ToolCall, Understanding
from streamd.engine.live import LiveRun
from streamd.engine.record import check_encodable, check_state
from streamd.engine.steps._consultation import AgentConsultation, consultable
from streamd.engine.steps._human_input import ask
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.engine.steps._items_as_first_read import as_first_read
from streamd.engine.steps._merge import merged
from streamd.engine.steps._model_tools import tools_for_items
from streamd.engine.steps._node_model import NodeModel
from streamd.engine.steps._own_tools import OwnToolCalls
from streamd.engine.steps._quality_feed import announce
from streamd.engine.steps._toolset import Toolset
from streamd.engine.steps.conversation import conversation_of
from streamd.engine.steps.new_memories import preferences_of, remembered
from streamd.ports.agent import Agent, Run
from streamd.ports.generation import ChunkFormat, Consultation, Generation
from streamd.ports.language import Language
from streamd.ports.tool import Tool
from streamd.ports.typed_tool import TypedFunction, tools_of


@attrs.define(eq=False)
class RunContext:
    """One visit of a node."""

    live: LiveRun
    agent: Agent
    path: str
    """The step's name."""
    request: RunRequest
    state: State
    understood: Understanding
    may_change: bool | None = True
    """Whether its model may change items; None: if what it is asked for says so."""
    updates: dict[str, object] = attrs.field(factory=dict)
    conclusion: str = ""
    """What a consulted agent says that came of it all."""
    _toolbox: ItemToolExecutor | None = None
    _asked_model: NodeModel = attrs.field(
        init=False,
        default=attrs.Factory(lambda self: NodeModel(self.live, self.agent, self.path), takes_self=True),
    )
    _questions: int = 0
    _consulted: int = 0

    @property
    def as_run(self) -> Run:
        """For the node's steps."""
        return self

    @property
    def run_id(self) -> RunId:
        """The run's own id."""
        return self.live.record.run_id

    @property
    def thread_id(self) -> str:
        """The thread it belongs to."""
        return self.live.record.thread_id

    @property
    def options(self) -> RunOptions:
        """How the request wants to be treated; what it did not say is as configured."""
        said, usual = self.request.options, self.live.services.options.max_revisions
        return said if said.max_revisions is not None else attrs.evolve(said, max_revisions=usual)

    @property
    def understanding(self) -> Understanding:
        """What the request means by the rules of the language."""
        if "/" not in self.path:  # what another agent is asked within the run is not what the run was asked
            self.live.state.reads_understanding = True
        return self.understood

    @property
    def language(self) -> Language:
        """The language that the daemon's people write in."""
        return self.live.services.language

    @property
    def types(self) -> ItemTypes:
        """The declared item types."""
        return self.live.services.types

    @property
    def outcome(self) -> Outcome:
        """What the run has done so far."""
        return self.live.state.changes.outcome

    @property
    def model(self) -> str:
        """Which model answers this agent."""
        return self.live.model.name(self.agent.name)

    # ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def update(self, **values: object) -> None:
        """Change the state, for the nodes that follow."""
        check_state({**self.state, **values})
        self.updates.update(values)
        self.state = {**self.state, **values}

    async def once(self, name: str, work: Callable[[], Awaitable[object]]) -> object:
        """Do something whose result must not change when the node is done again."""
        return await self.live.output.once(f"{self.path}:once-{name}", work)

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def items(self, *item_types: str, fresh: bool = False) -> Sequence[Item]:
        """The workspace's items (of these types), as the run read them first, or as they are now."""
        items = (await self.live.read_items(fresh=fresh)).items
        if self.live.replay.is_replay:
            items = await as_first_read(self.live, self.toolbox.calls, items)
        return [item for item in items if item.type in item_types] if item_types else items

    async def demand(self) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """Demand history: (date, quantity) per item, oldest first."""
        self.live.check("read")
        return await self.live.services.store.demand(self.request.workspace)

    async def carry_out(self, calls: Sequence[ToolCall]) -> Outcome:
        """Do something to items, in order, and tell about each. Returns what the run has done so far."""
        for call in calls:
            await self.toolbox.carry_out(call)
        return self.outcome

    @property
    def toolbox(self) -> ItemToolExecutor:
        """The tools of this visit."""
        if self._toolbox is None:
            author = Author(self.request.user_id, self.agent.agent_id or self.agent.name, self.run_id)
            self._toolbox = ItemToolExecutor(self.live, self.agent, self.path, author)
        return self._toolbox

    # ── models ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def think(
        self,
        text: str,
        *,
        task: Task | None = None,
        system: str = "",
        schema: Mapping[str, object] | None = None,
        chunk_format: ChunkFormat | None = None,
    ) -> Generation:
        """Ask the model."""
        return self._asked_model.think(text, task, system, schema, chunk_format)

    def act(
        self,
        text: str,
        *,
        task: Task | None = None,
        system: str = "",
        chunk_format: ChunkFormat | None = None,
        tools: Sequence[Tool | TypedFunction] = (),
    ) -> Generation:
        """Ask the model to do something with tools."""
        toolset = Toolset(
            self, self.agent.name, OwnToolCalls(self.live, self.path, self.toolbox, self._within_call, self.update),
            tools_for_items(self.types, self.toolbox), tools_of((*self.agent.tools, *tools)), self._changes_items,
        )  # fmt: skip
        messages = (*conversation_of(self.state), Message("user", (Text(text),)))
        task = task if task is not None else Operate(self.understanding)
        return self._asked_model.act(messages, toolset, task, system, chunk_format)

    def _within_call(self, key: str) -> "RunContext":
        """The run as a tool sees it: what it asks for has names below the call's."""
        parts = self.live, self.agent, key, self.request, self.state, self.understood, self._changes_items
        return RunContext(*parts, toolbox=self.toolbox)

    @property
    def _changes_items(self) -> bool:
        return self.understood.asks_for_changes if self.may_change is None else self.may_change

    def consult(
        self,
        agent: str,
        query: str,
        *,
        context: Mapping[str, object] | None = None,
        timeout_seconds: float | None = None,
        internal: bool = True,
        asked_by: str | None = None,
        may_change: bool | None = None,
    ) -> Consultation:
        """Have another agent work on a question within this run."""
        asked = consultable(self.live.services.agents, agent, self.path)
        self._consulted += 1
        known = self.request.context if context is None else context
        request = attrs.evolve(self.request, user_input=query, agent=agent, context=known)
        path = f"{self.path}/{agent}{'' if self._consulted == 1 else self._consulted}/"
        return AgentConsultation(
            self.live, asked_by or self.agent.name, asked, request, path, self.state, timeout_seconds, internal,
            partial(RunContext, may_change=may_change if self._changes_items else False),
        )  # fmt: skip

    def agent_for(self, intent: PrimaryIntent) -> str:
        """The agent that takes requests of a kind."""
        return self.live.services.routes.agent_for(intent).name

    def together(
        self, *streams: AsyncGenerator[Response, None] | Generation | Consultation
    ) -> AsyncGenerator[Response, None]:
        """What several tell that work at the same time, as it comes."""
        told = [stream if isinstance(stream, AsyncGenerator) else stream.__aiter__() for stream in streams]
        return merged(self.path, *told)

    # ── people ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def ask(
        self,
        message: str,
        *,
        reason: InterruptReason = "confirmation",
        schema: Mapping[str, object] | None = None,
        value: object = None,
        expires_seconds: float | None = None,
    ) -> InterruptAnswer:
        """Ask a person; the run ends here until somebody answers."""
        check_encodable("ask", message, schema, value)
        self._questions += 1
        return await ask(
            self.live, self.agent.name, self.path, f"{self.path}:q{self._questions - 1}", message,
            reason=reason, schema=schema, value=value, expires_seconds=expires_seconds,
        )  # fmt: skip

    # ── memory and knowledge ─────────────────────────────────────────────────────────────────────────────────────────

    async def recall(self, query: str, *kinds: MemoryKind, limit: int = 5) -> Sequence[Memory]:
        """What this agent remembers (of these kinds) that bears on a query, best first."""
        wanted = MemoryFilter(self.request.workspace, agent=self.agent.name, kinds=frozenset(kinds) or None)
        found = await self.live.services.store.memories.search(wanted, query, limit * 4)
        return [memory for memory in found if may_read(memory, self.request.user_id)][:limit]

    async def preferences(self) -> Sequence[Memory]:
        """What the requester wants to hold."""
        return await preferences_of(self.live.services.store, self.request.workspace, self.request.user_id)

    def remember(
        self,
        kind: MemoryKind,
        text: str,
        data: Mapping[str, object] | None = None,
        *,
        agent: str | None = None,
    ) -> None:
        """Keep something for later requests."""
        check_encodable("remember", text, data)
        # What a step remembers when it is done again is the same memory: its id follows from the step.
        memory = remembered(
            kind, text, data or {}, workspace=self.request.workspace, user_id=self.request.user_id,
            agent=self.agent.name if agent is None else agent,
            origin=f"{self.live.replay.scope} {self.path}", at_ms=self.live.services.clock.now_ms(),
        )  # fmt: skip
        self.live.output.memories.append(memory)

    async def look_up(self, query: str, limit: int = 5) -> Sequence[Passage]:
        """Passages of the knowledge base, best first."""
        return await self.live.services.knowledge.search(query, limit)

    async def knows_documents(self) -> bool:
        """Whether there is anything in the knowledge base."""
        return not await self.live.services.knowledge.is_empty()

    # ── telling more ─────────────────────────────────────────────────────────────────────────────────────────────────

    def announce(self, event_type: str, data: Mapping[str, object]) -> None:
        """Tell those who subscribed to quality."""
        announce(self.live, self.agent.agent_id or self.agent.name, event_type, data)

    def conclude(self, message: str, **extra: object) -> None:
        """Say what the run's `complete` says, and what it carries beside `data`."""
        check_encodable("conclude", message, extra)
        if "/" not in self.path:
            self.live.state.conclusion = Response("complete", message, extra=extra)
        self.conclusion = message
