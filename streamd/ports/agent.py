"""Agents: a graph of named nodes, each an async generator over a run (`streamd.ports.run`) that yields responses."""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import attrs

from streamd.core.run import ResponseType
from streamd.core.thread import State
from streamd.core.tool_calls import PrimaryIntent
from streamd.core.triggers.trigger import Trigger
from streamd.facts import frozen
from streamd.ports import _declarations as of
from streamd.ports._graph_checks import check_graph, edges_from, goals_of
from streamd.ports.node import Node, Steps, node_from, nodes_from
from streamd.ports.run import Run
from streamd.ports.state_type import Reducer, reducers_of, state_type
from streamd.ports.tool import Tool
from streamd.ports.typed_tool import tools_of

__all__ = ["Agent", "Edge", "Goal", "Node", "Run", "Steps"]

Goal: TypeAlias = str | tuple[str, ...] | None
"""The target of an edge: a node, several side by side, or the end."""
Edge: TypeAlias = Goal | Callable[[State], Goal]
"""A fixed goal, or a function that chooses one from the state."""


@frozen
class Agent:
    """An agent as the daemon knows it: `steps` alone, or a graph of `nodes` and `edges`."""

    name: str = attrs.field(converter=of.agent_name)
    """Its name in requests: `{"type": "user_request", "agent": name}`."""
    steps: Node | None = attrs.field(default=None, converter=attrs.converters.optional(node_from))
    """Its only node: an async generator over a run, or a plain `async def` function that yields nothing."""
    nodes: Mapping[str, Node] = attrs.field(factory=dict, converter=nodes_from)
    """Its nodes by name, when there are several; the first one starts. `streamd.node` declares retries of one."""
    edges: Mapping[str, Edge] = attrs.field(factory=dict, converter=edges_from)
    """The successors of each node; a node without an edge ends its branch. A function whose result is a `Literal` of names and
    None is checked like fixed goals."""
    interrupt_before: frozenset[str] = attrs.field(default=frozenset(), converter=of.names_in)
    """Nodes that always need a person's approval."""
    hitl_before: frozenset[str] = attrs.field(default=frozenset(), converter=of.names_in)
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
    state: type[object] | None = attrs.field(default=None, converter=state_type)
    """A `TypedDict` or an attrs class of the names in the state of its graph, for frontends that show it. What people set is
    checked by it. What branches side by side both write has a reducer there: `notes: Annotated[list[str], operator.add]`."""
    reducers: Mapping[str, Reducer] = attrs.field(init=False, repr=False, eq=False)
    """The reducers of its state by name."""

    @reducers.default
    def _reducers(self) -> Mapping[str, Reducer]:
        return reducers_of(self.state)

    def __attrs_post_init__(self) -> None:
        """Refuse a graph that cannot be walked, and names that cannot be used.

        Raises:
            ValueError: the agent refers to unknown nodes, or has none; a node cannot be reached, or cannot reach an end; its
                name, its id, an intent, a phrase or a type of responses is not valid, or the type is the engine's.

        """
        if not self.graph or (self.steps is not None and self.nodes):
            raise ValueError(f"agent {self.name} needs steps, or nodes, and not both")
        check_graph(
            self.name, self.graph, self.edges, self.interrupt_before | self.hitl_before, self.rejected
        )
        of.check_declaration(self.name, intents=self.intents, phrases=self.phrases, responses=self.responses)

    @property
    def kinds(self) -> frozenset[PrimaryIntent]:
        """The kinds of requests that it takes: its intents, or with phrases alone its name."""
        return self.intents or frozenset({self.name} if self.phrases else ())

    @property
    def graph(self) -> Mapping[str, Node]:
        """Its nodes; the first one starts."""
        return self.nodes if self.steps is None else {"work": self.steps}

    def goals_after(self, node: str) -> frozenset[str | None] | None:
        """Return where a node may lead, None in it for an end; None where only the state says, so that it may be anywhere."""
        return goals_of(self.edges.get(node))
