"""A store that breaks while a daemon has it open."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.daemon import Daemon


@contextmanager
def full_disk(daemon: Daemon) -> Iterator[None]:
    """Until the end, no file can be written by the daemon."""
    before = resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        yield
    finally:
        resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, before)


def spoil(daemon: Daemon) -> None:
    """Write zeros over everything that the daemon keeps."""
    for path in (daemon.directory / "streamd.db", daemon.directory / "streamd.db-wal"):
        with path.open("r+b") as file:
            size = file.seek(0, 2)
            file.seek(0)
            file.write(bytes(size))
