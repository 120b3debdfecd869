"""What the service manager is told: ready, alive, stopping. Nobody listening is as good as listening."""

import os
import socket
from collections.abc import Mapping
from typing import Self

import attrs


@attrs.frozen
class SystemdNotifier:
    """The manager that started this process, as systemd's notification protocol describes it, or nobody."""

    address: str = ""
    """Where notes are sent to: the path of a datagram socket, or an abstract name that starts with `@`."""
    watchdog_seconds: float | None = None
    """How often to call `alive`: twice in the time after which the manager would restart us. None: never."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID."""
        microseconds = environ.get("WATCHDOG_USEC", "")
        # A parent's watchdog is not ours: the manager names the process that it watches.
        ours = environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watched = ours and microseconds.isdecimal() and int(microseconds) > 0
        return cls(environ.get("NOTIFY_SOCKET", ""), int(microseconds) / 2_000_000 if watched else None)

    def ready(self, status: str) -> None:
        """Say that clients are served from now on."""
        self._tell("READY=1", _status(status))

    def status(self, status: str) -> None:
        """Say in one line how things stand; `systemctl status` shows it."""
        self._tell(_status(status))

    def alive(self) -> None:
        """Feed the watchdog."""
        self._tell("WATCHDOG=1")

    def stopping(self, status: str, *, within_seconds: float) -> None:
        """Say that the daemon drains, and how long that may take from now."""
        self._tell("STOPPING=1", _status(status), f"EXTEND_TIMEOUT_USEC={int(within_seconds * 1_000_000)}")

    def _tell(self, *lines: str) -> None:
        if not self.address.startswith(("/", "@")):
            return
        address = "\0" + self.address[1:] if self.address.startswith("@") else self.address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as notes:
            # A manager that is busy or gone must neither stop the event loop nor end the daemon.
            notes.setblocking(False)
            try:
                notes.sendto("\n".join(lines).encode(), address)
            except OSError:
                return


def _status(text: str) -> str:
    return "STATUS=" + " ".join(text.split())
