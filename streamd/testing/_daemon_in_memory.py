"""One process of the daemon, in memory: its engine in a task of its own, until it is stopped or killed."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Final

from streamd.config import Config
from streamd.engine import Engine, open_engine
from streamd.facts import define
from streamd.language import English
from streamd.models.offline import OfflineModel
from streamd.parts import all_encoders, declared_triggers, declared_types
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.knowledge import NoKnowledge
from streamd.ports.model import Model
from streamd.ports.tool import Dependency
from streamd.testing._killing import Life, MortalStore, mortal

_CLEARING_SECONDS: Final = 0.05


@define(eq=False)
class DaemonInMemory:
    """A life of the daemon, with its engine."""

    life: Life
    engine: Engine
    task: asyncio.Task[None]
    stop: asyncio.Event

    async def killed(self) -> None:
        """Wait until it is killed."""
        await self.life.killed.wait()

    async def end(self) -> None:
        """Stop it as SIGTERM would, or clear away what a kill left."""
        self.stop.set()
        if self.life.killed.is_set():
            self.life.clear()
            while not self.task.done():  # at the first time it waits for work that nobody ends any more
                self.task.cancel()
                await asyncio.wait([self.task], timeout=_CLEARING_SECONDS)
        await asyncio.gather(self.task, return_exceptions=self.life.killed.is_set())


async def start_daemon(
    store: MortalStore,
    kill_after: int | None,
    config: Config,
    agents: Mapping[str, Agent],
    model: Model,
    dependencies: Mapping[Dependency, Dependency],
    clock: Clock,
) -> DaemonInMemory:
    """Start a daemon on what the store holds; it is killed after so many awaits of its agents."""
    life = Life(kill_after)
    ready: asyncio.Future[Engine] = asyncio.get_running_loop().create_future()
    stop = asyncio.Event()

    async def serve() -> None:
        language = English()
        types = declared_types(config)
        async with open_engine(
            store.of_life(life),
            config,
            types=types,
            clock=clock,
            agents={name: mortal(agent, life) for name, agent in agents.items()},
            model=model,
            rules=OfflineModel(language),
            language=language,
            knowledge=NoKnowledge(),
            encoders=all_encoders(config, store.epoch),
            dependencies=dependencies,
            triggers=declared_triggers(config, agents, types),
        ) as engine:
            ready.set_result(engine)
            await stop.wait()

    task = asyncio.create_task(serve(), name="daemon in memory")
    await first_of(asyncio.shield(ready), asyncio.shield(task))
    if task.done():
        task.result()  # why it did not start
    return DaemonInMemory(life, await ready, task, stop)


async def first_of(*awaitables: Awaitable[object]) -> None:
    """Wait until the first of these is done, and cancel the others."""
    tasks = [asyncio.ensure_future(one) for one in awaitables]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
