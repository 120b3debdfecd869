"""The composition root: opens everything in order, reports ready, waits for a signal, and closes in reverse order."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, Final

import structlog

from streamd import __version__
from streamd.config import Config, is_loopback
from streamd.edge.connections import OpenConnections
from streamd.edge.ws import WebSocketListener, open_listener
from streamd.engine import Engine, SystemClock, open_engine
from streamd.errors import ListenError, StoreError, StreamdError
from streamd.event_selector import new_event_loop
from streamd.facts import frozen
from streamd.models.offline import OfflineModel
from streamd.models.opening import check_provider, open_model
from streamd.parts import (
    all_encoders,
    declared_triggers,
    declared_types,
    installed_agents,
    log_doubts,
    log_warnings,
    open_access,
    open_documents,
    open_store,
    warnings_about,
)
from streamd.ports.store import LostStoreError, Store
from streamd.ports.tool_source import NoToolSource, ToolSource
from streamd.preloading import english_on_first_use, load_rooms
from streamd.reload import LiveConfig
from streamd.runtime_tuning import collect_seldom, give_memory_back, tune_process
from streamd.service import Service
from streamd.signals import handle_signals
from streamd.systemd_notifier import SystemdNotifier

if TYPE_CHECKING:
    from streamd.edge.http import HttpListener

log = structlog.get_logger(__name__)

_LOST_DRAIN_SECONDS: Final = 0.5
"""How long clients have to get what was committed, once the store is lost: nothing more can be."""


@frozen
class Listeners:
    """Both listeners, which accept connections."""

    ws: WebSocketListener
    http: "HttpListener | None"

    @property
    def addresses(self) -> list[str]:
        """The listening addresses as URLs."""
        return [self.ws.address, *([] if self.http is None else self.http.addresses)]


def run(config: Config, load: Callable[[], Config]) -> int:
    """Serve until a signal stops the daemon; returns the exit status of the process.

    `load` reads the configuration again, when SIGHUP asks for that.

    Raises:
        StreamdError: the daemon could not start; the message tells the operator what to do.

    """
    try:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(_serve(config, load))
    except BaseExceptionGroup as group:
        # Task groups wrap exceptions; the operator needs the message of the original one.
        raise _innermost(group) from None
    return 0


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _tool_servers(config: Config) -> AbstractAsyncContextManager[ToolSource]:
    """Check what is said of MCP, and return its servers, not yet opened. Raises ConfigurationError."""
    if not config.mcp and not any(options.mcp for options in config.agents.values()):
        return nullcontext(NoToolSource())
    from streamd.mcp import check_tool_servers, open_tool_servers

    check_tool_servers(config)
    return open_tool_servers(config)


async def _serve(config: Config, load: Callable[[], Config]) -> None:
    stop = asyncio.Event()
    notifier = SystemdNotifier.from_environment(os.environ)
    types = declared_types(config)
    check_provider(config)
    tool_servers = _tool_servers(config)
    language = english_on_first_use()
    agents = installed_agents(config, language)
    triggers = declared_triggers(config, agents, types)
    log_warnings(warnings_about(config, agents))
    tune_process(config.ws.max_connections)
    async with (
        open_store(config) as store,
        open_documents(config) as knowledge,
        open_model(config, language) as model,
        tool_servers as more_tools,
        open_engine(
            store,
            config,
            types=types,
            clock=SystemClock(),
            agents=agents,
            model=model,
            rules=OfflineModel(language),
            language=language,
            knowledge=knowledge,
            more_tools=more_tools,
            encoders=all_encoders(config, store.epoch),
            triggers=triggers,
            load=load_rooms,
        ) as engine,
        _listening(engine, config) as listeners,
        _watchdog(engine, notifier),
    ):
        live = LiveConfig(config, load, listeners.ws.origins)
        handle_signals(stop, lambda: engine.spawn(live.reload(), name="reload"))
        collect_seldom()  # after all long-lived objects exist
        log.info(
            "daemon_started",
            store=config.store.path,
            model=model.name(""),
            config=str(config.source or "defaults"),
        )
        _report_ready(listeners, notifier)
        engine.preload()
        checking = engine.spawn(log_doubts(config, types, language), name="item check")
        returning = engine.spawn(give_memory_back(), name="memory")
        lost = await _stopped_or_lost(stop, store)
        checking.cancel()
        returning.cancel()
        if lost is None:
            await _drain(config, engine, listeners, notifier, config.drain.seconds)
        else:
            log.error("store_lost", reason=lost.message)
            await _drain(config, engine, listeners, notifier, _LOST_DRAIN_SECONDS)
            if isinstance(lost, LostStoreError):
                _exit_without_closing(lost)
            raise lost
    log.info("daemon_stopped")


async def _stopped_or_lost(stop: asyncio.Event, store: Store) -> StoreError | None:
    """Wait for a signal, or until the store is lost: then return why."""
    async with asyncio.TaskGroup() as tasks:
        stopping = tasks.create_task(stop.wait(), name="wait for signals")
        losing = tasks.create_task(store.lost(), name="watch the store")
        await asyncio.wait((stopping, losing), return_when=asyncio.FIRST_COMPLETED)
        lost = losing.result() if losing.done() else None
        stopping.cancel()
        losing.cancel()
    return lost


def _exit_without_closing(lost: LostStoreError) -> None:
    """End the process at once, with the status after which a service manager tries again."""
    sys.stderr.write(f"streamd: {lost.message}\n")
    sys.stderr.flush()
    os._exit(1)


async def _drain(
    config: Config, engine: Engine, listeners: Listeners, notifier: SystemdNotifier, seconds: float
) -> None:
    """Refuse new connections and requests, let runs end, deliver what is committed, then ask clients to reconnect later.

    Until the runs have ended, reads and edits are answered as ever.
    """
    notifier.stopping("draining", within_seconds=seconds * 2 + 15)
    ws, http = listeners.ws, listeners.http
    log.info("daemon_draining", runs=engine.runs.count, connections=ws.count + (http.count if http else 0))
    ws.refuse_connections()
    if http is not None:
        http.refuse_requests()
    await engine.drain(seconds)
    ws.refuse_reads()
    retry = config.drain.retry_min_ms, config.drain.retry_max_ms
    async with asyncio.TaskGroup() as draining:
        draining.create_task(ws.drain(seconds, *retry))
        if http is not None:
            draining.create_task(http.drain(seconds, *retry))


@asynccontextmanager
async def _listening(engine: Engine, config: Config) -> AsyncIterator[Listeners]:
    service, ws, http = Service(engine), config.ws, config.http
    connections = OpenConnections(ws.max_connections)
    async with AsyncExitStack() as stack:
        access = await stack.enter_async_context(open_access(config, engine.clock))
        async with _taking(ws.host, ws.port, "ws"):
            opening = open_listener(
                service,
                ws,
                public=_is_public(config),
                connections=connections,
                access=access,
                hello_seconds=config.auth.hello_seconds,
            )
            listener = await stack.enter_async_context(opening)
        if not http.enabled:
            yield Listeners(listener, None)
            return
        from streamd.edge.http import open_http_listener

        async with _taking(http.host, http.port, "http"):
            opened = await stack.enter_async_context(
                open_http_listener(
                    service, http, ws, listener.origins, connections, listener.new_socket, access
                )
            )
        yield Listeners(listener, opened)


def _is_public(config: Config) -> bool:
    """Whether any listener can be reached from other machines."""
    hosts = (config.ws.host, *(config.http.hosts if config.http.enabled else ()))
    return not all(is_loopback(host) for host in hosts)


@asynccontextmanager
async def _taking(host: str, port: int, table: str) -> AsyncIterator[None]:
    """Say what to do about an address that cannot be listened on."""
    try:
        yield
    except OSError as error:
        raise ListenError(
            f"cannot listen on {host}:{port}: {_reason(error)}; "
            f"if another daemon runs there, stop it or choose another {table}.port"
        ) from error


@asynccontextmanager
async def _watchdog(engine: Engine, notifier: SystemdNotifier) -> AsyncIterator[None]:
    """Feed the service manager's watchdog while the event loop runs and the journal's writer responds."""
    if notifier.watchdog_seconds is None:
        yield
        return

    async def feed(every: float) -> None:
        while True:
            with suppress(StreamdError):  # after the journal is sealed, a running loop is enough
                await engine.journal.flushed()
            notifier.alive()
            await asyncio.sleep(every)

    async with asyncio.TaskGroup() as tasks:
        feeding = tasks.create_task(feed(notifier.watchdog_seconds), name="watchdog")
        yield
        feeding.cancel()


def _reason(error: OSError) -> str:
    """The operating system's message, without asyncio's text around it."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)


def _report_ready(listeners: Listeners, notifier: SystemdNotifier) -> None:
    where = " and ".join(listeners.addresses)
    sys.stderr.write(f"streamd {__version__} ready on {where}\n")
    sys.stderr.flush()
    notifier.ready(f"listening on {where}")
