"""A store that breaks while a daemon has it open."""

import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from tests.support.daemon import Daemon

KEPT_BYTES = 2 * 4096


@contextmanager
def full_disk(daemon: Daemon) -> Iterator[None]:
    """Until the end, no file can be written by the daemon."""
    before = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def locked(daemon: Daemon) -> Iterator[None]:
    """Until the end, another connection holds the lock of the store for writing."""
    with closing(sqlite3.connect(daemon.directory / "streamd.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def spoil(daemon: Daemon) -> None:
    """Write zeros over all that the daemon keeps, but not where it looks whether it is still the same file."""
    for path in (daemon.directory / "streamd.db", daemon.directory / "streamd.db-wal"):
        with path.open("r+b") as file:
            size = file.seek(0, 2)
            kept = KEPT_BYTES if path.suffix == ".db" else 0
            file.seek(kept)
            file.write(bytes(max(0, size - kept)))
