"""Notifications to the service manager: ready, alive, stopping. Without a manager they are no-ops."""

import os
import socket
from collections.abc import Mapping
from typing import Self

from streamd.facts import frozen


@frozen
class SystemdNotifier:
    """Sends notifications of systemd's protocol, sd_notify(3), to the manager that started this process, if any."""

    address: str = ""
    """Path of the datagram socket, or an abstract name that starts with `@`; empty: no manager."""
    watchdog_seconds: float | None = None
    """Interval between calls of `alive`: half the manager's timeout. None: it has no watchdog."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID."""
        microseconds = environ.get("WATCHDOG_USEC", "")
        # The variables may be inherited from a parent: WATCHDOG_PID names the process that is watched.
        is_ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watched = is_ours and microseconds.isdecimal() and int(microseconds) > 0
        return cls(environ.get("NOTIFY_SOCKET", ""), int(microseconds) / 2_000_000 if watched else None)

    def ready(self, status: str) -> None:
        """Notify that clients are served from now on."""
        self._notify("READY=1", _status(status))

    def status(self, status: str) -> None:
        """Set the one-line status that `systemctl status` shows."""
        self._notify(_status(status))

    def alive(self) -> None:
        """Feed the watchdog."""
        self._notify("WATCHDOG=1")

    def stopping(self, status: str, *, within_seconds: float) -> None:
        """Notify that the daemon drains, and how long that may take from now."""
        self._notify("STOPPING=1", _status(status), f"EXTEND_TIMEOUT_USEC={int(within_seconds * 1_000_000)}")

    def _notify(self, *lines: str) -> None:
        if not self.address.startswith(("/", "@")):
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notifications:
            # A manager that is busy or gone must neither block the event loop nor stop the daemon.
            notifications.setblocking(False)
            try:
                notifications.sendto("\n".join(lines).encode(), address)
            except OSError:
                return


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())
