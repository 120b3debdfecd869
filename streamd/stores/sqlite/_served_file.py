"""Detects a database that is not the file that was served last, or that was replaced while it is served.

Each start, and each time that SQLite's log is folded into the file, gives it a new generation: a random text that stands in
the mark beside it, too. A database of another
generation, or with fewer entries than the mark counts, was put back or served elsewhere meanwhile: it begins a new epoch. The
mark is written before a new generation is committed, with the one before it, which is as good until then; after each commit
the number of entries follows. So a crash leaves a mark that is behind the database, never ahead of it.
"""

import mmap
import os
import secrets
import sqlite3
import struct
from pathlib import Path
from typing import Final

import attrs
import structlog

from streamd.errors import StoreError
from streamd.facts import define
from streamd.ports.store import LostStoreError
from streamd.stores.sqlite._served_mark import (
    NO_GENERATION,
    Mark,
    advance_mark,
    index_path,
    log_id_of,
    log_path,
    open_mark,
    put_log_aside,
    read_mark,
    write_mark,
)
from streamd.stores.sqlite.connection import transaction

log = structlog.get_logger(__name__)

# Streams of workspaces are never removed; those of runs are.
_ENTRIES: Final = "SELECT coalesce(sum(top), 0) FROM streams WHERE run_id IS NULL"
_PUT: Final = (
    "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
# Whoever reads keeps it from completing: it is tried again next time.
_FOLD: Final = """
PRAGMA busy_timeout = 0;
PRAGMA wal_checkpoint(TRUNCATE);
PRAGMA busy_timeout = 5000;
"""
_HEADER: Final = struct.Struct(">16xH6xII")
"""The header of an SQLite file: bytes in a page (at most 32 KiB), a counter of changes that never decreases, pages."""


@define
class ServedFile:
    """The database file that one store serves. Everything but `moved` and `close` is called in the writer's thread."""

    path: Path
    log_path: Path = attrs.field(init=False)
    index_path: Path = attrs.field(init=False)
    epoch: str = ""
    _generation: str = ""
    _place: tuple[int, int] = (0, 0)
    """Start and length of the page that holds the generation."""
    _entries: int = 0
    _log_id: str = ""
    _mark: mmap.mmap | None = None
    _log_fd: int = -1
    _fd: int = -1
    """The database. Closed after SQLite's: closing one drops all locks that the process has on a file."""
    _identity: tuple[int, int] = (0, 0)
    _log_identity: tuple[int, int] = (0, 0)
    _index_identity: tuple[int, int] = (0, 0)
    _is_log_foreign: bool = False
    """Whether the file that is there now is another one than SQLite's log belongs to."""
    _stamp: tuple[int, int] = (0, 0)
    """Time of the last change of the file by this process, and its size then."""
    _change_counter: int = 0
    _is_folded: bool = False
    """Whether SQLite has folded its log into the file, so that it may begin a new one."""

    def __attrs_post_init__(self) -> None:
        # Made once: they are looked at with every commit.
        self.log_path, self.index_path = log_path(self.path), index_path(self.path)

    def begin(self, connection: sqlite3.Connection) -> None:
        """Compare the database with its mark; begin a new generation and, if it was replaced, a new epoch."""
        self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        with transaction(connection):  # also proves that the file can be written
            meta: dict[str, str] = dict(connection.execute("SELECT name, value FROM meta").fetchall())
            before = meta.get("generation")
            self._entries = connection.execute(_ENTRIES).fetchone()[0]
            mark = read_mark(self.path)
            if mark is not None:
                why = mark.why_replaced(before, self._entries)
            else:  # a streamd that made no generation made no mark either
                why = None if before is None else "it came without its mark"
            self._log_fd = os.open(self.log_path, os.O_RDONLY | os.O_CLOEXEC)
            self.epoch = meta.get("epoch", "")
            if why or not self.epoch:
                self.epoch = secrets.token_urlsafe(8)
                connection.execute(_PUT, ("epoch", self.epoch))
            generation = self._put_generation(connection, None if why else before or NO_GENERATION)
        self._generation = generation
        if why:
            log.warning("store_replaced", path=str(self.path), reason=why, new_epoch=self.epoch)
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        self._confirm(connection)
        self._identity, self._log_identity = _identity(os.fstat(self._fd)), _identity(os.fstat(self._log_fd))
        # Never opened here: to close it would drop SQLite's locks, which are on this file.
        self._index_identity = _identity(self.index_path.stat())
        self._note_written(os.fstat(self._fd))

    def fold(self, connection: sqlite3.Connection) -> None:
        """Fold SQLite's log into the file, and begin a new generation: a log that is left later belongs to no older copy."""
        if not os.fstat(self._log_fd).st_size:
            return
        self.check()
        with transaction(connection):
            generation = self._put_generation(connection, self._generation)
        self._generation, self._place = generation, (0, 0)
        connection.executescript(_FOLD)
        self._confirm(connection)
        self.check()

    def rewrite(self, connection: sqlite3.Connection) -> None:
        """Have SQLite write the whole file anew (VACUUM)."""
        # Meanwhile the generation may be on any page, or in the log alone.
        self._place = (0, 0)
        write_mark(self.path, Mark(self._generation, self._generation, self._entries, self._log_id))
        connection.execute("VACUUM")
        self.fold(connection)

    def committed(self, entries: int) -> None:
        """Confirm a commit with so many entries on workspaces' streams.

        Raises LostStoreError when the file is not the one any more that is served: then nothing may be acknowledged.
        """
        self.check()
        log_id = log_id_of(self._log_fd) if self._is_folded else self._log_id
        if entries or log_id != self._log_id:
            self._is_folded = log_id == self._log_id and self._is_folded
            self._entries += entries
            self._log_id = log_id
            if self._mark is not None:
                advance_mark(self._mark, self._entries, log_id)

    @property
    def moved(self) -> bool:
        """Whether the file may have been replaced; `check` finds out."""
        try:
            return _stamp(self.path.stat()) != self._stamp or not self._has_log or not self._has_index
        except OSError:
            return True

    def check(self) -> None:
        """Raise LostStoreError when the file or the index of its log is not the one that is served."""
        self._check_file()
        self._check_index()

    def _check_index(self) -> None:
        """Raise LostStoreError when the index is gone: others have one of their own then, and know nothing of our locks.

        SQLite must not fold the log here any more, nor close it: another program may have done so, and written since.
        """
        if not self._has_index:
            raise LostStoreError(
                f"{self.index_path} was deleted or replaced while it was served, so nothing more is acknowledged; "
                "what was acknowledged until then is kept. Leave it alone while the daemon runs"
            )

    def _check_file(self) -> None:
        """Raise LostStoreError when the file was deleted, replaced or overwritten. Reads it only if it was written."""
        try:
            status = self.path.stat()
        except OSError:
            raise self._lost("was deleted") from None
        if _identity(status) != self._identity:
            raise self._lost("was replaced")
        if _stamp(status) != self._stamp:
            # By SQLite, which folds its log into the file, here or in another program; or by a copy.
            if self._is_overwritten(status.st_size):
                raise self._lost("was overwritten")
            self._note_written(status)

    def check_all(self, _: sqlite3.Connection) -> None:
        """Raise LostStoreError as `check` does, and StoreError when SQLite's log is gone; called now and then."""
        self._check_file()
        if (
            not self._has_log
        ):  # what is in it is in no other file, so SQLite folds it by the index that it still has
            raise StoreError(
                f"{self.log_path} was deleted or replaced while it was served; "
                "what was acknowledged until then is kept. Leave it alone while the daemon runs"
            )
        self._check_index()

    def put_log_aside(self) -> None:
        """Rename the log of a lost file, so that it is not applied to the file that is there now."""
        if self._is_log_foreign and self._has_log:
            put_log_aside(self.path)

    def close(self) -> None:
        """Close what is open; after all connections."""
        if self._mark is not None:
            self._mark.flush()
            self._mark.close()
        for fd in (self._log_fd, self._fd):
            if fd >= 0:
                os.close(fd)

    def _put_generation(self, connection: sqlite3.Connection, before: str | None) -> str:
        """Make a new generation, in a transaction. The previous one is valid until the commit; None: it is not."""
        new = secrets.token_urlsafe(8)
        accepted = before or new
        place = self._find(connection, accepted)
        write_mark(self.path, Mark(new, accepted, self._entries, log_id_of(self._log_fd), place))
        connection.execute(_PUT, ("generation", new))
        return new

    def _confirm(self, connection: sqlite3.Connection) -> None:
        """Note that the new generation is committed, and where in the file it is."""
        self._place = self._find(connection, self._generation)
        self._log_id = log_id_of(self._log_fd)
        if self._mark is not None:
            self._mark.close()
        self._mark = open_mark(self.path)
        self._mark[:] = Mark(
            self._generation, self._generation, self._entries, self._log_id, self._place
        ).encode()

    def _find(self, connection: sqlite3.Connection, generation: str) -> tuple[int, int]:
        """Find the page with a generation; (0, 0) where it is in SQLite's log only."""
        size: int = connection.execute("PRAGMA page_size").fetchone()[0]
        page: int = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'meta'").fetchone()[0]
        place = (size * (page - 1), size)
        return place if generation.encode() in os.pread(self._fd, size, place[0]) else (0, 0)

    @property
    def _has_log(self) -> bool:
        return _is_there(self.log_path, self._log_identity)

    @property
    def _has_index(self) -> bool:
        return _is_there(self.index_path, self._index_identity)

    def _lost(self, what: str) -> LostStoreError:
        self._is_log_foreign = True
        return LostStoreError(
            f"{self.path} {what} while it was served, so nothing more is acknowledged; the next start serves "
            "what is there then. Stop the daemon before you put a file back"
        )

    def _is_overwritten(self, size: int) -> bool:
        header = os.pread(self._fd, _HEADER.size, 0)
        if len(header) < _HEADER.size:
            return True
        page_size, change_counter, pages = _HEADER.unpack(header)
        # A fold beside a reader leaves out pages that were written since, the last ones, too: the file is short, but never shrinks.
        is_cut = size < min(page_size * pages, self._stamp[1])
        if is_cut or change_counter < self._change_counter:
            return True
        start, length = self._place
        return length > 0 and self._generation.encode() not in os.pread(self._fd, length, start)

    def _note_written(self, status: os.stat_result) -> None:
        stamp = _stamp(status)
        if stamp != self._stamp:
            self._stamp = stamp
            self._is_folded = True
            _, self._change_counter, _ = _HEADER.unpack(os.pread(self._fd, _HEADER.size, 0))


def _is_there(path: Path, identity: tuple[int, int]) -> bool:
    try:
        return _identity(path.stat()) == identity
    except OSError:
        return False


def _identity(status: os.stat_result) -> tuple[int, int]:
    return (status.st_dev, status.st_ino)


def _stamp(status: os.stat_result) -> tuple[int, int]:
    return (status.st_mtime_ns, status.st_size)
