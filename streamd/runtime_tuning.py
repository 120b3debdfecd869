"""Tunes the process: memory allocation, garbage collection, open files, switches of threads."""

import asyncio
import ctypes
import gc
import resource
import sys
from contextlib import suppress
from pathlib import Path
from typing import ClassVar, Final

import structlog

log = structlog.get_logger(__name__)

_OTHER_FILES: Final = 100
"""Files that are open besides connections."""

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
_M_ARENA_MAX: Final = -8
"""Constants of glibc's malloc.h."""

_ARENAS: Final = 2
"""Heaps of malloc: one of the event loop, one of all other threads, where each would have one that keeps what it once had."""

_FREED_BYTES: Final = 4 * 1024 * 1024
"""Memory freed in between others that malloc may keep. To give it back holds the event loop for 2 ms, a gigabyte for 340."""
_TRIM_SECONDS: Final = 0.1
"""Between two looks whether so much was freed: what is freed in that time is given back at once."""

_SWITCH_SECONDS: Final = 0.002
"""Switch interval: how long the event loop may hold the interpreter lock while a store's thread waits. A commit needs the
lock briefly but often; with the usual 5 ms a busy loop delayed each of its steps."""


def tune_process(connections: int) -> None:
    """Prepare the process for this number of connections."""
    _give_large_blocks_back()
    _allow_sockets(connections)
    sys.setswitchinterval(_SWITCH_SECONDS)


def collect_seldom() -> None:
    """Freeze all long-lived objects and collect cycles less often, a few at a time.

    Entries and frames are allocated by the thousand and never form cycles; scanning them every few hundred events took
    a tenth of the writer's time. A collection holds the event loop: one of 50,000 young objects does so for 1.3 ms on a quiet
    machine; one of 5,000 each time cost every edit 8 µs. What imports left behind is not collected before: it is little, and
    to look for it takes longer than the event loop may wait.
    """
    gc.freeze()
    gc.set_threshold(50_000, 4, 250)
    gc.enable()


def _give_large_blocks_back() -> None:
    """Have malloc return the memory of slow clients' buffers to the system as soon as it is freed.

    glibc stops doing that by itself: each large block that is freed raises its dynamic mmap threshold, up to 32 MB, and
    the heap stays fragmented by the buffers of clients that are long gone.
    """
    with suppress(OSError, AttributeError):  # not the GNU C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, 128 * 1024)
        mallopt(_M_TRIM_THRESHOLD, 16 * 1024 * 1024)
        mallopt(_M_ARENA_MAX, _ARENAS)


class _MallocInfo(ctypes.Structure):
    """The `mallinfo2` of glibc's malloc.h."""

    _fields_: ClassVar = [
        (name, ctypes.c_size_t)
        for name in (
            "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost",
        )
    ]  # fmt: skip


async def give_memory_back() -> None:
    """Give what was freed back to the system until cancelled, a little at a time.

    malloc gives back by itself only what is free at the end of its heap; a single block there keeps all that is below. To
    give back holds malloc's lock, and with it the event loop: so that is done soon, before much more is freed.
    """
    with suppress(OSError, AttributeError):  # not the GNU C library, or an old one
        library = ctypes.CDLL(None)
        info, trim = library.mallinfo2, library.malloc_trim
        info.restype = _MallocInfo
        free_after, resident_after = 0, _resident_bytes()
        least = resident_after
        while True:
            await asyncio.sleep(_TRIM_SECONDS)
            resident = _resident_bytes()
            least = min(resident, least)
            if resident < least + _FREED_BYTES:
                continue
            free = (await asyncio.to_thread(info)).fordblks
            # What was given back still counts as free, until it is used again.
            if free >= _FREED_BYTES and (
                free >= free_after + _FREED_BYTES or resident >= resident_after + _FREED_BYTES
            ):
                await asyncio.to_thread(trim, 0)
                free_after, resident_after = (await asyncio.to_thread(info)).fordblks, _resident_bytes()
            free_after, resident_after = min(free, free_after), min(resident, resident_after)


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def _allow_sockets(connections: int) -> None:
    """Raise the limit of open files to what the connections may need; a shell's usual 1024 is too low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = connections + _OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):  # a service manager may forbid it, having set its own limit
        allowed = soft
    if allowed < needed:
        log.warning("file_limit_low", allowed=allowed, needed=needed)
