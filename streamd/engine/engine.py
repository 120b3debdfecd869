"""The engine: everything between a message and the disk, opened and ended in order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Final

import attrs
import structlog

from streamd.core.item_type import ItemTypes
from streamd.engine.delivery.broadcaster import Broadcaster
from streamd.engine.delivery.catch_up import CatchUp
from streamd.engine.delivery.hub import Hub
from streamd.engine.delivery.outbox import Outbox, Sink
from streamd.engine.delivery.resync import resync_lost
from streamd.engine.delivery.snapshot_cache import Snapshots
from streamd.engine.housekeeping import run_housekeeping
from streamd.engine.journal.event_queue import EventQueue
from streamd.engine.journal.following import follow_others
from streamd.engine.journal.writer import Journal
from streamd.engine.lifecycle.interrupts import Interrupts
from streamd.engine.lifecycle.recovery import recover
from streamd.engine.lifecycle.runs import Runs
from streamd.engine.lifecycle.thread_history import Threads
from streamd.engine.live.intent_routes import IntentRoutes
from streamd.engine.live.progress_board import ProgressBoard
from streamd.engine.live.run_services import RunLimits, RunServices
from streamd.engine.live.shared_items import SharedItems
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.encoder import Encoders
from streamd.ports.knowledge import Knowledge
from streamd.ports.language import Language
from streamd.ports.model import Model
from streamd.ports.store import Store

log = structlog.get_logger(__name__)

_EVENT_QUEUE_BYTES: Final = 16 * 1024 * 1024
"""What may wait between the writer and the broadcaster."""


@attrs.frozen
class EngineLimits:
    """Bounds of what the engine keeps and takes. See `[journal]`, `[runs]` and `[store]` in `config.toml`."""

    group_commit_max: int = 512
    queue_max: int = 4096
    window_entries: int = 4096
    window_bytes: int = 8 * 1024 * 1024
    retain_entries: int = 1_000_000
    retain_seconds: float = 604_800.0
    op_retain_seconds: float = 86_400.0
    trim_seconds: float = 60.0
    max_memories: int = 100_000
    runs: RunLimits = attrs.field(factory=RunLimits)


@attrs.frozen
class Engine:
    """What sessions use."""

    store: Store
    types: ItemTypes
    clock: Clock
    journal: Journal
    hub: Hub
    catch_up: CatchUp
    snapshots: Snapshots
    runs: Runs
    interrupts: Interrupts
    threads: Threads
    board: ProgressBoard
    broadcaster: Broadcaster
    encoders: Encoders
    spawn: Callable[..., asyncio.Task[None]]
    """Starts a named task that the engine owns; a failure in it is logged and takes nothing else down."""

    def open_outbox(self, sink: Sink) -> Outbox:
        """The outbox of a new connection, which asks for its encoders by name."""
        return Outbox(sink, self.catch_up, self.encoders)

    async def drain(self, seconds: float) -> None:
        """Let the runs that are going on end, then take no more writes, commit and tell what is there."""
        await self.runs.drain(seconds)
        self.journal.seal()
        await self.broadcaster.ended.wait()


@asynccontextmanager
async def open_engine(
    store: Store,
    *,
    types: ItemTypes,
    clock: Clock,
    agents: Mapping[str, Agent],
    limits: EngineLimits,
    model: Model,
    rules: Model,
    language: Language,
    knowledge: Knowledge,
    encoders: Encoders,
) -> AsyncIterator[Engine]:
    """Start the engine's tasks; at the end let the writer and the broadcaster finish, and stop the rest.

    A long-lived task that dies takes the whole group, and with it the daemon, down.
    """
    events = EventQueue(_EVENT_QUEUE_BYTES)
    journal = Journal(
        store, types, clock, events, batch_max=limits.group_commit_max, queue_max=limits.queue_max
    )
    hub = Hub(
        store,
        encoders,
        window_entries=limits.window_entries,
        window_bytes=limits.window_bytes,
    )
    broadcaster = Broadcaster(events, hub)
    catch_up = CatchUp(store)
    snapshots = Snapshots(store, hub)
    async with store.lease() as owner, store.follow() as followed, asyncio.TaskGroup() as tasks:

        def spawn(work: Coroutine[object, object, None], *, name: str) -> asyncio.Task[None]:
            return tasks.create_task(_guarded(work, name), name=name)

        board = ProgressBoard(journal, store, clock, lambda name: _agent_id(agents, name))
        equipment = RunServices(
            journal=journal,
            store=store,
            shared_items=SharedItems(store),
            knowledge=knowledge,
            model=model,
            rules=rules,
            language=language,
            types=types,
            clock=clock,
            agents=agents,
            routes=IntentRoutes.of(agents),
            board=board,
            limits=limits.runs,
            owner=owner,
        )
        runs = Runs(equipment, hub, spawn)
        interrupts = Interrupts(runs)
        engine = Engine(
            store=store,
            types=types,
            clock=clock,
            journal=journal,
            hub=hub,
            catch_up=catch_up,
            snapshots=snapshots,
            runs=runs,
            interrupts=interrupts,
            threads=Threads(runs),
            board=board,
            broadcaster=broadcaster,
            encoders=encoders,
            spawn=spawn,
        )
        tasks.create_task(journal.run(), name="journal writer")
        tasks.create_task(broadcaster.run(), name="broadcaster")
        endless = [
            tasks.create_task(follow_others(followed, events), name="follower"),
            tasks.create_task(catch_up.run(), name="catch-up"),
            tasks.create_task(resync_lost(catch_up, snapshots), name="resync"),
            tasks.create_task(
                run_housekeeping(
                    store=store,
                    journal=journal,
                    snapshots=snapshots,
                    clock=clock,
                    retain_entries=limits.retain_entries,
                    retain_seconds=limits.retain_seconds,
                    op_retain_seconds=limits.op_retain_seconds,
                    max_memories=limits.max_memories,
                    runs=runs,
                    interrupts=interrupts,
                    every_seconds=limits.trim_seconds,
                ),
                name="housekeeping",
            ),
        ]
        try:
            await recover(engine.runs)
            yield engine
        finally:
            journal.seal()  # the writer ends when its queue is empty, and the broadcaster after it
            for task in endless:
                task.cancel()
            await snapshots.close()


async def _guarded(work: Coroutine[object, object, None], name: str) -> None:
    try:
        await work
    except asyncio.CancelledError:
        raise
    except BaseException:
        log.exception("task_failed", task=name)


def _agent_id(agents: Mapping[str, Agent], name: str) -> str:
    """How events name an agent."""
    agent = agents.get(name)
    return name if agent is None else agent.agent_id or agent.name
