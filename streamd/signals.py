"""Signals of the process: SIGTERM and SIGINT stop it, SIGHUP reloads its configuration."""

import asyncio
import os
import signal
from collections.abc import Callable


def handle_signals(stop: asyncio.Event, reload: Callable[[], object]) -> None:
    """Install signal handlers: the first SIGTERM or SIGINT sets `stop`; a second one kills the process.

    SIGHUP reloads, unless it says that the terminal is gone from which the daemon was started: then it stops, too.
    """
    loop = asyncio.get_running_loop()
    of_terminal = _has_terminal()

    def first() -> None:
        stop.set()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    def hung_up() -> None:
        if of_terminal and not _has_terminal():
            stop.set()
        elif not stop.is_set():
            reload()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, first)
    loop.add_signal_handler(signal.SIGHUP, hung_up)


def _has_terminal() -> bool:
    """Whether this process is of a terminal's session, and the terminal is still there."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK))
    except OSError:
        return False
    return True
