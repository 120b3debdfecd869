"""The mark beside a database, `<path>.served`: identifies the file that was served last, and its length."""

import mmap
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

import structlog

from streamd.errors import StoreError
from streamd.facts import frozen

log = structlog.get_logger(__name__)

NO_GENERATION: Final = "-" * 11
"""Stands for the generation of a database that has none yet; of the same length."""
_PROGRESS_AT: Final = 2 * (len(NO_GENERATION) + 1)
_LOG_ID_AT: Final = 16
_LOG_ID_BYTES: Final = 8


@frozen
class Mark:
    """Identifies the file that was served last."""

    generation: str
    accepted: str
    """A second valid generation: the previous one, until the new one is committed."""
    entries: int
    """The least number of entries that the streams of its workspaces had."""
    log_id: str = "0"
    """The random number in the header of SQLite's log, in hexadecimal digits."""
    place: tuple[int, int] = (0, 0)
    """Start and length of a page of the file itself that holds one of the generations; (0, 0): there may be none."""

    def encode(self) -> bytes:
        """Encode the mark; what changes with every commit is at a fixed place."""
        start, length = self.place
        fixed = f"{self.generation}\n{self.accepted}\n".encode()
        return fixed + _progress(self.entries, self.log_id) + f"{start:>12}\n{length:>6}\n".encode()

    def why_replaced(self, generation: str | None, entries: int) -> str | None:
        """The reason why a database of this generation, with so many entries, is not the one served last; None if it is."""
        if (generation or NO_GENERATION) not in (self.generation, self.accepted):
            return "another file was served last" if generation else "the file that was served last is gone"
        if entries < self.entries:
            return f"it has {entries} entries, the file that was served last had {self.entries}"
        return None


def mark_path(path: Path) -> Path:
    """The path of a database's mark."""
    return Path(f"{path}.served")


def log_path(path: Path) -> Path:
    """The path of SQLite's log of a database."""
    return Path(f"{path}-wal")


def index_path(path: Path) -> Path:
    """The index of SQLite's log, by which all who have the database open agree on what is in it."""
    return Path(f"{path}-shm")


def read_mark(path: Path) -> Mark | None:
    """Read the mark of a database; None where there is none."""
    try:
        generation, accepted, entries, log_id, *place = mark_path(path).read_text("ascii").split()
        start, length = map(int, place)
        return Mark(generation, accepted, int(entries), log_id, (start, length))
    except FileNotFoundError:
        return None
    except ValueError:
        return Mark("?", "?", 0)  # nobody knows: as if it were another file's
    except OSError as error:
        raise StoreError(
            f"{mark_path(path)} cannot be read: {error.strerror}; let the daemon's user read it"
        ) from error


def write_mark(path: Path, mark: Mark) -> None:
    """Write the whole mark, or none of it, and wait for the disk."""
    new = Path(f"{mark_path(path)}.new")
    try:
        with new.open("wb") as file:
            file.write(mark.encode())
            file.flush()
            os.fsync(file.fileno())
        new.replace(mark_path(path))
        directory = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise StoreError(
            f"{mark_path(path)} cannot be written: {error.strerror}; let the daemon's user write into this "
            "directory, and see that the disk has room"
        ) from error


def open_mark(path: Path) -> mmap.mmap:
    """Map the mark of a database into memory, so that it can be advanced with every commit without calling the system."""
    with mark_path(path).open("r+b") as file:
        return mmap.mmap(file.fileno(), 0)


def advance_mark(opened: mmap.mmap, entries: int, log_id: str) -> None:
    """Note how far a mark's database has come, without waiting for the disk: a mark that is behind is as good."""
    new = _progress(entries, log_id)
    opened[_PROGRESS_AT : _PROGRESS_AT + len(new)] = new


def log_id_of(fd: int) -> str:
    """The random number in the header of SQLite's log, which is open for reading."""
    return os.pread(fd, _LOG_ID_BYTES, _LOG_ID_AT).hex() or "0"


def put_foreign_log_aside(path: Path) -> None:
    """Rename SQLite's log where the file beside it is not the one that it belongs to: a copy put back after a crash.

    SQLite would apply it to the copy. A log that was put back together with the copy stays.
    """
    mark, its_log = read_mark(path), log_path(path)
    if mark is None or mark.place == (0, 0) or not path.exists() or not its_log.exists():
        return
    with its_log.open("rb") as file:
        if log_id_of(file.fileno()) not in (mark.log_id, "0"):
            return
    start, length = mark.place
    with path.open("rb") as file:
        file.seek(start)
        page = file.read(length)
    if mark.generation.encode() not in page and mark.accepted.encode() not in page:
        put_log_aside(path)
        log.warning(
            "log_put_aside", path=str(its_log), reason="it belongs to a file that is not there any more"
        )


def put_log_aside(path: Path) -> None:
    """Rename SQLite's log, which is kept for whoever wants to look into it."""
    with suppress(OSError):
        log_path(path).replace(f"{log_path(path)}.lost")


def _progress(entries: int, log_id: str) -> bytes:
    return f"{entries:020d}\n{log_id:>{2 * _LOG_ID_BYTES}}\n".encode()
