"""The locks that prevent two daemons from opening one file. The kernel releases them however the holder dies."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from streamd.errors import StoreError


def resolved_path(path: str) -> str:
    """Resolve links, so that two links to one file share one lock."""
    if not path or path == ":memory:":
        raise StoreError("the store needs a file; name a path")
    resolved = Path(path).resolve()
    if resolved.is_dir():
        raise StoreError(f"{path} is a directory; name a file in it")
    if not resolved.parent.is_dir():
        raise StoreError(f"the directory {resolved.parent} is missing; make it or name another path")
    return str(resolved)


@contextmanager
def held_lock(path: str) -> Iterator[None]:
    """Lock a database: `<path>.lock`, which contains this process's id, and the file itself, which may have other names.

    Raises StoreError when one of them is taken, with the holder's id where it is known. `<path>.lock` stays where it is:
    removing it would let a third daemon lock a new file beside a second one that waits here.
    """
    lock_path = f"{path}.lock"
    try:
        fd = os.open(lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreError(
            f"{lock_path} cannot be made: {error.strerror}; let the daemon's user write into this directory"
        ) from error
    try:
        if not _locked(fd, lock_path):
            holder = os.pread(fd, 32, 0).decode("ascii", "replace").strip()
            raise StoreError(
                f"{path} is in use by process {holder or '(unknown)'}; stop it or name another path"
            )
        with suppress(OSError):  # a full disk; the id is a courtesy
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        with _held_file(path):
            yield
    finally:
        os.close(fd)


@contextmanager
def _held_file(path: str) -> Iterator[None]:
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:  # SQLite cannot open it either, and says why
        yield
        return
    try:
        if not _locked(fd, path):  # no lock of SQLite's own: those are of another kind
            raise StoreError(
                f"{path} is in use under another name (a hard link); stop that daemon or name another path"
            )
        yield
    finally:
        os.close(fd)


def _locked(fd: int, path: str) -> bool:
    """Lock an open file; whether that was possible."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise StoreError(f"{path} cannot be locked: {error.strerror}; use a local file system") from error
    return True
