"""The engine: everything between a message and the disk, started and stopped in order."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

import structlog

from streamd.config import Config
from streamd.core.item_type import ItemTypes
from streamd.engine._declared_triggers import triggers_at_work
from streamd.engine._dependencies import open_dependencies
from streamd.engine._engine_tasks import ended_in_time, guarded
from streamd.engine._housekeeping import run_housekeeping
from streamd.engine.delivery import (
    Broadcaster,
    CatchUp,
    Hub,
    Outbox,
    PastItems,
    Sink,
    Snapshots,
    SpoolRoom,
    StandingBroadcasts,
    WaitingBytes,
    resync_lost,
)
from streamd.engine.journal import Ages, EventQueue, Journal, WriteProbe, follow_others
from streamd.engine.lifecycle import Interrupts, Runs, Threads, recover
from streamd.engine.live import (
    IntentRoutes,
    LoopWatch,
    ModelPaces,
    ModelWindows,
    Preload,
    ProgressBoard,
    RunServices,
    SharedItems,
    Spending,
)
from streamd.facts import frozen
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.encoder import Encoders
from streamd.ports.knowledge import Knowledge
from streamd.ports.language import Language
from streamd.ports.metrics import Metrics
from streamd.ports.model import Model
from streamd.ports.store import Store
from streamd.ports.tool import Dependency
from streamd.ports.tool_source import NoToolSource, ToolSource

if TYPE_CHECKING:
    from streamd.core.triggers.declarations import ActiveTrigger
    from streamd.engine.triggers import Triggers

log = structlog.get_logger(__name__)

_EVENT_QUEUE_BYTES: Final = 16 * 1024 * 1024
"""Limit of the queue between the writer and the broadcaster."""


@frozen
class Engine:
    """The parts of the engine that sessions use."""

    store: Store
    types: ItemTypes
    clock: Clock
    journal: Journal
    write_probe: WriteProbe
    hub: Hub
    catch_up: CatchUp
    snapshots: Snapshots
    past_items: PastItems
    standing: StandingBroadcasts
    """How the feeds stand, for who begins to follow one."""
    waiting: WaitingBytes
    uploads: WaitingBytes
    """The account of files that clients send in parts."""
    upload_room: SpoolRoom
    """Where those are until they are imported."""
    runs: Runs
    interrupts: Interrupts
    threads: Threads
    board: ProgressBoard
    broadcaster: Broadcaster
    metrics: Metrics
    encoders: Encoders
    agents: Mapping[str, Agent]
    model: Model
    config: Config
    spawn: Callable[..., asyncio.Task[None]]
    """Starts a named task that the engine owns; a failure in it is logged and stops nothing else."""

    triggers: "Triggers | None"
    """None: no trigger is declared."""

    preload: Callable[[], None]
    """Starts to load what only runs need; called when the daemon is ready."""

    def open_outbox(self, sink: Sink, user: str) -> Outbox:
        """Create the outbox of a user's new connection, with the encoders that its sink names."""
        return Outbox(sink, self.catch_up, self.encoders, self.waiting.of(user))

    async def drain(self, seconds: float) -> None:
        """Wait for the running runs, then refuse writes, and commit and deliver those that are queued."""
        await self.runs.drain(seconds)
        self.journal.seal()
        await self.broadcaster.ended.wait()


@asynccontextmanager
async def open_engine(
    store: Store,
    config: Config,
    *,
    types: ItemTypes,
    clock: Clock,
    agents: Mapping[str, Agent],
    model: Model,
    rules: Model,
    language: Language,
    knowledge: Knowledge,
    encoders: Encoders,
    triggers: "Mapping[str, ActiveTrigger] | None" = None,
    more_tools: ToolSource | None = None,
    load: Callable[[], None] | None = None,
    dependencies: Mapping[Dependency, Dependency] | None = None,
    takes_runs: bool = True,
) -> AsyncIterator[Engine]:
    """Start the engine's tasks; at exit let the writer and the broadcaster finish, and cancel the rest.

    `load` is called in a thread after `Engine.preload`, or before the first run: what only runs need. `dependencies` of tools are
    opened in the place of others, for tests; all of them are closed when the runs have ended. `triggers` start runs without
    anybody asking. Without `takes_runs` no run is started or resumed. A long-lived task that fails stops the daemon.
    """
    events = EventQueue(_EVENT_QUEUE_BYTES)
    period_seconds = max(config.journal.retain_seconds, config.journal.op_retain_seconds)
    ages = Ages(clock, store, int(period_seconds * 1000))
    await ages.load()
    metrics = Metrics()
    journal = Journal(
        store,
        types,
        clock,
        events,
        ages=ages,
        metrics=metrics,
        batch_max=config.store.group_commit_max,
        queue_max=config.journal.queue_max,
    )
    hub = Hub(
        store,
        encoders,
        window_entries=config.journal.window_entries,
        window_bytes=config.journal.window_bytes,
        windows_memory=config.limits.waiting_bytes // 8,
    )
    broadcaster = Broadcaster(events, hub, metrics)
    catch_up = CatchUp(store)
    new_room = partial(SpoolRoom, store.directory, memory_bytes=config.limits.waiting_bytes // 4)
    snapshots = Snapshots(store, hub, types, new_room(file_bytes=config.limits.unread_file_bytes))
    past_items, standing = PastItems(store), StandingBroadcasts(store)
    async with (
        store.lease() as owner,
        store.follow() as followed,
        open_dependencies(agents.values(), dependencies) as opened,
        asyncio.TaskGroup() as tasks,
    ):
        spawned: set[asyncio.Task[None]] = set()

        def spawn(work: Coroutine[object, object, None], *, name: str) -> asyncio.Task[None]:
            task = tasks.create_task(guarded(work, name), name=name)
            spawned.add(task)
            task.add_done_callback(spawned.discard)
            task.add_done_callback(lambda _: work.close())  # it was not begun if it was cancelled that soon
            return task

        board = ProgressBoard(journal, store, clock, lambda name: _agent_id(agents, name))
        preload, loop_watch = Preload(load), LoopWatch()
        waiting = WaitingBytes(config.limits.waiting_bytes, config.limits.waiting_bytes_per_user)
        services = RunServices(
            metrics=metrics,
            waiting=waiting,
            journal=journal,
            store=store,
            shared_items=SharedItems(store, types, language),
            knowledge=knowledge,
            model=model,
            rules=rules,
            language=language,
            types=types,
            clock=clock,
            agents=agents,
            routes=IntentRoutes.of(agents),
            board=board,
            options=config.runs,
            model_options=config.models,
            agent_options=config.agents,
            preload=preload,
            paces=ModelPaces(),
            windows=ModelWindows.configured(config),
            spending=Spending(store, journal, clock, config.budget),
            owner=owner,
            dependencies=opened,
            loop_watch=loop_watch,
            more_tools=more_tools or NoToolSource(),
        )
        runs = Runs(services, hub, spawn)
        runs.is_draining = not takes_runs
        interrupts = Interrupts(runs)
        at_work = await triggers_at_work(runs, hub, triggers or {}) if takes_runs else None
        engine = Engine(
            store=store,
            types=types,
            clock=clock,
            journal=journal,
            write_probe=WriteProbe(journal, ages),
            hub=hub,
            catch_up=catch_up,
            snapshots=snapshots,
            past_items=past_items,
            standing=standing,
            waiting=waiting,
            uploads=WaitingBytes(config.limits.upload_bytes, config.limits.upload_bytes_per_user),
            upload_room=new_room(file_bytes=config.limits.upload_bytes),
            runs=runs,
            interrupts=interrupts,
            threads=Threads(runs),
            board=board,
            broadcaster=broadcaster,
            metrics=metrics,
            encoders=encoders,
            agents=agents,
            model=model,
            config=config,
            spawn=spawn,
            triggers=at_work,
            preload=preload.start,
        )
        tasks.create_task(journal.run(), name="journal writer")
        tasks.create_task(broadcaster.run(), name="broadcaster")
        endless = [
            tasks.create_task(preload.run(), name="preload"),
            tasks.create_task(follow_others(followed, events), name="follower"),
            tasks.create_task(catch_up.run(), name="catch-up"),
            tasks.create_task(interrupts.expire_in_time(ages), name="expiries"),
            tasks.create_task(resync_lost(catch_up, snapshots), name="resync"),
            tasks.create_task(
                run_housekeeping(
                    store=store,
                    journal=journal,
                    forget_unused=(
                        hub.forget_idle,
                        journal.forget_unused,
                        catch_up.forget_unused,
                        snapshots.forget_unused,
                        past_items.forget_unused,
                        standing.forget_unused,
                        services.shared_items.vocabularies.forget_unused,
                    ),
                    ages=ages,
                    retain_entries=config.journal.retain_entries,
                    retain_seconds=config.journal.retain_seconds,
                    retain_checkpoints=config.journal.retain_checkpoints,
                    retain_usage_days=config.journal.retain_usage_days,
                    op_retain_seconds=config.journal.op_retain_seconds,
                    max_memories=config.memory.max_memories,
                    runs=runs,
                    interrupts=interrupts,
                    every_seconds=config.journal.trim_seconds,
                ),
                name="housekeeping",
            ),
        ]
        try:
            if at_work is not None:
                await at_work.open()
            await recover(engine.runs)
            if at_work is not None:
                endless.append(tasks.create_task(at_work.run(), name="triggers"))
            yield engine
        finally:
            journal.seal()  # the writer ends when its queue is empty, and the broadcaster after it
            for task in endless:
                task.cancel()
            await snapshots.close()
            await ended_in_time(spawned)
            loop_watch.end()


def _agent_id(agents: Mapping[str, Agent], name: str) -> str:
    """The id of an agent in events."""
    return agents[name].agent_id if name in agents else name
