"""Kills the daemon at an await of an agent, as `kill -9` would: nothing of it runs any further, nothing more is stored."""

import asyncio
import functools
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final, TypeVar

import attrs

from streamd.core.run import Response
from streamd.errors import StoreError
from streamd.facts import define, frozen
from streamd.ports.agent import Agent, Node, Run
from streamd.ports.store import Batch
from streamd.ports.tool import IdempotencyKey, Tool, ToolFunction
from streamd.ports.tool_context import ToolContext
from streamd.stores import MemoryStore

T = TypeVar("T")

MOST_AWAITS: Final = 10_000
"""Awaits of one scenario, at most: it would not end otherwise if its agent never did."""


@define(eq=False)
class Life:
    """One process of the daemon, until it is killed."""

    awaits_left: int | None = None
    """Awaits of agents until it is killed; None: it is not."""
    killed: asyncio.Event = attrs.field(factory=asyncio.Event)
    is_cleared: bool = False
    _standing: set[asyncio.Task[Any]] = attrs.field(factory=set)

    def count_await(self) -> None:
        """Note that an agent has reached an await, and die there when it is the last."""
        if self.awaits_left is not None and not self.killed.is_set():
            self.awaits_left -= 1
            if self.awaits_left < 0:
                self.killed.set()

    async def never_if_killed(self) -> None:
        """Stand still from the kill on, until what is left of this life is cleared away."""
        task = asyncio.current_task()
        if self.killed.is_set() and not self.is_cleared and task is not None:
            self._standing.add(task)
            await asyncio.get_running_loop().create_future()

    def clear(self) -> None:
        """Cancel what stands still. Only now do `finally` clauses run, which a killed process never reaches."""
        self.is_cleared = True
        for task in self._standing:
            task.cancel()


@define
class MortalStore(MemoryStore):
    """The store in memory, as one life of the daemon sees it: with that the access ends, and its lease."""

    life: Life = attrs.field(factory=Life)

    def of_life(self, life: Life) -> "MortalStore":
        """Open the same store for another life."""
        return attrs.evolve(self, life=life)

    async def commit(self, batches: Sequence[Batch]) -> Sequence[StoreError | None]:
        """Commit the batches, or nothing once the daemon has been killed."""
        await self.life.never_if_killed()
        if self.life.killed.is_set():
            return [StoreError("the daemon has been killed") for _ in batches]
        return await MemoryStore.commit(self, batches)

    @asynccontextmanager
    async def lease(self) -> AsyncIterator[str]:
        """Hold a lease until the life ends: a killed process holds none."""
        async with MemoryStore.lease(self) as owner:
            ending = asyncio.create_task(self._release(owner), name="lease")
            try:
                yield owner
            finally:
                ending.cancel()

    async def _release(self, owner: str) -> None:
        await self.life.killed.wait()
        self._lease_owners.discard(owner)


def mortal(agent: Agent, life: Life) -> Agent:
    """Return the agent with nodes and tools that stop for good where the life ends."""
    nodes = {name: _node(one, life) for name, one in agent.nodes.items()}
    steps = None if agent.steps is None else _node(agent.steps, life)
    return attrs.evolve(agent, steps=steps, nodes=nodes, tools=tuple(_tool(one, life) for one in agent.tools))


def _node(node: Node, life: Life) -> Node:
    @functools.wraps(node.steps)
    async def steps(run: Run) -> AsyncGenerator[Response, None]:
        async with aclosing(node(run)) as responses:
            while (response := await _Mortal(anext(responses, None), life)) is not None:
                yield response

    return attrs.evolve(node, steps=steps)


def _tool(tool: Tool, life: Life) -> Tool:
    function = tool.function
    if function is None:
        return tool

    async def mortal_function(
        context: ToolContext, given: Mapping[str, object], key: IdempotencyKey
    ) -> object:
        # Calls of one turn run in tasks of their own: here they may die before they begin, and when they are made, but not recorded.
        await _Mortal(asyncio.sleep(0), life)
        result = await _Mortal(function(context, given, key), life)
        await _Mortal(asyncio.sleep(0), life)
        return result

    made: ToolFunction = mortal_function
    return attrs.evolve(tool, function=made)


@frozen
class _Mortal(Awaitable[T]):
    """Awaits something step by step, and counts each step."""

    work: Awaitable[T]
    life: Life

    def __await__(self) -> Generator[Any, Any, T]:
        try:
            yield from self.life.never_if_killed().__await__()
        except BaseException:
            if isinstance(self.work, Coroutine):
                self.work.close()  # it was never begun
            raise
        steps = self.work.__await__()
        resume = _sending(steps, None)
        while True:
            try:
                waited_for = resume()
            except StopIteration as stop:
                result: T = stop.value
                return result
            self.life.count_await()
            try:
                yield from self.life.never_if_killed().__await__()
                value = yield waited_for
                yield from self.life.never_if_killed().__await__()
            except BaseException as error:  # noqa: BLE001 - passed on to what waits
                resume = _throwing(steps, error)
            else:
                resume = _sending(steps, value)


def _sending(steps: Generator[Any, Any, T], value: object) -> Callable[[], Any]:
    return lambda: steps.send(value)


def _throwing(steps: Generator[Any, Any, T], error: BaseException) -> Callable[[], Any]:
    return lambda: steps.throw(error)
