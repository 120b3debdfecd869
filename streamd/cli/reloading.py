"""`streamd serve --reload`, for development: the daemon restarts when the configuration or an installed agent's file changes.

A parent looks at the files' times twice a second, and runs the daemon as a child. Before it restarts it checks what has changed
as `streamd check-config` does: with a mistake in it the old daemon goes on serving. A restart is that of a service manager:
requests drain or are resumed, and clients come back at their position.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import invalidate_caches
from importlib.metadata import entry_points
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Final, TypeAlias

_EVERY_SECONDS: Final = 0.5
_MOST_FILES: Final = 10_000
"""Files of all agents' packages that are looked at."""

Snapshot: TypeAlias = Mapping[str, object]
"""Times and sizes of files by path, and the entry points."""


class Reloader:
    """Runs the daemon as a child, and restarts it when a file changes."""

    def __init__(self, flags: Sequence[str], configs: Sequence[Path]) -> None:
        self._flags = tuple(flags)
        self._configs = tuple(configs)
        self._stopped = Event()
        self._daemon: subprocess.Popen[bytes] | None = None

    def run(self) -> int:
        """Serve until a signal; returns the exit status of the daemon that served last."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._stop)
        seen = snapshot(self._configs)
        self._start()
        while not self._stopped.wait(_EVERY_SECONDS):
            self._tell_if_ended()
            now = snapshot(self._configs)
            if now == seen:
                continue
            while not self._stopped.wait(_EVERY_SECONDS) and (later := snapshot(self._configs)) != now:
                now = later  # somebody is still writing
            _forget_compiled(seen, now)
            seen = now
            if not self._stopped.is_set() and self._is_right():
                self._restart()
        return self._ended()

    def _is_right(self) -> bool:
        """Check the configuration and the agents in a process of its own, and print what is wrong with them."""
        done = subprocess.run(  # noqa: S603 - this command
            _command("check-config", self._flags), stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            serves = self._daemon is not None and self._daemon.poll() is None
            _say("the change is not served" + ("; the daemon goes on as it was before" if serves else ""))
        return done.returncode == 0

    def _start(self) -> None:
        # A process group of its own: Ctrl-C comes to this process, which passes it on once.
        self._daemon = subprocess.Popen(_command("serve", self._flags), process_group=0)  # noqa: S603 - this command
        if self._stopped.is_set():  # the signal came in between
            self._daemon.terminate()

    def _restart(self) -> None:
        _say("something has changed; the daemon restarts")
        if self._daemon is not None and self._daemon.poll() is None:
            self._daemon.terminate()
            self._daemon.wait()
        if not self._stopped.is_set():
            self._start()

    def _tell_if_ended(self) -> None:
        if self._daemon is not None and self._daemon.poll() is not None:
            _say(
                f"the daemon ended with status {self._daemon.returncode}; it starts again when a file changes"
            )
            self._daemon = None

    def _ended(self) -> int:
        return 0 if self._daemon is None else self._daemon.wait()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopped.set()
        if self._daemon is not None:
            self._daemon.terminate()  # the second time it ends at once


def snapshot(configs: Sequence[Path]) -> Snapshot:
    """Look at the configuration, and at the files of the packages that name agents."""
    found: dict[str, object] = {}
    invalidate_caches()
    entries = entry_points(group="streamd.agents")
    found[""] = sorted((entry.name, entry.value) for entry in entries)
    packages = sorted({entry.module.partition(".")[0] for entry in entries})
    files = [path for package in packages for path in _files_of(package)]
    for path in [*configs, *files[:_MOST_FILES]]:
        try:
            stat = path.stat()
        except OSError:  # it may come, or is gone
            continue
        found[str(path)] = (stat.st_mtime_ns, stat.st_size)
    return found


def _files_of(package: str) -> Iterator[Path]:
    """List the files of a package or a module, without importing it."""
    try:
        spec = find_spec(package)
    except (ImportError, ValueError):
        return
    if spec is None:
        return
    if spec.submodule_search_locations is None:
        yield Path(str(spec.origin))
        return
    for folder in spec.submodule_search_locations:
        for parent, folders, names in os.walk(folder):
            folders[:] = sorted(one for one in folders if one != "__pycache__" and not one.startswith("."))
            yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def _command(command: str, flags: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "streamd", command, *flags]


def _forget_compiled(before: Snapshot, after: Snapshot) -> None:
    """Remove what Python has compiled of changed files: of a change within one second that keeps the size it knows nothing."""
    for path in after:
        if path.endswith(".py") and before.get(path) != after[path]:
            with suppress(OSError):
                Path(cache_from_source(path)).unlink(missing_ok=True)


def _say(text: str) -> None:
    print(f"streamd: {text}", file=sys.stderr, flush=True)
