"""The run during one visit of a node (`streamd.ports.run.Run`)."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial

import attrs

from streamd.core.document_passage import Passage
from streamd.core.event import Author
from streamd.core.item import Item, ItemId
from streamd.core.memory import Memory, MemoryFilter, MemoryKind
from streamd.core.prompt import Message, Text
from streamd.core.prompts.conversation import conversation_of
from streamd.core.run import Outcome, Response
from streamd.core.tasks import Operate, Task
from streamd.core.thread import InterruptAnswer, InterruptReason
from streamd.core.tool_calls import PrimaryIntent, ToolCall
from streamd.engine.graph import merged, with_written
from streamd.engine.live import ask
from streamd.engine.record import check_encodable, check_state
from streamd.engine.steps._consultation import AgentConsultation, consultable
from streamd.engine.steps._item_tool_executor import ItemToolExecutor
from streamd.engine.steps._items_as_first_read import items_of, some_items_of
from streamd.engine.steps._model_tools import tools_beside, tools_for_items
from streamd.engine.steps._node_model import NodeModel
from streamd.engine.steps._published_events import publication, publish
from streamd.engine.steps._quality_feed import announce
from streamd.engine.steps._run_view import RunView
from streamd.engine.steps.new_memories import preferences_of, remembered
from streamd.engine.tools import InTurn, OwnToolCalls, Toolset
from streamd.facts import define
from streamd.ports.agent import Run
from streamd.ports.generation import ChunkFormat, Consultation, Generation
from streamd.ports.state_type import check_names
from streamd.ports.tool import Tool, TypedFunction
from streamd.ports.tool_context import ToolContext
from streamd.ports.typed_tool import tools_of


@define(eq=False)
class RunContext(RunView):
    """One visit of a node, or one call of a tool in it."""

    may_change: bool | None = True
    """Whether its model may change items; None: if the request asks for changes."""
    updates: dict[str, object] = attrs.field(factory=dict)
    conclusion: str = ""
    """A consulted agent's summary of its work."""
    _item_tools: ItemToolExecutor | None = None
    _node_model: NodeModel = attrs.field(
        init=False,
        default=attrs.Factory(lambda self: NodeModel(self.live, self.agent, self.path), takes_self=True),
    )
    _questions: int = 0
    _consulted: int = 0
    _published: int = 0

    @property
    def as_run(self) -> Run:
        """The same visit, as the node's steps expect it."""
        return self

    @property
    def as_context(self) -> ToolContext:
        """The same call, as a tool's function expects it."""
        return self

    # ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def update(self, **values: object) -> None:
        """Change the state, for the nodes that follow."""
        if self.agent.state is not None:
            check_names(self.agent.name, self.agent.state, values)
        state = with_written(self.agent, self.state, values)
        check_state(state)
        self.updates = with_written(self.agent, self.updates, values)
        self.state = state

    async def once(self, name: str, work: Callable[[], Awaitable[object]]) -> object:
        """Do something whose result must not change when the node is replayed."""
        return await self.live.output.once(f"{self.path}:once-{name}", work)

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def items(self, *item_types: str, fresh: bool = False) -> Sequence[Item]:
        """The workspace's items (of these types), as the run read them first, or as they are now."""
        items = await items_of(self.live, self.item_tools.calls, fresh=fresh)
        return [item for item in items if item.type in item_types] if item_types else items

    async def items_of(self, ids: Iterable[ItemId]) -> Sequence[Item]:
        """These items, as far as they are there; in a replay as the node first read them."""
        return await some_items_of(self.live, self.item_tools.calls, dict.fromkeys(ids))

    async def demand(self, ids: Iterable[ItemId] | None = None) -> Mapping[ItemId, Sequence[tuple[str, float]]]:  # fmt: skip
        """Demand history (of these items): (date, quantity) per item, oldest first."""
        self.live.check("read")
        return await self.live.services.store.demand(self.request.workspace, ids)

    async def carry_out(self, calls: Sequence[ToolCall]) -> Outcome:
        """Execute tool calls on items, in order, and emit each change. Returns the run's changes so far."""
        if self.in_turn is not None:
            await self.in_turn()
        for call in calls:
            await self.item_tools.carry_out(call)
        return self.outcome

    @property
    def item_tools(self) -> ItemToolExecutor:
        """The item tools of this visit."""
        if self._item_tools is None:
            author = Author(self.request.user_id, self.agent.agent_id, self.run_id)
            self._item_tools = ItemToolExecutor(self.live, self.agent, self.path, author, self._changes_items)
        return self._item_tools

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
        return self._node_model.think(text, task, system, schema, chunk_format)

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
        others = tools_beside(self.live.services, self.agent.name, tools_of((*self.agent.tools, *tools)))
        toolset = Toolset(
            self, self.agent.name, OwnToolCalls(self.live, self.path, self.item_tools, self._within_call, self.update),
            tools_for_items(self.types), others, self._changes_items,
        )  # fmt: skip
        messages = (*conversation_of(self.state), Message("user", (Text(text),)))
        task = task if task is not None else Operate(self.understanding)
        return self._node_model.act(messages, toolset, task, system, chunk_format)

    def _within_call(self, key: str, tool: str, in_turn: InTurn) -> "RunContext":
        """Return the run as a tool sees it: names of its steps are below the call's."""
        parts = self.live, self.agent, key, self.request, self.state, self.understood, self._changes_items
        return RunContext(*parts, tool=tool, in_turn=in_turn)

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
        consulted = consultable(self.live.services.agents, agent, self.path)
        self._consulted += 1
        known = self.request.context if context is None else context
        request = attrs.evolve(self.request, user_input=query, agent=agent, context=known)
        path = f"{self.path}/{agent}{'' if self._consulted == 1 else self._consulted}/"
        return AgentConsultation(
            self.live, asked_by or self.agent.name, consulted, request, path, self.state, timeout_seconds, internal,
            partial(RunContext, may_change=may_change if self._changes_items else False),
        )  # fmt: skip

    def agent_for(self, intent: PrimaryIntent) -> str:
        """The agent that takes requests of a kind."""
        return self.live.services.routes.agent_for(intent).name

    def together(
        self, *streams: AsyncGenerator[Response, None] | Generation | Consultation
    ) -> AsyncGenerator[Response, None]:
        """Merge the responses of parallel work, in arrival order."""
        responses = [
            stream if isinstance(stream, AsyncGenerator) else stream.__aiter__() for stream in streams
        ]
        return merged(self.path, *responses)

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
        """Search this agent's memories (of these kinds) for a query, best first."""
        self.live.check("read")
        mine = MemoryFilter(self.request.workspace, self.agent.name, kinds=frozenset(kinds) or None)
        wanted = attrs.evolve(mine, reader=self.request.user_id)
        return await self.live.services.store.memories.search(wanted, query, limit)

    async def preferences(self) -> Sequence[Memory]:
        """List the requester's preferences."""
        self.live.check("read")
        return await preferences_of(self.live.services.store, self.request.workspace, self.request.user_id)

    def remember(
        self,
        kind: MemoryKind,
        text: str,
        data: Mapping[str, object] | None = None,
        *,
        agent: str | None = None,
    ) -> None:
        """Remember something for later requests."""
        check_encodable("remember", text, data)
        # A replayed step remembers the same memory: its id follows from the step.
        memory = remembered(
            kind, text, data or {}, workspace=self.request.workspace, user_id=self.request.user_id,
            agent=self.agent.name if agent is None else agent,
            origin=f"{self.live.replay.scope} {self.path}", at_ms=self.live.services.clock.now_ms(),
        )  # fmt: skip
        self.live.output.memories.append(memory)

    async def look_up(self, query: str, limit: int = 5) -> Sequence[Passage]:
        """Search the knowledge base for passages, best first."""
        return await self.live.services.knowledge.search(query, limit)

    async def knows_documents(self) -> bool:
        """Check whether the knowledge base has any documents."""
        return not await self.live.services.knowledge.is_empty()

    # ── other output ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def publish(
        self, event_type: str, data: Mapping[str, object] | None = None, *, item_id: ItemId | None = None
    ) -> None:
        """Publish an event of one's own, once."""
        self._published += 1
        author, key = self.item_tools.author, f"{self.path}:p{self._published - 1}"
        await publish(self.live, self._changes_items, author, key, publication(event_type, data, item_id))

    def announce(self, event_type: str, data: Mapping[str, object]) -> None:
        """Publish an event to the quality subscribers."""
        announce(self.live, self.agent.agent_id, event_type, data)

    def conclude(self, message: str, **extra: object) -> None:
        """Set the message of the run's `complete`, and its keys beside `data`."""
        check_encodable("conclude", message, extra)
        if "/" not in self.path:
            self.live.state.conclusion = Response("complete", message, extra=extra)
        self.conclusion = message
