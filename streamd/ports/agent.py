"""Agents, and the run that an agent works in.

Above: an agent, one file: a graph of named nodes, each an async generator that yields responses. Below: the engine, which
commits the responses, executes the calls, and persists the run's progress. An agent awaits calls and yields responses; it
never sees a socket or a store.

What the engine promises a node:

* Yielded responses reach all watchers in order, and are on disk before any watcher receives them.
* When the daemon dies in the middle of a node, the node restarts from its top. Turns of a model, changes of items, answers
  of people and results of `once` are then replayed as recorded, without being repeated; items are those that were read
  before; responses that were emitted are not emitted again. So a node should emit the same responses in the same order,
  and put work whose result may differ the second time (a call to another service, say) into `once`.
  Finished calls of its tools are not repeated either; `streamd.ports.tool` has the details.
* `CancelledError` may arrive at any await. Clean up in `finally`, briefly.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Protocol, TypeAlias

import attrs

from streamd.core.document_passage import Passage
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.memory import Memory, MemoryKind
from streamd.core.run import Outcome, Response, ResponseType, RunId, RunOptions, RunRequest
from streamd.core.tasks import Task
from streamd.core.thread import InterruptAnswer, InterruptReason, State
from streamd.core.tool_calls import PrimaryIntent, ToolCall, Understanding
from streamd.core.triggers.trigger import Trigger
from streamd.ports import _declarations as of
from streamd.ports.generation import ChunkFormat, Consultation, Generation
from streamd.ports.language import Language
from streamd.ports.tool import Tool
from streamd.ports.typed_tool import TypedFunction, tools_of


class Run(Protocol):
    """One execution of an agent for one request, as one of its nodes sees it."""

    @property
    def run_id(self) -> RunId:
        """The run's own id."""

    @property
    def thread_id(self) -> str:
        """The id of the run's thread."""

    @property
    def request(self) -> RunRequest:
        """The request, with its user and workspace."""

    @property
    def options(self) -> RunOptions:
        """Options of the request; absent ones are as configured."""

    @property
    def understanding(self) -> Understanding:
        """The request's meaning by the rules of the language."""

    @property
    def language(self) -> Language:
        """The language of the daemon's users, for a text's topics."""

    @property
    def types(self) -> ItemTypes:
        """The declared item types."""

    @property
    def outcome(self) -> Outcome:
        """The run's changes so far."""

    @property
    def model(self) -> str:
        """The name of this agent's model, or `offline`."""

    # ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> State:
        """The state of the graph: JSON values by name, persisted with the thread after each node."""

    def update(self, **values: object) -> None:
        """Change the state, for the nodes that follow. Branches that run side by side change different names."""

    async def once(self, name: str, work: Callable[[], Awaitable[object]]) -> object:
        """Do something whose result must not change when the node is replayed; the result is JSON.

        The result is persisted before it is returned. If the daemon dies before that, the work is repeated: use an
        idempotency key of your own with services where that matters.
        """

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def items(self, *item_types: str, fresh: bool = False) -> Sequence[Item]:
        """Return the workspace's items (of these types), in the order they were added.

        They are read once: all the run's changes rest on one state, and what others changed since stays as it is, as a
        conflict. `fresh` reads them again; from then on that is the state.
        """

    async def items_of(self, ids: Iterable[ItemId]) -> Sequence[Item]:
        """Return these items, in the order of the ids, as far as they are there: what `items` costs grows with the workspace."""

    async def demand(self, ids: Iterable[ItemId] | None = None) -> Mapping[ItemId, Sequence[tuple[str, float]]]:  # fmt: skip
        """Return the demand history (of these items): (date, quantity) per item, oldest first."""

    async def carry_out(self, calls: Sequence[ToolCall]) -> Outcome:
        """Execute tool calls on items, one change after the other, and emit each change.

        A refused change (somebody was faster, a rule forbids it) is reported and does not stop the rest; large removals
        ask a person first. Returns the run's changes so far.
        """

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
        """Ask the model; the offline model reads `task` instead. With a schema the answer is JSON and nothing is emitted."""

    def act(
        self,
        text: str,
        *,
        task: Task | None = None,
        system: str = "",
        chunk_format: ChunkFormat | None = None,
        tools: Sequence[Tool | TypedFunction] = (),
    ) -> Generation:
        """Ask the model to do something with the item tools, its agent's and `tools`, and to answer when it is done."""

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
        """Have another agent work on a question within this run: with tools and a memory of its own.

        It emits `agent_start`, its own responses with `agent` (its text as `agent_chunk`), `agent_complete` and
        `interaction`; all marked `internal` unless the requester wants to read them as part of the answer. `asked_by` is
        the agent whose findings lead to the question, when it is not this one.

        Its model gets tools that change something only if the query asks for changes, or as `may_change` says; and never
        where this agent's model has none.
        """

    def agent_for(self, intent: PrimaryIntent) -> str:
        """Return the name of the agent for a kind of request. Raises NotFoundError where there is none."""

    def together(
        self, *streams: AsyncGenerator[Response, None] | Generation | Consultation
    ) -> AsyncGenerator[Response, None]:
        """Merge the responses of parallel work, in arrival order."""

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
        """Ask a person. The run ends here with an `interrupt`; the answer starts a new run that resumes from here.

        A refusal ends in `cancelled`, unless the graph has an edge for it.
        """

    # ── memory and knowledge ─────────────────────────────────────────────────────────────────────────────────────────

    async def recall(self, query: str, *kinds: MemoryKind, limit: int = 5) -> Sequence[Memory]:
        """Search this agent's memories (of these kinds) for a query, best first."""

    async def preferences(self) -> Sequence[Memory]:
        """List the requester's preferences: each a sentence, with `data` {key, value}."""

    def remember(
        self,
        kind: MemoryKind,
        text: str,
        data: Mapping[str, object] | None = None,
        *,
        agent: str | None = None,
    ) -> None:
        """Remember something for later requests; the memory is committed with the next response.

        `agent` owns it: by default this one; empty for all. A preference of the same user and `data["key"]` is replaced.
        """

    async def look_up(self, query: str, limit: int = 5) -> Sequence[Passage]:
        """Search the knowledge base for passages, best first."""

    async def knows_documents(self) -> bool:
        """Check whether the knowledge base has any documents."""

    # ── other output ─────────────────────────────────────────────────────────────────────────────────────────────────

    def announce(self, event_type: str, data: Mapping[str, object]) -> None:
        """Publish an event to the quality subscribers: `section_updated` or `quality_updated`."""

    def conclude(self, message: str, **extra: object) -> None:
        """Set the message of the run's `complete`, and its top-level keys beside `data`."""


Steps: TypeAlias = Callable[[Run], AsyncGenerator[Response, None]]
Goal: TypeAlias = str | tuple[str, ...] | None
"""The target of an edge: a node, several side by side, or the end."""
Edge: TypeAlias = Goal | Callable[[State], Goal]
"""A fixed goal, or a function that chooses one from the state."""


@attrs.frozen
class Agent:
    """An agent as the daemon knows it: `steps` alone, or a graph of `nodes` and `edges`."""

    name: str = attrs.field(converter=of.agent_name)
    """Its name in requests: `{"type": "user_request", "agent": name}`."""
    steps: Steps | None = attrs.field(default=None, converter=attrs.converters.optional(of.node_from))
    """Its only node: an async generator over a run, or a plain `async def` function that yields nothing."""
    nodes: Mapping[str, Steps] = attrs.field(factory=dict, converter=of.nodes_from)
    """Its nodes by name, when there are several; the first one starts."""
    edges: Mapping[str, Edge] = attrs.field(factory=dict)
    """The successors of each node; a node without an edge ends its branch."""
    interrupt_before: frozenset[str] = frozenset()
    """Nodes that always need a person's approval."""
    hitl_before: frozenset[str] = frozenset()
    """Nodes that need a person's approval when the request sets `use_hitl`."""
    rejected: Mapping[str, str] = attrs.field(factory=dict)
    """The node to run instead when a person refuses one; without an entry the run ends as cancelled."""
    intents: frozenset[PrimaryIntent] = attrs.field(default=frozenset(), converter=of.names_in)
    """Kinds of requests that it takes where the request names no agent; each kind belongs to one agent."""
    phrases: tuple[str, ...] = attrs.field(default=(), converter=of.texts_in)
    """Examples of requests for it, such as `count the stock`. Without a language model a request with one of them goes to
    this agent; a language model reads them as examples. With phrases and without intents, its name is its only intent."""
    responses: frozenset[ResponseType] = attrs.field(default=frozenset(), converter=of.names_in)
    """Types of responses of its own that it emits, beside those that every agent may."""
    agent_id: str = attrs.field(default=attrs.Factory(lambda self: self.name, True), converter=of.agent_name)
    """Its id in events, by default its name."""
    description: str = ""
    """Requests that it takes, in words for a language model that classifies requests."""
    system: str = ""
    """Its role, as the system prompt of a language model."""
    tools: tuple[Tool, ...] = attrs.field(default=(), converter=tools_of)
    """Tools of its model in `act`, beside the item tools: typed async functions, or `Tool`s."""
    triggers: tuple[Trigger, ...] = attrs.field(default=(), converter=of.triggers_in)
    """They start its runs without anybody asking."""
    state: type[object] | None = attrs.field(default=None, converter=of.typed_state)
    """A `TypedDict` of the names in the state of its graph, for frontends that show it. What people set is checked by it."""

    def __attrs_post_init__(self) -> None:
        """Refuse a graph that cannot be walked, and names that cannot be used.

        Raises:
            ValueError: the agent refers to unknown nodes, or has none; its name, its id, an intent, a phrase or a type of
                responses is not valid, or the type is the engine's.

        """
        names = set(self.graph)
        if not names or (self.steps is not None and self.nodes):
            raise ValueError(f"agent {self.name} needs steps, or nodes, and not both")
        fixed = {
            goal
            for edge in self.edges.values()
            if not callable(edge)
            for goal in (edge if isinstance(edge, tuple) else (edge,))
            if goal is not None
        }
        unknown = (
            fixed | set(self.edges) | self.interrupt_before | self.hitl_before
            | set(self.rejected) | set(self.rejected.values())
        ) - names  # fmt: skip
        if unknown:
            raise ValueError(f"agent {self.name} has no node {', '.join(sorted(unknown))}")
        of.check_declaration(self.name, intents=self.intents, phrases=self.phrases, responses=self.responses)

    @property
    def kinds(self) -> frozenset[PrimaryIntent]:
        """The kinds of requests that it takes: its intents, or with phrases alone its name."""
        return self.intents or frozenset({self.name} if self.phrases else ())

    @property
    def graph(self) -> Mapping[str, Steps]:
        """Its nodes; the first one starts."""
        return self.nodes if self.steps is None else {"work": self.steps}
