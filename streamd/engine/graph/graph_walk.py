"""Walks an agent's graph: runs its nodes in order, in parallel where edges part, and tracks its cursor."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Protocol, TypeAlias

import attrs

from streamd.core.json import json_codec
from streamd.core.json.json_codec import NOT_SAVED
from streamd.core.run import Response
from streamd.core.thread import State
from streamd.engine.graph.declared_responses import check_declared
from streamd.engine.graph.merge import merged
from streamd.engine.live import AT_WORK, NodeAtWork
from streamd.errors import RunError
from streamd.facts import define
from streamd.ports.agent import Agent, Goal, Run

Failed: TypeAlias = Callable[[str, str, Exception], Awaitable[None]]

MOST_VISITS = 1000
"""Visits of one node in one run: endless loops are ended."""


@define
class GraphCursor:
    """The position of a walk. Parallel branches run until all are done; then their successors start."""

    state: dict[str, object] = attrs.field(factory=dict, metadata=NOT_SAVED)
    """Saved beside the cursor, as the checkpoint's own."""
    next: tuple[str, ...] = attrs.field(default=(), metadata=NOT_SAVED)
    """Nodes to run now, side by side; saved like the state."""
    then: tuple[str, ...] = ()
    """Successors of those nodes of `next` that are done already."""
    visits: dict[str, int] = attrs.field(factory=dict)
    """How often each node was started, done or not."""
    written: dict[str, str] = attrs.field(factory=dict)
    """Names in the state that were written side by side with the nodes of `next`, and by which node."""

    @classmethod
    def at_start(cls, agent: Agent, state: State | None = None) -> "GraphCursor":
        """Return a cursor before the first node."""
        return cls(dict(state or {}), (next(iter(agent.graph)),))

    def resume_point(self) -> "GraphCursor":
        """Return the cursor from which a restart continues: started nodes that are not done count as not visited."""
        if not self.next:
            return self._copy(next=self.then, then=(), written={})
        return self._copy(visits={node: count - (node in self.next) for node, count in self.visits.items()})

    def detour(self, node: str) -> "GraphCursor":
        """Return the cursor from which the walk continues at another node than the next ones."""
        return self._copy(next=(node,), then=(), written={})

    def _copy(self, **changes: Any) -> "GraphCursor":
        return attrs.evolve(self, **{"state": dict(self.state), "visits": dict(self.visits), **changes})

    def as_json(self) -> dict[str, object]:
        """Return the parts of the cursor that a checkpoint's `state` and `next` do not hold, as JSON."""
        return json_codec.as_json(self)

    @classmethod
    def from_json(cls, state: State, following: tuple[str, ...], read: Mapping[str, object]) -> "GraphCursor":
        """Restore a cursor from a checkpoint."""
        return attrs.evolve(json_codec.from_json(cls, read), state=dict(state), next=following)


class Visit(Protocol):
    """One visit of a node: the run as the node sees it."""

    updates: dict[str, object]
    conclusion: str
    """The node's summary of the whole run; empty without one."""

    @property
    def as_run(self) -> Run:
        """The same visit, as the node's steps expect it."""


async def walk(
    agent: Agent,
    cursor: GraphCursor,
    *,
    path: str,
    visit: Callable[[str, State], Visit],
    done: Callable[[str, str, State], None],
    before: Callable[[], Awaitable[None]],
    failed: Failed,
) -> AsyncGenerator[Response, None]:
    """Run node after node from a cursor; yield their responses.

    Args:
        agent: the agent of the graph.
        cursor: the cursor to start from; it advances.
        path: the prefix of its steps' names.
        visit: creates the node's view of the run from the step's path and the state.
        done: called after each node with the step's path, its name and the new values of what it wrote, when the cursor has
            advanced; persist `cursor.resume_point()` of it.
        before: awaited before nodes start; it may raise to end the walk there.
        failed: awaited when a node failed, with the step's path, its name and the error; it may raise to retry the node.

    """
    while cursor.next:
        await before()
        started = cursor.next
        for node in started:
            cursor.visits[node] = cursor.visits.get(node, 0) + 1
            if cursor.visits[node] > MOST_VISITS:
                raise RunError(f"the agent {agent.name} went through {node} more than {MOST_VISITS:,} times")
        state = dict(cursor.state)
        branches = [_branch(agent, cursor, node, state, path, visit, done, failed) for node in started]
        async with aclosing(merged(f"{path or agent.name} side by side", *branches)) as responses:
            async for response in responses:
                yield response
        cursor.next, cursor.then, cursor.written = cursor.then, (), {}


async def _branch(
    agent: Agent,
    cursor: GraphCursor,
    node: str,
    state: State,
    path: str,
    visit: Callable[[str, State], Visit],
    done: Callable[[str, str, State], None],
    failed: Failed,
) -> AsyncGenerator[Response, None]:
    step = f"{path}{node}#{cursor.visits[node]}"
    visited = visit(step, state)
    by = AT_WORK.get()
    AT_WORK.set(NodeAtWork(visited.as_run.run_id, agent.name, step, agent.graph[node].code_path))
    try:
        async with aclosing(agent.graph[node](visited.as_run)) as responses:
            async for response in responses:
                yield check_declared(agent, response, step)
        written = _written(agent, cursor, node, visited.updates)
        following = goals(agent, node, {**cursor.state, **written})
    except Exception as error:
        await failed(step, node, error)
        raise
    finally:
        AT_WORK.set(by)
    cursor.state.update(written)
    cursor.next = tuple(name for name in cursor.next if name != node)
    cursor.then = tuple(dict.fromkeys((*cursor.then, *following)))
    done(step, node, written)


def _written(agent: Agent, cursor: GraphCursor, node: str, updates: State) -> dict[str, object]:
    """Return the new values of names that a node wrote. Raises RunError where one beside it wrote one of them, too."""
    for name in updates:
        other = node if name in agent.reducers else cursor.written.setdefault(name, node)
        if other != node:
            raise RunError(
                f"the nodes {other} and {node} of the agent {agent.name} both write {name} side by side; give it a reducer in "
                "the agent's state, such as Annotated[list, operator.add], or write different names"
            )
    state = with_written(agent, cursor.state, updates)
    return {name: state[name] for name in updates}


def with_written(
    agent: Agent, values: Mapping[str, object], written: Mapping[str, object]
) -> dict[str, object]:
    """Return values by name with those that a node writes: by the reducer of a name, or in place of what is there."""
    reducers = agent.reducers
    return {**values, **{
        name: value if (reducer := reducers.get(name)) is None else reducer(values, name, value)
        for name, value in written.items()
    }}  # fmt: skip


def goals(agent: Agent, node: str, state: State) -> tuple[str, ...]:
    """List the successors of a node. Raises RunError where an edge leads to an unknown node."""
    edge = agent.edges.get(node)
    goal: Goal = edge(state) if callable(edge) else edge
    goals = () if goal is None else (goal,) if isinstance(goal, str) else tuple(dict.fromkeys(goal))
    unknown = [name for name in goals if name not in agent.graph]
    if unknown:
        raise RunError(
            f"the agent {agent.name} has no node {', '.join(unknown)}, where the edge from {node} leads"
        )
    return goals
