"""Walking a graph: which nodes come when, side by side where edges part, and what of that stands at each moment."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any, Protocol

import attrs

from streamd.core.run import Response
from streamd.core.thread import State
from streamd.engine.steps._declared_responses import check_declared
from streamd.engine.steps._merge import merged
from streamd.errors import RunError
from streamd.ports.agent import Agent, Goal, Run

MOST_VISITS = 1000
"""Of one node in one run: a graph that goes round and round is ended."""


@attrs.define
class GraphCursor:
    """Where a walk stands. Branches that parted run side by side; when all are done, what follows them begins."""

    state: dict[str, object]
    next: tuple[str, ...]
    """Nodes to be done now, side by side."""
    then: tuple[str, ...] = ()
    """Nodes that follow those of `next` that are done already."""
    visits: dict[str, int] = attrs.field(factory=dict)
    """How often each node was begun, and done or not."""

    @classmethod
    def at_start(cls, agent: Agent, state: State | None = None) -> "GraphCursor":
        """Before the first node."""
        return cls(dict(state or {}), (next(iter(agent.graph)),))

    def resume_point(self) -> "GraphCursor":
        """Where to begin again from here: nodes that were begun and are not done have not been visited."""
        if not self.next:
            return GraphCursor(dict(self.state), self.then, (), dict(self.visits))
        visits = {node: count - (node in self.next) for node, count in self.visits.items()}
        return GraphCursor(dict(self.state), self.next, self.then, visits)

    def as_json(self) -> dict[str, object]:
        """What of it does not stand in a checkpoint's `state` and `next`, as JSON."""
        return {"then": list(self.then), "visits": dict(self.visits)}

    @classmethod
    def from_json(cls, state: State, following: tuple[str, ...], read: Mapping[str, Any]) -> "GraphCursor":
        """From a checkpoint."""
        return cls(dict(state), following, tuple(read.get("then", ())), dict(read.get("visits", {})))


class Visit(Protocol):
    """One visit of a node: the run as the node sees it."""

    updates: dict[str, object]
    conclusion: str
    """What the node says that came of the whole; empty when it said nothing of the kind."""

    @property
    def as_run(self) -> Run:
        """For the node's steps."""


async def walk(
    agent: Agent,
    cursor: GraphCursor,
    *,
    path: str,
    visit: Callable[[str, State], Visit],
    done: Callable[[str, str, State], None],
    before: Callable[[], Awaitable[None]],
) -> AsyncGenerator[Response, None]:
    """Do node after node from a place; yields what they tell.

    Args:
        agent: whose graph it is.
        cursor: where to begin; it moves along.
        path: the name of the walk, before the names of its steps.
        visit: from (the step's path, the state) to what the node gets.
        done: called after each node, with the step's path, its name and what it changed, when the place has moved on; what is to be kept
            of it is `place.standing()`.
        before: awaited before nodes are begun; it may raise to end the walk there.

    """
    while cursor.next:
        await before()
        begun = cursor.next
        for node in begun:
            cursor.visits[node] = cursor.visits.get(node, 0) + 1
            if cursor.visits[node] > MOST_VISITS:
                raise RunError(f"the agent {agent.name} went through {node} more than {MOST_VISITS:,} times")
        state = dict(cursor.state)
        branches = [_branch(agent, cursor, node, state, path, visit, done) for node in begun]
        async with aclosing(merged(f"{path or agent.name} side by side", *branches)) as told:
            async for response in told:
                yield response
        cursor.next, cursor.then = cursor.then, ()


async def _branch(
    agent: Agent,
    cursor: GraphCursor,
    node: str,
    state: State,
    path: str,
    visit: Callable[[str, State], Visit],
    done: Callable[[str, str, State], None],
) -> AsyncGenerator[Response, None]:
    step = f"{path}{node}#{cursor.visits[node]}"
    visited = visit(step, state)
    async with aclosing(agent.graph[node](visited.as_run)) as told:
        async for response in told:
            # What has a step comes from the engine: of a model, or of an agent that is consulted and checked itself.
            yield response if response.step else attrs.evolve(check_declared(agent, response), step=step)
    cursor.state.update(visited.updates)
    cursor.next = tuple(name for name in cursor.next if name != node)
    follows = [name for name in goals(agent, node, cursor.state) if name not in cursor.then]
    cursor.then = (*cursor.then, *follows)
    done(step, node, visited.updates)


def goals(agent: Agent, node: str, state: State) -> tuple[str, ...]:
    """The nodes that follow a node. Raises RunError where an edge leads nowhere."""
    edge = agent.edges.get(node)
    goal: Goal = edge(state) if callable(edge) else edge
    goals = () if goal is None else (goal,) if isinstance(goal, str) else goal
    unknown = [name for name in goals if name not in agent.graph]
    if unknown:
        raise RunError(f"the agent {agent.name} has no node {', '.join(unknown)}")
    return goals
