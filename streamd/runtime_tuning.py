"""Tunes the process: memory allocation, garbage collection, open files, threads."""

import asyncio
import ctypes
import gc
import resource
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import structlog

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


def tune_process(connections: int) -> None:
    """Prepare the process for so many connections. Called once, in the running event loop."""
    _give_large_blocks_back()
    _allow_sockets(connections)
    sys.setswitchinterval(_SWITCH_SECONDS)
    computing = ThreadPoolExecutor(_COMPUTING_THREADS, thread_name_prefix="compute")
    asyncio.get_running_loop().set_default_executor(computing)


def collect_seldom() -> None:
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
