"""The composition root: opens everything in order, says that it is ready, waits for a signal, and lets go in order."""

import asyncio
import ctypes
import gc
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from streamd import __version__
from streamd.config import Config
from streamd.core.declarations import item_types_from
from streamd.edge.listener import WebSocketListener, open_listener
from streamd.edge.service_notifier import ServiceNotifier
from streamd.engine.clock import SystemClock
from streamd.engine.engine import Engine, open_engine
from streamd.errors import ListenError, StreamdError
from streamd.language import English
from streamd.models.offline import OfflineModel
from streamd.parts import (
    engine_limits,
    installed_agents,
    listener_limits,
    open_documents,
    open_model,
    open_store,
)

log = structlog.get_logger(__name__)

_OTHER_FILES: Final = 100
"""Files that are open besides connections."""

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
"""As malloc.h has them."""

_COMPUTING_THREADS: Final = 2
"""Threads for requests about many items. They share one interpreter with the event loop: more would only take its turns."""

_SWITCH_SECONDS: Final = 0.002
"""How long the event loop may keep the interpreter from the store's threads. A commit wants it for a moment only; with the
usual 5 ms a busy loop held up every step of it."""


def run(config: Config) -> int:
    """Serve until a signal ends it. Returns the process's exit status.

    Raises:
        StreamdError: it could not start; the message tells the operator what to do.

    """
    try:
        asyncio.run(_serve(config))
    except BaseExceptionGroup as group:
        # What goes wrong inside a task group comes out wrapped; the operator wants to read what it was.
        raise _innermost(group) from None
    return 0


def _innermost(error: BaseException) -> BaseException:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


async def _serve(config: Config) -> None:
    stop = asyncio.Event()
    service = ServiceNotifier.from_environment(os.environ)
    types = item_types_from(config.item_types, accept_undeclared=config.items.accept_undeclared)
    agents = installed_agents(config)
    _give_large_blocks_back()
    _allow_sockets(config.ws.max_connections)
    sys.setswitchinterval(_SWITCH_SECONDS)
    computing = ThreadPoolExecutor(_COMPUTING_THREADS, thread_name_prefix="compute")
    asyncio.get_running_loop().set_default_executor(computing)
    async with (
        open_store(config) as store,
        open_documents(config) as knowledge,
        open_model(config) as model,
        open_engine(
            store,
            types=types,
            clock=SystemClock(),
            agents=agents,
            limits=engine_limits(config),
            model=model,
            rules=OfflineModel(),
            language=English(),
            knowledge=knowledge,
        ) as engine,
        _listening(engine, config) as listener,
        _watchdog(engine, service),
    ):
        _stop_on_signals(stop)
        _collect_seldom()  # when everything that lives for good has been made
        log.info(
            "serving",
            store=config.store.path,
            model=model.name(""),
            config=str(config.source or "defaults"),
        )
        _say_ready(listener, service)
        await stop.wait()
        await _drain(config, engine, listener, service)
    log.info("stopped")


async def _drain(
    config: Config, engine: Engine, listener: WebSocketListener, service: ServiceNotifier
) -> None:
    """No new requests; the running ones end; what is written is told; then everyone is asked to come back."""
    service.stopping("draining", within_seconds=config.drain.seconds * 2 + 15)
    log.info("draining", runs=engine.runs.count, connections=listener.count)
    listener.draining = True
    await engine.drain(config.drain.seconds)
    await listener.drain(config.drain.seconds, config.drain.retry_min_ms, config.drain.retry_max_ms)


@asynccontextmanager
async def _listening(engine: Engine, config: Config) -> AsyncIterator[WebSocketListener]:
    ws = config.ws
    try:
        opened = open_listener(engine, ws.host, ws.port, listener_limits(config))
        listener = await opened.__aenter__()
    except OSError as error:
        raise ListenError(
            f"cannot listen on {ws.host}:{ws.port}: {_reason(error)}; "
            "if another daemon runs there, stop it or choose another ws.port"
        ) from error
    try:
        yield listener
    finally:
        await opened.__aexit__(None, None, None)


@asynccontextmanager
async def _watchdog(engine: Engine, service: ServiceNotifier) -> AsyncIterator[None]:
    """Feed the service manager's watchdog for as long as the event loop turns and the writer answers."""
    if service.watchdog_seconds is None:
        yield
        return

    async def feed(every: float) -> None:
        while True:
            with suppress(StreamdError):  # at the end only the loop has to turn
                await engine.journal.flushed()
            service.alive()
            await asyncio.sleep(every)

    async with asyncio.TaskGroup() as tasks:
        feeding = tasks.create_task(feed(service.watchdog_seconds), name="watchdog")
        yield
        feeding.cancel()


def _reason(error: OSError) -> str:
    """What the system says, without what asyncio wraps around it."""
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error.strerror or error)


def _collect_seldom() -> None:
    """Spare the cycle collector what lives for good, and most of its rounds.

    Entries and frames come and go by the thousand and are never part of a cycle; looking through them all every few
    hundred events cost a tenth of the writer's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _give_large_blocks_back() -> None:
    """Have what slow clients' buffers took return to the system as soon as it is free.

    The C library stops doing that by itself: each large block that is freed raises its idea of a large block, up to
    32 MB, and buffers of clients that are long gone stay behind in pieces.
    """
    with suppress(OSError, AttributeError):  # not the GNU C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 128 * 1024)
        mallopt(_M_TRIM_THRESHOLD, 16 * 1024 * 1024)


def _allow_sockets(connections: int) -> None:
    """Ask for as many open files as connections may need. A shell's usual 1024 would be the end of the first thousand."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):  # a service manager may forbid it, and then has set what it allows
        allowed = soft
    if allowed < needed:
        log.warning("few_files_allowed", allowed=allowed, needed=needed)


def _say_ready(listener: WebSocketListener, service: ServiceNotifier) -> None:
    sys.stderr.write(f"streamd {__version__} ready on {listener.address}\n")
    sys.stderr.flush()
    service.ready(f"listening on {listener.address}")


def _stop_on_signals(stop: asyncio.Event) -> None:
    """The first signal drains; a second one finds the default behaviour, and ends the process."""
    loop = asyncio.get_running_loop()

    def first() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, first)
