"""The parts of the daemon, configured: store, knowledge base, model, agents, encoders and limits."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final

import attrs
import structlog

from streamd.agents import all_agents
from streamd.config import Config
from streamd.config.checks import is_loopback
from streamd.core.run import AGENT_TYPES
from streamd.core.usage import Price
from streamd.edge.ws.encoders import websocket_encoders
from streamd.edge.ws.listener import ListenerLimits
from streamd.edge.ws.sweeper import Timing
from streamd.engine.engine import EngineLimits
from streamd.engine.lifecycle.routing import INTENT
from streamd.engine.live.run_services import RunLimits
from streamd.errors import ConfigurationError, Mistake
from streamd.models.offline import OfflineModel
from streamd.ports.agent import Agent
from streamd.ports.encoder import Encoders
from streamd.ports.knowledge import Knowledge, NoKnowledge
from streamd.ports.model import Model
from streamd.ports.store import Store
from streamd.stores import open_memory, open_sqlite
from streamd.stores.knowledge import open_knowledge
from streamd.wire.replies import REPLY_TYPES

log = structlog.get_logger(__name__)

MEMORY: Final = ":memory:"


def open_store(config: Config) -> AbstractAsyncContextManager[Store]:
    """Open the configured store of items and journal."""
    if config.store.path == MEMORY:
        return open_memory()
    return open_sqlite(config.store.path, readers=config.store.readers)


@asynccontextmanager
async def open_documents(config: Config) -> AsyncIterator[Knowledge]:
    """Open the knowledge base over the configured folder and rescan it periodically; `NoKnowledge` without a folder."""
    options = config.knowledge
    if not options.folder:
        yield NoKnowledge()
        return
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


@asynccontextmanager
async def open_model(config: Config) -> AsyncIterator[Model]:
    """Open the configured language model, or the offline model when there is no key.

    Raises:
        ConfigurationError: a language model is configured and there is no key.

    """
    options = config.models
    if options.provider == "offline" or (options.provider == "auto" and not options.api_key):
        yield OfflineModel()
        return
    if not options.api_key:
        raise ConfigurationError(
            [Mistake("models.api_key", "is empty; set ANTHROPIC_API_KEY, or models.provider to offline")]
        )
    # Imported lazily: the import takes a second and 45 MB.
    from streamd.models.anthropic import AgentModel, Settings, open_anthropic  # noqa: PLC0415

    default = AgentModel(
        model=options.model,
        effort=options.effort or None,
        max_output_tokens=options.max_output_tokens,
        thinking=options.thinking,
        stall_seconds=options.stall_seconds,
    )
    agents = {INTENT: attrs.evolve(default, model=options.intent_model, effort=None, thinking=False)}
    for name, overrides in config.agents.items():
        usual = agents.get(name, default)
        agents[name] = AgentModel(
            model=usual.model if overrides.model is None else overrides.model,
            effort=usual.effort if overrides.effort is None else overrides.effort or None,
            max_output_tokens=overrides.max_output_tokens or usual.max_output_tokens,
            thinking=usual.thinking if overrides.thinking is None else overrides.thinking,
            stall_seconds=usual.stall_seconds if overrides.stall_seconds is None else overrides.stall_seconds,
        )
    prices = {
        model: Price(price.input, price.output, price.cache_write, price.cache_read)
        for model, price in config.prices.items()
    }
    settings = Settings(
        api_key=options.api_key,
        base_url=options.base_url or None,
        default=default,
        agents=agents,
        prices=prices,
    )
    async with open_anthropic(settings) as model:
        if options.check_at_start:
            for warning in await model.check_models():
                log.warning(
                    "model_check", model=warning.model, agents=list(warning.agents), what=warning.what
                )
        yield model


def installed_agents(config: Config) -> Mapping[str, Agent]:
    """The built-in agents and those of other packages, by name.

    Raises:
        ConfigurationError: an agent cannot be loaded, takes a name, an intent or a phrase of another, or emits a type of
            response that is the type of a reply.

    """
    agents = all_agents(frozenset(name for name, overrides in config.agents.items() if overrides.replaces))
    mistakes = [
        Mistake(f"agent {agent.name}", f"cannot emit {', '.join(taken)}: replies to clients have that type")
        for agent in agents.values()
        if (taken := sorted(agent.responses & REPLY_TYPES - AGENT_TYPES))
    ]
    if mistakes:
        raise ConfigurationError(mistakes)
    return agents


def engine_limits(config: Config) -> EngineLimits:
    """Limits of the engine, from the configuration."""
    runs, models = config.runs, config.models
    return EngineLimits(
        group_commit_max=config.store.group_commit_max,
        queue_max=config.journal.queue_max,
        window_entries=config.journal.window_entries,
        window_bytes=config.journal.window_bytes,
        retain_entries=config.journal.retain_entries,
        retain_seconds=config.journal.retain_seconds,
        op_retain_seconds=config.journal.op_retain_seconds,
        trim_seconds=config.journal.trim_seconds,
        max_memories=config.memory.max_memories,
        runs=RunLimits(
            max_concurrent=runs.max_concurrent,
            max_concurrent_per_user=runs.max_concurrent_per_user,
            timeout_seconds=runs.request_timeout_seconds,
            max_items=runs.max_items_per_run,
            approve_removals_over=runs.approve_removals_over,
            interrupt_expires_seconds=runs.interrupt_expires_seconds,
            max_attempts=runs.max_attempts,
            max_tokens=runs.max_tokens,
            max_cost_usd=runs.max_cost_usd,
            max_model_turns=runs.max_model_turns,
            max_revisions=runs.max_revisions,
            supporting_timeout_seconds=runs.supporting_timeout_seconds,
            retry_base_seconds=models.retry_base_seconds,
            max_model_attempts=models.max_attempts,
            agent_timeout_seconds={
                name: overrides.timeout_seconds
                for name, overrides in config.agents.items()
                if overrides.timeout_seconds is not None
            },
            instructions={
                name: overrides.instructions
                for name, overrides in config.agents.items()
                if overrides.instructions
            },
        ),
    )


def all_encoders(config: Config) -> Encoders:
    """Encoders of all edges, by name."""
    return websocket_encoders(config.ws.compress_min_bytes)


def listener_limits(config: Config) -> ListenerLimits:
    """Limits of the WebSocket listener, from the configuration."""
    ws = config.ws
    return ListenerLimits(
        max_connections=ws.max_connections,
        max_message_bytes=ws.max_message_bytes,
        max_queue_messages=ws.max_queue_messages,
        max_bad_messages=ws.max_bad_messages,
        open_timeout_seconds=ws.open_timeout_seconds,
        close_timeout_seconds=ws.close_timeout_seconds,
        user_timeout_seconds=ws.user_timeout_seconds,
        write_high_water_bytes=ws.write_high_water_bytes,
        compression=ws.compression,
        allowed_origins=ws.allowed_origins,
        public=not is_loopback(ws.host),
        timing=Timing(
            ping_seconds=ws.ping_interval_seconds,
            idle_seconds=ws.idle_timeout_seconds,
            stall_seconds=ws.stall_timeout_seconds,
            heartbeat_seconds=ws.heartbeat_seconds,
        ),
    )
