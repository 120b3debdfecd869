"""The lock that prevents two daemons from opening one file. The kernel releases it however the holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from streamd.errors import StoreError


@contextmanager
def held_lock(path: str) -> Iterator[None]:
    """Hold `<path>.lock`, which contains this process's id. Raises StoreError with the holder's id when it is taken.

    The file stays where it is: removing it would let a third daemon lock a new file beside a second one that waits here.
    """
    lock_path = f"{path}.lock"
    try:
        fd = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"{lock_path} cannot be made: {error.strerror}; let the daemon's user write into this directory"
        ) from error
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            raise StoreError(
                f"{path} is in use by process {holder or '(unknown)'}; stop it or name another path"
            ) from None
        except OSError as error:
            raise StoreError(
                f"{lock_path} cannot be locked: {error.strerror}; use a local file system"
            ) from error
        with suppress(OSError):  # a full disk; the id is a courtesy
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)
