"""Files to import: in one message, or sent in parts, which are in a file without a name until they are imported."""

import asyncio
import io
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from streamd.core.values import MAX_ID_CHARS
from streamd.engine import Engine
from streamd.engine.delivery import SpooledFile
from streamd.errors import BusyError, InvalidMessageError, NotFoundError, TooLargeError
from streamd.facts import frozen
from streamd.long_work import ITEMS
from streamd.service.actor import Actor
from streamd.service.use_case import Service, use_case

if TYPE_CHECKING:
    from streamd.tables import TableFile

_MOST: Final = 4
"""Files that one connection may be sending."""
_IDLE_SECONDS: Final = 600.0
"""After so long without a part, or an import, of it a file is removed."""
_BUFFER_BYTES: Final = 256 * 1024
_DIGEST_BYTES: Final = 16


@frozen
class FileContent:
    """The content of a file to import."""

    content: "str | bytes | Upload"

    @property
    def size(self) -> int:
        """Bytes, about."""
        return self.content.size if isinstance(self.content, Upload) else len(self.content)

    @property
    def text(self) -> str | None:
        """The content where it came as the text of one message."""
        return self.content if isinstance(self.content, str) else None

    @property
    def is_text(self) -> bool:
        """Whether it came as text, so that its encoding is known."""
        return self.content.is_text if isinstance(self.content, Upload) else isinstance(self.content, str)

    @cached_property
    def digest(self) -> str:
        """The same for the same bytes."""
        if isinstance(self.content, Upload):
            return self.content.digest
        content = self.content.encode() if isinstance(self.content, str) else self.content
        return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()

    def table_file(self) -> "TableFile":
        """The file, to be read."""
        from streamd.tables import TableFile

        if isinstance(self.content, Upload):
            return TableFile(self.content.opened())
        return TableFile.of(self.content)


class Upload:
    """A file that a client sends in parts, with what it takes of the user's account."""

    def __init__(self, engine: Engine, user: str, *, is_text: bool) -> None:
        self.is_text = is_text
        self.parts = 0
        """Parts that are there."""
        self._spool = engine.upload_room.spool(user)
        self._account = engine.uploads.of(user)
        self._limit = engine.config.limits.upload_bytes_per_user
        self._hash = blake2b(digest_size=_DIGEST_BYTES)
        self._held = 0

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._spool.size

    @property
    def digest(self) -> str:
        """Digest of the bytes so far."""
        return self._hash.hexdigest()

    async def add(self, content: bytes) -> None:
        """Append a part. Raises TooLargeError, or BusyError where there is no room for it now; then it is as before."""
        size = len(content)
        if self.size + size > self._limit:
            raise TooLargeError(
                f"a file to import has at most {self._limit:,} bytes here: split it", limit=self._limit
            )
        if not self._account.admits(size):
            raise BusyError(
                "too many files are being imported; send this part again in a moment", retry_after_ms=2000
            )
        self._account.add(size)
        self._held += size
        await ITEMS.compute(size, self._append, content)
        self.parts += 1

    def _append(self, content: bytes) -> None:
        self._spool.add(content)
        self._hash.update(content)

    def opened(self) -> io.BufferedReader:
        """The bytes, to be read; also again, from the start."""
        return io.BufferedReader(SpooledFile(self._spool), _BUFFER_BYTES)

    def close(self) -> None:
        """Give back what it takes of the account; its file goes with the last reference to it."""
        self._account.remove(self._held)
        self._held = 0


class Uploads:
    """The files that one connection is sending, by the names that it gave them."""

    def __init__(self) -> None:
        self._files: dict[str, Upload] = {}
        self._timers: dict[str, asyncio.TimerHandle] = {}

    def begin(self, name: str, engine: Engine, user: str, *, is_text: bool) -> Upload:
        """Begin a file, or begin it again. Raises BusyError for too many."""
        self.drop(name)
        if len(self._files) >= _MOST:
            raise BusyError(
                f"a connection sends at most {_MOST} files at the same time; import one of them first"
            )
        upload = self._files[name] = Upload(engine, user, is_text=is_text)
        return upload

    def get(self, name: str) -> Upload:
        """A file that has begun. Raises NotFoundError."""
        if name not in self._files:
            raise NotFoundError(
                f"there is no upload {name[:MAX_ID_CHARS]} on this connection (any more): send it from part 1"
            )
        return self._files[name]

    def touch(self, name: str, *, in_use: bool) -> None:
        """Remove a file some time after it was used last."""
        if timer := self._timers.pop(name, None):
            timer.cancel()
        if name in self._files and not in_use:
            self._timers[name] = asyncio.get_running_loop().call_later(_IDLE_SECONDS, self.drop, name)

    def drop(self, name: str) -> None:
        """Remove a file, if it is there."""
        if upload := self._files.pop(name, None):
            upload.close()
        if timer := self._timers.pop(name, None):
            timer.cancel()

    def close(self) -> None:
        """Remove all files."""
        for name in list(self._files):
            self.drop(name)


@use_case("edit")
async def add_upload_part(
    service: Service, actor: Actor, uploads: Uploads, name: str, number: int, content: str | bytes
) -> int:
    """Append a part to a file that is to be imported; returns how many bytes of it are there. The first part begins it.

    Raises InvalidMessageError for a part out of order, NotFoundError for one of a file that has not begun, and as
    `Upload.add`; then the file is as before.
    """
    is_text = isinstance(content, str)
    if number == 1:
        upload = uploads.begin(name, service.engine, actor.flow.account, is_text=is_text)
    else:
        upload = uploads.get(name)
    if number != upload.parts + 1:
        raise InvalidMessageError(
            f"part {upload.parts + 1} of upload {name} is expected, not part {number}", path="part"
        )
    if is_text != upload.is_text:
        raise InvalidMessageError("all parts of an upload are text, or all are bytes", path="part")
    try:
        await upload.add(content.encode() if isinstance(content, str) else content)
    finally:
        uploads.touch(name, in_use=False)
    return upload.size
