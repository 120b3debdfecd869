"""The daemon's engine in memory, with agents, items and a model of a test's choice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_urlsafe
from typing import Any, Final, TypeVar

import attrs
import orjson

from streamd import service
from streamd.agents import BUILT_IN
from streamd.agents.installation import InstalledAgent, merged_agents
from streamd.config import Config, load
from streamd.core.brackets import BRACKET_TYPES
from streamd.core.change import AddItem, Change
from streamd.core.item import Item, Seq
from streamd.core.position import StreamName, run_stream, workspace_stream
from streamd.core.principal import ANONYMOUS_PRINCIPAL
from streamd.core.prompt import Prompt
from streamd.core.run import RunFilter, RunOptions, RunRecord
from streamd.core.thread import InterruptAnswer, InterruptId
from streamd.engine import SystemClock
from streamd.errors import ConfigurationError
from streamd.facts import define
from streamd.language import English
from streamd.models.offline import OfflineModel
from streamd.parts import declared_triggers, declared_types, replacing_agents
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.store import UNFINISHED
from streamd.ports.tool import Dependency
from streamd.testing._daemon_in_memory import DaemonInMemory, first_of, start_daemon
from streamd.testing._killing import MortalStore
from streamd.testing.results import RunResult
from streamd.testing.script import Script, ScriptedModel
from streamd.wire.codec import parse
from streamd.wire.messages.edit_messages import (
    AddItemMessage,
    ChangeItemMessage,
    PublishMessage,
    RemoveItemMessage,
)

T = TypeVar("T")

WORKSPACE: Final = "default"
_PAGE: Final = 1000


@define(eq=False)
class Harness:
    """A daemon in memory, to be asked as a client would; `open_harness` makes one."""

    config: Config
    agents: Mapping[str, Agent]
    model: ScriptedModel | OfflineModel
    user_id: str
    kill_after: int | None = None
    """Awaits of agents after which the daemon is killed, once; None: never."""
    dependencies: Mapping[Dependency, Dependency] = attrs.field(factory=dict)
    """What is opened in the place of dependencies of tools."""
    kills: int = 0
    """How often it was killed."""
    clock: Clock = attrs.field(factory=SystemClock, kw_only=True)
    _store: MortalStore = attrs.field(factory=MortalStore)
    _process: DaemonInMemory | None = None
    _dead: list[DaemonInMemory] = attrs.field(factory=list)

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def request(
        self,
        user_input: str,
        *,
        agent: str = "",
        context: Mapping[str, object] | None = None,
        thread_id: str = "",
        options: RunOptions | None = None,
        user_id: str | None = None,
    ) -> RunResult:
        """Make a request and wait until its run ends or asks something, also through a kill of the daemon.

        As for clients, "yes" and "no" in a thread with one open question answer it: the result is the run that goes on.

        Raises:
            RefusedError: the request is refused before it begins.

        """
        actor, op_id = (
            self._actor(user_id),
            token_urlsafe(8),
        )  # asked again after a kill it is the same request
        handle, _ = await self._asked(
            lambda process: service.start_or_answer(
                self._service(process), actor, user_input,
                context=context or {}, agent=agent, thread_id=thread_id, options=options or RunOptions(), op_id=op_id,
            )
        )  # fmt: skip
        return await self._end_of(handle.record)

    async def respond(
        self, interrupt_id: InterruptId, answer: InterruptAnswer, user_id: str | None = None
    ) -> RunResult:
        """Answer a question and wait for the run that goes on."""
        handle = await self._asked(
            lambda process: service.answer_interrupt(
                self._service(process), self._actor(user_id), interrupt_id, answer
            )
        )
        return await self._end_of(handle.record)

    async def _asked(self, ask: Callable[[DaemonInMemory], Awaitable[T]]) -> T:
        """Return what the daemon answers; one that was killed meanwhile is asked again, as a client does."""
        while True:
            process = await self._alive()
            asking = asyncio.ensure_future(ask(process))
            await first_of(asyncio.shield(asking), process.killed())
            if asking.done():
                return asking.result()
            asking.cancel()

    async def _end_of(self, record: RunRecord) -> RunResult:
        while True:
            process = await self._alive()
            run = process.engine.runs.find(record.run_id)
            if run is not None:
                await first_of(run.control.ended.wait(), process.killed())
            stored = await self._store.run(WORKSPACE, record.run_id)
            if stored is not None and stored.status not in UNFINISHED:
                break
        return RunResult(
            record.run_id,
            record.thread_id,
            await self._contents(run_stream(WORKSPACE, record.run_id), "run_seq"),
            self.respond,
        )

    # ── triggers ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def settled(self) -> None:
        """Wait until no trigger has anything to do and their runs have ended, also through a kill of the daemon."""
        while True:
            process = await self._alive()
            triggers = process.engine.triggers
            if triggers is not None:
                await first_of(triggers.settled(), process.killed())
            if not process.life.killed.is_set():
                return

    async def triggered(self, trigger: str) -> list[RunResult]:
        """The runs that a trigger has started, in order, once all triggers are settled."""
        await self.settled()
        found = await self._store.runs(WORKSPACE, RunFilter(trigger=trigger), _PAGE)
        return [await self._end_of(record) for record in reversed(found)]

    # ── items and events ─────────────────────────────────────────────────────────────────────────────────────────────

    async def add(self, *items: Mapping[str, object]) -> None:
        """Add items, as `add_item` does. Raises RefusedError."""
        for item in items:
            await self.edit(type="add_item", item=item)

    async def edit(self, **message: object) -> None:
        """Change what is there as another client would: `add_item`, `change_item`, `remove_item` or `publish`.

        Raises:
            RefusedError: the edit is refused.
            ValueError: it is another message.

        """
        process = await self._alive()
        actor = self._actor(None)
        change: Change
        match parse(orjson.dumps(message)):
            case AddItemMessage(item=item):
                made = service.new_item_id(self._service(process), actor, item.fields.get("type"))
                change = AddItem(item.item_id or made, item.fields)
            case (
                ChangeItemMessage(change=change)
                | RemoveItemMessage(change=change)
                | PublishMessage(change=change)
            ):
                pass
            case other:
                raise ValueError(f"{other.type} changes no item")
        await self._asked(lambda process: service.edit_all(self._service(process), actor, [change]))

    async def items(self, *item_types: str) -> Sequence[Item]:
        """The items (of these types) as they are now, in the order in which they were added."""
        return await self._store.items(WORKSPACE, frozenset(item_types) or None)

    async def events(self) -> list[Mapping[str, Any]]:
        """All events of items, in order, as messages of the protocol."""
        return await self._contents(workspace_stream(WORKSPACE), "seq")

    @property
    def prompts(self) -> Sequence[Prompt]:
        """Prompts that the scripted model was given, in order."""
        return self.model.prompts if isinstance(self.model, ScriptedModel) else ()

    async def _contents(self, stream: StreamName, place: str) -> list[Mapping[str, Any]]:
        found: list[Mapping[str, Any]] = []
        after = Seq(0)
        while page := await self._store.entries(stream, after, _PAGE):
            found += [
                {**orjson.loads(one.body), place: one.seq}
                for one in page
                if one.event_type not in BRACKET_TYPES
            ]
            after = page[-1].seq
        return found

    # ── lives ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def restart(self) -> None:
        """Stop the daemon as a service manager would, and start it again."""
        if self._process is not None:
            await self._process.end()
            self._process = None
        await self._alive()

    async def kill(self) -> None:
        """Kill the daemon where it stands, and start it again."""
        (await self._alive()).life.killed.set()
        await self._alive()

    async def close(self) -> None:
        """Stop the daemon, and clear away what kills left."""
        for process in [*self._dead, *([] if self._process is None else [self._process])]:
            await process.end()

    async def _alive(self) -> DaemonInMemory:
        """The daemon's process: a new one when the last was killed."""
        if self._process is not None and self._process.life.killed.is_set():
            self._dead.append(self._process)
            self._process = None
            self.kills += 1
            self.kill_after = None
            if isinstance(self.model, ScriptedModel):
                self.model.be_killed()
        if self._process is None:
            self._process = await start_daemon(
                self._store, self.kill_after, self.config, self.agents, self.model, self.dependencies, self.clock
            )  # fmt: skip
        return self._process

    def _service(self, process: DaemonInMemory) -> service.Service:
        return service.Service(process.engine)

    def _actor(self, user_id: str | None) -> service.Actor:
        return service.Actor.of(ANONYMOUS_PRINCIPAL, WORKSPACE, user_id or self.user_id)


@asynccontextmanager
async def open_harness(
    *agents: Agent,
    items: Iterable[Mapping[str, object]] = (),
    model: Script | None = None,
    config: Path | None = None,
    user_id: str = "tester",
    kill_after: int | None = None,
    dependencies: Mapping[Dependency, Dependency] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Harness]:
    """Start a daemon in memory.

    Args:
        agents: those under test, beside the built-in ones.
        items: the items that are there, as in `add_item`.
        model: the turns of a language model, in the order in which the agents ask for them; None: the offline model.
        config: a configuration file; None: the shipped defaults. Triggers are declared there, or by the agents.
        user_id: who asks, where a request says nothing else.
        kill_after: awaits of the agents after which the daemon is killed.
        dependencies: what is opened in the place of dependencies of tools: `{open_prices: open_made_up_prices}`.
        clock: for schedules; None: that of this machine.

    Raises:
        ConfigurationError: the configuration or a trigger is wrong, or an agent takes a name, an intent or a phrase of another.
        RefusedError: an item is refused.

    """
    loaded = load(config, environ={"STREAMD_MODELS__RETRY_BASE_SECONDS": "0.001"}, searched=())
    installed = [InstalledAgent(agent, f"agent {agent.name}") for agent in agents]
    merged, mistakes = merged_agents(BUILT_IN, installed, English(), replacing_agents(loaded))
    if mistakes:
        raise ConfigurationError(mistakes)
    declared_triggers(loaded, merged, declared_types(loaded))  # or it says what is wrong with them
    answering = OfflineModel(English()) if model is None else ScriptedModel(model)
    harness = Harness(
        loaded, merged, answering, user_id, kill_after, dependencies or {}, clock=clock or SystemClock()
    )
    try:
        await harness.add(*items)
        yield harness
    finally:
        await harness.close()
