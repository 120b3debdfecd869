"""Agents, and the run that an agent works in.

Above: an agent, one file: a graph of named nodes, each an async generator that yields what it tells. Below: the engine,
which commits what is told, carries out what is asked, and keeps where the run stands. An agent awaits to ask and yields to
tell; it never sees a socket or a store.

What the engine promises a node:

* What is yielded is told to everyone who watches, in order, and is on disk before they hear it.
* When the daemon dies in the middle of a node, the node is begun again at its top after the restart. Turns of a model,
  changes of items, answers of people and results of `once` are then given back as they were, without being done again;
  items are given as they had been read; what had been told is not told again. So a node should tell the same things in
  the same order, and put what may come out differently the second time (a call to another service, say) into `once`.
  Calls of its tools that are over are not done again either; `streamd.ports.tool` says what holds for them.
* `CancelledError` may arrive at any await. Clean up in `finally`, briefly.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
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
from streamd.ports._declarations import check_declaration, names_in, texts_in
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
        """The thread it belongs to."""

    @property
    def request(self) -> RunRequest:
        """What was asked for, by whom, where."""

    @property
    def options(self) -> RunOptions:
        """How the request wants to be treated; what it did not say is as configured."""

    @property
    def understanding(self) -> Understanding:
        """What the request means by the rules of the language."""

    @property
    def language(self) -> Language:
        """The language that the daemon's people write in, for what a text is about."""

    @property
    def types(self) -> ItemTypes:
        """The declared item types."""

    @property
    def outcome(self) -> Outcome:
        """What the run has done so far."""

    @property
    def model(self) -> str:
        """Which model answers this agent: its name, or `offline`."""

    # ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> State:
        """What the nodes of the graph know: JSON values by name. Kept with the thread after each node."""

    def update(self, **values: object) -> None:
        """Change the state, for the nodes that follow. Branches that run side by side change different names."""

    async def once(self, name: str, work: Callable[[], Awaitable[object]]) -> object:
        """Do something whose result must not change when the node is done again; the result is JSON.

        The result is kept before it is returned. Should the daemon die between the two, the work is done again: use a key
        of your own with services where that matters.
        """

    # ── items ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def items(self, *item_types: str, fresh: bool = False) -> Sequence[Item]:
        """The workspace's items (of these types), in the order they were added.

        They are read once, so that everything the run does rests on one state: what somebody else changed since is a
        conflict, and left alone. `fresh` reads them again; from then on that is the state.
        """

    async def demand(self) -> Mapping[ItemId, Sequence[tuple[str, float]]]:
        """Demand history: (date, quantity) per item, oldest first."""

    async def carry_out(self, calls: Sequence[ToolCall]) -> Outcome:
        """Do something to items, in order, one by one for everyone to see, and tell about each.

        A change that is refused (somebody was faster, a rule forbids it) is told and does not stop the rest. Removing more
        than the configured number of items asks a person first. Returns what the run has done so far.
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
        """Ask the model. `task` is the same question as facts, for the offline model. With a schema the answer is JSON and
        nothing is told.
        """

    def act(
        self,
        text: str,
        *,
        task: Task | None = None,
        system: str = "",
        chunk_format: ChunkFormat | None = None,
        tools: Sequence[Tool | TypedFunction] = (),
    ) -> Generation:
        """Ask the model to do something: it may use the item tools, look things up, and answers when it is done.

        It has the agent's own tools, too, and `tools` for this once. The offline model uses none of these unless its
        task is `CallTools`.
        """

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

        It tells `agent_start`, its own responses with `agent` (its words as `agent_chunk`), `agent_complete` and
        `interaction`; all marked `internal` unless the requester wants to read them as part of the answer. `asked_by` is
        the agent whose findings lead to the question, when it is not this one.

        Its model gets tools that change something only if the query asks for changes, or as `may_change` says; and never
        where this agent's model has none.
        """

    def agent_for(self, intent: PrimaryIntent) -> str:
        """The agent that takes requests of a kind, by its name. Raises NotFoundError where none does."""

    def together(
        self, *streams: AsyncGenerator[Response, None] | Generation | Consultation
    ) -> AsyncGenerator[Response, None]:
        """What several tell that work at the same time, as it comes."""

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
        """Ask a person. The run ends here with an `interrupt`; when somebody answers, a new run comes back to this point.

        A refusal does not come back: it ends in `cancelled`, unless the graph has an edge for it.
        """

    # ── memory and knowledge ─────────────────────────────────────────────────────────────────────────────────────────

    async def recall(self, query: str, *kinds: MemoryKind, limit: int = 5) -> Sequence[Memory]:
        """What this agent remembers (of these kinds) that bears on a query, best first."""

    async def preferences(self) -> Sequence[Memory]:
        """What the requester wants to hold: each a sentence, with `data` {key, value}."""

    def remember(
        self,
        kind: MemoryKind,
        text: str,
        data: Mapping[str, object] | None = None,
        *,
        agent: str | None = None,
    ) -> None:
        """Keep something for later requests. Costs no waiting: it is written with what is told next.

        `agent` is whose memory it is: this agent's, unless said; empty for everyone's. A preference with the same
        `data["key"]` of the same user is replaced.
        """

    async def look_up(self, query: str, limit: int = 5) -> Sequence[Passage]:
        """Passages of the knowledge base, best first."""

    async def knows_documents(self) -> bool:
        """Whether there is anything in the knowledge base."""

    # ── telling more ─────────────────────────────────────────────────────────────────────────────────────────────────

    def announce(self, event_type: str, data: Mapping[str, object]) -> None:
        """Tell those who subscribed to quality: `section_updated` or `quality_updated`."""

    def conclude(self, message: str, **extra: object) -> None:
        """Say what the run's `complete` says, and what it carries at the top level beside `data`."""


Steps: TypeAlias = Callable[[Run], AsyncGenerator[Response, None]]

Goal: TypeAlias = str | tuple[str, ...] | None
"""Where an edge leads: to a node, to several side by side, or to the end."""
Edge: TypeAlias = Goal | Callable[[State], Goal]
"""Fixed, or chosen from the state."""


@attrs.frozen
class Agent:
    """An agent as the daemon knows it: `steps` alone, or a graph of `nodes` and `edges`."""

    name: str
    """How requests choose it: `{"type": "user_request", "agent": name}`."""
    steps: Steps | None = None
    """What it does, when that is one node: an async generator over a run."""
    nodes: Mapping[str, Steps] = attrs.field(factory=dict)
    """What it does, when that are several; the first is where it begins."""
    edges: Mapping[str, Edge] = attrs.field(factory=dict)
    """What follows a node; a node without an edge ends its branch."""
    interrupt_before: frozenset[str] = frozenset()
    """Nodes before which a person is always asked."""
    hitl_before: frozenset[str] = frozenset()
    """Nodes before which a person is asked when the request says `use_hitl`."""
    rejected: Mapping[str, str] = attrs.field(factory=dict)
    """Where to go instead when a person refuses a node; without an entry the run ends as cancelled."""
    intents: frozenset[PrimaryIntent] = attrs.field(default=frozenset(), converter=names_in)
    """Kinds of requests that come to it where the request chooses no agent; names of its own, each taken by one agent."""
    phrases: tuple[str, ...] = attrs.field(default=(), converter=texts_in)
    """What people say when they mean it, such as `count the stock`: by these it is reached without a language model, and
    for a language model they are examples. With phrases and no intents it takes requests of the kind that its name says."""
    responses: frozenset[ResponseType] = attrs.field(default=frozenset(), converter=names_in)
    """Types of responses of its own that it emits, beside those that every agent may."""
    agent_id: str = ""
    """How events name it; its name when empty."""
    description: str = ""
    """Which requests it takes, as a language model that sorts requests reads it."""
    system: str = ""
    """What a language model is told about its role."""
    tools: tuple[Tool, ...] = attrs.field(default=(), converter=tools_of)
    """What its model may have done in `act`, beside the tools for items: typed async functions, or `Tool`s."""

    def __attrs_post_init__(self) -> None:
        """Refuse a graph that cannot be walked, and names that cannot be used.

        Raises:
            ValueError: it names nodes that it does not have, or has none; an intent, a phrase or a type of response is no
                name of that kind, or the type is the engine's.

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
        check_declaration(self.name, intents=self.intents, phrases=self.phrases, responses=self.responses)

    @property
    def kinds(self) -> frozenset[PrimaryIntent]:
        """The kinds of requests that come to it: its intents, or with phrases alone its name."""
        return self.intents or frozenset({self.name} if self.phrases else ())

    @property
    def graph(self) -> Mapping[str, Steps]:
        """Its nodes; the first is where it begins."""
        return self.nodes if self.steps is None else {"work": self.steps}
