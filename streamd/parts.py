"""The parts of the daemon, configured: store, knowledge base, model, agents, encoders and limits."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import attrs
import structlog

from streamd.access import Access
from streamd.agents import BUILT_IN, all_agents
from streamd.config import Config, with_lines
from streamd.core.declared.declarations import item_types_from
from streamd.core.declared.item_limits import ItemLimits
from streamd.core.declared.misfits import Misfit, Misfits
from streamd.core.item_type import ItemTypes
from streamd.core.run import AGENT_TYPES
from streamd.edge.ws import websocket_encoders
from streamd.engine.live import INTENT
from streamd.errors import ConfigurationError, Mistake, did_you_mean
from streamd.ports.agent import Agent
from streamd.ports.clock import Clock
from streamd.ports.encoder import Encoders
from streamd.ports.knowledge import Knowledge, NoKnowledge
from streamd.ports.language import Language
from streamd.ports.store import Store
from streamd.stores import open_sqlite, stored_items
from streamd.wire.replies import REPLY_TYPES

if TYPE_CHECKING:
    from streamd.core.triggers.declarations import ActiveTrigger

log = structlog.get_logger(__name__)

MEMORY: Final = ":memory:"
_PAUSE_SECONDS: Final = 0.01
"""Between two blocks of stored items that are checked while the daemon serves."""


def open_store(config: Config) -> AbstractAsyncContextManager[Store]:
    """Open the configured store of items and journal."""
    if config.store.path == MEMORY:
        from streamd.stores import open_memory

        return open_memory()
    return open_sqlite(config.store.path, readers=config.store.readers)


@asynccontextmanager
async def open_access(config: Config, clock: Clock) -> AsyncIterator[Access]:
    """Open the keys of access, where a token is asked for, and keep them up to date."""
    if not config.auth.required:
        yield Access(required=False, clock=clock)
        return
    from streamd.stores.access_keys import open_access_keys

    async with open_access_keys(config.store.path) as stored:
        access = Access(required=True, clock=clock, stored=stored)
        await access.load()
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(access.watch(), name="access")
            yield access
            watching.cancel()


@asynccontextmanager
async def open_documents(config: Config) -> AsyncIterator[Knowledge]:
    """Open the knowledge base over the configured folder and rescan it periodically; `NoKnowledge` without a folder."""
    options = config.knowledge
    if not options.folder:
        yield NoKnowledge()
        return
    from streamd.stores.knowledge import open_knowledge

    index = MEMORY if config.store.path == MEMORY else f"{config.store.path}-knowledge"
    async with (
        open_knowledge(
            options.folder,
            index_path=index,
            every_seconds=options.scan_seconds,
            max_file_bytes=options.max_file_bytes,
        ) as knowledge,
        asyncio.TaskGroup() as tasks,
    ):
        watching = tasks.create_task(knowledge.watch(), name="knowledge")
        yield knowledge
        watching.cancel()


def declared_types(config: Config) -> ItemTypes:
    """The declared item types, and the rules for all items. Raises ConfigurationError."""
    return item_types_from(
        config.item_types,
        accept_undeclared=config.items.accept_undeclared,
        limits=ItemLimits(config.items.max_item_bytes, config.items.max_list_members),
    )


def installed_agents(config: Config, language: Language) -> Mapping[str, Agent]:
    """The built-in agents and those of other packages, by name.

    Raises:
        ConfigurationError: an agent cannot be loaded, takes a name, an id, an intent or a phrase of another, or emits a type
            of response that is the type of a reply.

    """
    agents = all_agents(language, replacing_agents(config))
    mistakes = [
        Mistake(f"agent {agent.name}", f"cannot emit {', '.join(taken)}: replies to clients have that type")
        for agent in agents.values()
        if (taken := sorted(agent.responses & REPLY_TYPES - AGENT_TYPES))
    ]
    if INTENT in agents:
        told = "has a name under which the configuration sets the model that classifies requests; give it another"
        mistakes.append(Mistake(f"agent {INTENT}", told))
    if mistakes:
        raise ConfigurationError(mistakes)
    return agents


def declared_triggers(
    config: Config, agents: Mapping[str, Agent], types: ItemTypes
) -> Mapping[str, "ActiveTrigger"]:
    """The triggers of the configuration and of agents, by name, where those of the configuration come first.

    Raises:
        ConfigurationError: a trigger names what is not there, or cannot be read; all such mistakes at once.

    """
    if not config.triggers and not any(agent.triggers for agent in agents.values()):
        return {}
    from streamd.core.triggers.declarations import Declaration, active_triggers
    from streamd.core.triggers.trigger import Trigger

    declarations: list[Declaration] = []
    mistakes: list[Mistake] = []
    for name, options in config.triggers.items():
        if not options.agent:
            continue  # which is told where the options are read, as is that there is no request
        given = {
            key: value for key, value in attrs.asdict(options, recurse=False).items() if value is not None
        } | {"request": options.request or "?"}
        try:
            declarations.append(Declaration(Trigger(name, **given), f"triggers.{name}"))
        except ValueError:
            mistakes.append(
                Mistake(f"triggers.{name}", "needs a name of small letters, digits, - and _, at most 64")
            )
    declarations += [
        Declaration(
            attrs.evolve(trigger, agent=agent.name),
            f"agent {agent.name} ({trigger.origin}): trigger {trigger.name}",
        )
        for agent in agents.values()
        for trigger in agent.triggers
        if trigger.name not in config.triggers
    ]
    found, wrong = active_triggers(declarations, agents, types, config.runs.time_zone)
    mistakes += wrong
    if mistakes:
        raise ConfigurationError(with_lines(mistakes, config.source))
    return found


def warnings_about(config: Config, agents: Mapping[str, Agent]) -> list[Mistake]:
    """Probable mistakes in the configuration that may be right tomorrow: nothing that stops the daemon."""
    found = unused_agent_options(config, agents)
    if config.mcp:
        from streamd.mcp import unused_servers

        found += unused_servers(config)
    folder = config.knowledge.folder
    if folder and not Path(folder).is_dir():
        found.append(
            Mistake("knowledge.folder", f"there is no folder {folder}; until there is, no document is found")
        )
    return with_lines(found, config.source)


def doubtful_types(config: Config, types: ItemTypes, language: Language) -> list[Mistake]:
    """Probable mistakes in the item types: criteria that nothing can meet, and words that mean something else in requests."""
    from streamd.core.declared.impossible import impossible_criteria

    words = [Mistake(f"item_types.{path}", why) for path, why in language.doubtful_words(types)]
    return with_lines([*impossible_criteria(types), *words], config.source)


def stored_misfits(
    config: Config, types: ItemTypes, pause: Callable[[], bool] = lambda: False
) -> list[Misfit]:
    """Count the stored items that do not fit the declarations. `pause` is called between blocks, and says whether to stop."""
    misfits = Misfits(types)
    if config.store.path != MEMORY:
        for block in stored_items(config.store.path):
            for workspace, item in block:
                misfits.take(workspace, item)
            if pause():
                return []
    return misfits.all()


async def log_doubts(config: Config, types: ItemTypes, language: Language) -> None:
    """Log what is doubtful about the declarations, and which stored items do not fit them.

    In a thread, with pauses, as it is not urgent.
    """
    stop = threading.Event()
    try:
        log_warnings(await asyncio.to_thread(doubtful_types, config, types, language))
        for one in await asyncio.to_thread(stored_misfits, config, types, lambda: stop.wait(_PAUSE_SECONDS)):
            log.warning(
                "items_do_not_fit", workspace=one.workspace, item_type=one.item_type, field=one.field,
                count=one.count, items=one.item_ids, why=one.why,
                mend="`streamd migrate-items` mends what can be read as the declared type",
            )  # fmt: skip
    finally:
        stop.set()


def log_warnings(warnings: Iterable[Mistake]) -> None:
    """Log probable mistakes in the configuration."""
    for warning in warnings:
        log.warning("configuration_warning", option=warning.where, line=warning.line, what=warning.what)


def unused_agent_options(config: Config, agents: Mapping[str, Agent]) -> list[Mistake]:
    """Find options that have no effect on these agents: of an agent that is not there, or that replaces nothing.

    They keep nothing from starting: the package of the agent may come back.
    """
    built_in = {agent.name: agent for agent in BUILT_IN}
    unused = [
        Mistake(
            f"agents.{name}",
            f"has no effect: no agent of this name is installed{did_you_mean(name, [*agents, INTENT])}",
        )
        for name in config.agents
        if name not in agents and name != INTENT
    ]
    unused += [
        Mistake(
            f"agents.{name}.replaces",
            "has no effect: this is the built-in agent; none is installed in its place",
        )
        for name in sorted(replacing_agents(config) & built_in.keys())
        if agents[name] == built_in[name]
    ]
    return unused


def replacing_agents(config: Config) -> frozenset[str]:
    """Names of installed agents that may take the place of others."""
    return frozenset(name for name, overrides in config.agents.items() if overrides.replaces)


def all_encoders(config: Config, epoch: str) -> Encoders:
    """Encoders of all edges, by name; positions are of a journal with this epoch."""
    encoders = websocket_encoders(config.ws.compress_min_bytes)
    if not config.http.enabled:
        return encoders
    from streamd.edge.http import http_encoders

    return {**encoders, **http_encoders(epoch)}
