"""The run that an agent's nodes work in.

Above: a node of an agent (`streamd.ports.agent`), which awaits calls and yields responses. Below: the engine, which commits
the responses, executes the calls, and persists the run's progress. A node never sees a socket or a store.

What the engine promises a node:

* Yielded responses reach all watchers in order, and are on disk before any watcher receives them.
* When the daemon dies in the middle of a node, or the node is retried, it restarts from its top. Turns of a model, changes
  of items, published events, answers of people and results of `once` are then replayed as recorded, without being repeated;
  items are those that were read before; responses that were emitted are not emitted again. So a node should emit the same
  responses in the same order, and put work whose result may differ the second time (a call to another service, say) into
  `once`. Finished calls of its tools are not repeated either; `streamd.ports.tool` has the details.
* `CancelledError` may arrive at any await. Clean up in `finally`, briefly.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import ParamSpec, Protocol, TypeVar

from streamd.core.document_passage import Passage
from streamd.core.item import Item, ItemId
from streamd.core.item_type import ItemTypes
from streamd.core.memory import Memory, MemoryKind
from streamd.core.run import Outcome, Response, RunId, RunOptions, RunRequest
from streamd.core.tasks import Task
from streamd.core.thread import InterruptAnswer, InterruptReason, State
from streamd.core.tool_calls import PrimaryIntent, ToolCall, Understanding
from streamd.ports.generation import ChunkFormat, Consultation, Generation
from streamd.ports.language import Language
from streamd.ports.tool import Tool, TypedFunction

P = ParamSpec("P")
T = TypeVar("T")


class RunLog(Protocol):
    """A logger of one node: each call logs one event, with its fields."""

    def debug(self, event: str, **fields: object) -> object:
        """Log what only who looks for a mistake wants to know."""

    def info(self, event: str, **fields: object) -> object:
        """Log what happened."""

    def warning(self, event: str, **fields: object) -> object:
        """Log what should not have happened, and did no harm."""

    def error(self, event: str, **fields: object) -> object:
        """Log what went wrong."""

    def exception(self, event: str, **fields: object) -> object:
        """Log what went wrong, with the traceback of the error that is being handled."""


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

    @property
    def log(self) -> RunLog:
        """A logger whose events carry `run`, `agent` and `node`: `run.log.info("prices_fetched", count=3)`.

        Log what happened and how much of it, never what people or models have said.
        """

    # ── state ────────────────────────────────────────────────────────────────────────────────────────────────────────

    @property
    def state(self) -> State:
        """The state of the graph: JSON values by name, persisted with the thread after each node."""

    def update(self, **values: object) -> None:
        """Change the state, for the nodes that follow.

        Branches that run side by side change different names, or names with a reducer in `Agent.state`: what is given for such
        a name is added to what is there, in the order in which the branches end. Without a reducer the run fails. So it does for a
        name that `Agent.state`, where there is one, does not have.
        """

    async def once(self, name: str, work: Callable[[], Awaitable[object]]) -> object:
        """Do something whose result must not change when the node is replayed; the result is JSON.

        The result is persisted before it is returned. If the daemon dies before that, the work is repeated: use an
        idempotency key of your own with services where that matters.
        """

    async def off_loop(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Call a function that takes long in a thread, and return its result: the event loop serves everybody meanwhile.

        For what blocks, such as a library without asyncio, or computes for more than some milliseconds. All agents share a few
        threads. The result may be any value and is not recorded: a replay calls the function again. What must not be done
        twice goes into `once`, with a JSON result: `await run.once("price", lambda: run.off_loop(fetch, sku))`. A run that is
        cancelled stops waiting; the function, which nobody can stop, goes on to its end, and its result is dropped.
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

    async def publish(
        self, event_type: str, data: Mapping[str, object] | None = None, *, item_id: ItemId | None = None
    ) -> None:
        """Publish an event of one's own to everyone in the workspace, by the rules of the message `publish`.

        It is committed before this returns, and exactly once, however often the node is replayed. An agent that only helps
        another one publishes nothing unless the request asks it for changes.

        Raises:
            RefusedError: the type is one that only changes of items make, or the data cannot be published.

        """

    def announce(self, event_type: str, data: Mapping[str, object]) -> None:
        """Publish an event to the quality subscribers: `section_updated` or `quality_updated`."""

    def conclude(self, message: str, **extra: object) -> None:
        """Set the message of the run's `complete`, and its top-level keys beside `data`."""
