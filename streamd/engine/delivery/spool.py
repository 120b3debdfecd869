"""Spools: bytes that wait for clients to read them, in memory while they are few, else in a file without a name."""

import io
import os
import tempfile
import weakref
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, BinaryIO, Final

from streamd.errors import BusyError, StoreError
from streamd.facts import define
from streamd.long_work import CLOSING

if TYPE_CHECKING:
    from typing_extensions import Buffer

IN_MEMORY_BYTES: Final = 1024 * 1024
"""Limit of what one spool has in memory."""
_RETRY_MS: Final = 2_000
_USERS_SHARE: Final = 4
"""One user's spools take this part of the room at most, so that others find some."""


class SpoolRoom:
    """Accounts for the bytes of all spools. They are written in other threads."""

    def __init__(self, directory: Path | None, *, memory_bytes: int, file_bytes: int) -> None:
        self._directory = directory
        """Of the files; None: there are none."""
        self._memory_bytes = memory_bytes
        self._file_bytes = file_bytes
        self._lock = RLock()  # a spool may be freed at any moment, also while it is held
        self.in_memory = 0
        self.in_files = 0
        self._by_user: Counter[str] = Counter()
        """Bytes that were read for each user."""

    def check(self, user: str) -> None:
        """Raise BusyError while so much waits to be read, or of this user, that nothing should be added."""
        held = self.in_memory if self._directory is None else self.in_files
        if held >= self._file_bytes or self._by_user[user] >= self._file_bytes // _USERS_SHARE:
            raise BusyError(
                "too many clients leave their snapshots unread; ask again in a moment",
                retry_after_ms=_RETRY_MS,
            )

    def spool(self, user: str) -> "Spool":
        """Open a spool for a user. Its bytes are freed with the last reference to it."""
        held = _Held(user)
        spool = Spool(self, held)
        weakref.finalize(spool, self._release, held)
        return spool

    def place(self, held: "_Held", size: int) -> BinaryIO | None:
        """Account for more bytes of a spool; returns a file where they, and all before, have to move into one."""
        with self._lock:
            if held.file is None and (
                self._directory is None
                or (held.size + size <= IN_MEMORY_BYTES and self.in_memory + size <= self._memory_bytes)
            ):
                self.in_memory += size
                self._count(held, size)
                return None
            if held.file is None:
                held.file = _unnamed_file(self._directory)
                self.in_memory -= held.size
                self.in_files += held.size
            self.in_files += size
            self._count(held, size)
            return held.file

    def _count(self, held: "_Held", size: int) -> None:
        held.size += size
        self._by_user[held.user] += size

    def _release(self, held: "_Held") -> None:
        with self._lock:
            self._by_user[held.user] -= held.size
            if not self._by_user[held.user]:
                del self._by_user[held.user]
            if held.file is None:
                self.in_memory -= held.size
            else:
                self.in_files -= held.size
                CLOSING.close(held.file.close)


@define
class _Held:
    """The part of the account that is one spool's."""

    user: str
    size: int = 0
    file: BinaryIO | None = None


class Spool:
    """Takes pieces, and gives each of them back by its number."""

    def __init__(self, room: SpoolRoom, held: _Held) -> None:
        self._room = room
        self._held = held
        self._pieces: list[bytes] = []
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._ends)

    @property
    def size(self) -> int:
        """Bytes in it."""
        return self._ends[-1] if self._ends else 0

    def add(self, piece: bytes) -> None:
        """Append a piece. Raises StoreError when the disk does not take it."""
        try:
            file = self._room.place(self._held, len(piece))
            if file is None:
                self._pieces.append(piece)
            else:
                _write_all(file, [*self._pieces, piece])
                self._pieces = []
        except OSError as error:
            raise StoreError(
                f"what clients are to read cannot be written to disk: {error.strerror}"
            ) from error
        self._ends.append((self._ends[-1] if self._ends else 0) + len(piece))

    def piece(self, number: int) -> bytes:
        """Read a piece."""
        if self._held.file is None:
            return self._pieces[number]
        start = self._ends[number - 1] if number else 0
        return os.pread(self._held.file.fileno(), self._ends[number] - start, start)


class SpooledFile(io.RawIOBase):
    """A spool as a file that can be read, and read again."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._number = 0
        """Of the next piece."""
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read again, from its start."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go back to the start."""
        if offset or whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a spooled file is read from its start")
        self._number, self._rest = 0, memoryview(b"")
        return 0

    def readinto(self, buffer: "Buffer") -> int:
        """Read some bytes; 0 at the end."""
        while not self._rest and self._number < len(self._spool):
            self._rest = memoryview(self._spool.piece(self._number))
            self._number += 1
        target = memoryview(buffer).cast("B")
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _unnamed_file(directory: Path | None) -> BinaryIO:
    CLOSING.start()
    return tempfile.TemporaryFile(prefix="streamd-", dir=directory, buffering=0)


def _write_all(file: BinaryIO, pieces: Sequence[bytes]) -> None:
    for piece in pieces:
        rest = memoryview(piece)
        while rest:
            rest = rest[file.write(rest) :]
