"""The bytes of a table: read several times, decoded line by line, never as a whole."""

import codecs
import io
from collections.abc import Iterator
from typing import BinaryIO, Final

from streamd.errors import InvalidMessageError, TooLargeError

BROKEN: Final = "\udcff"
"""Stands for bytes that are none of the encoding; no text has it."""
MAX_LINE_CHARS: Final = 16 * 1024 * 1024
_HANDLER: Final = "streamd.broken"
_START_BYTES: Final = 4096


def _broken(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return BROKEN, error.end


codecs.register_error(_HANDLER, _broken)


class TableFile:
    """A file whose text may be read from its start as often as needed, by one reader at a time."""

    def __init__(self, content: BinaryIO) -> None:
        self._content = content
        self.check()

    @classmethod
    def of(cls, content: str | bytes) -> "TableFile":
        """A file in memory; of text in UTF-8."""
        return cls(
            io.BytesIO(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        )

    def check(self) -> None:
        """Raise InvalidMessageError where this is no table of text."""
        start = self.start()
        if start.startswith(b"PK\x03\x04"):
            raise InvalidMessageError(
                "this is a spreadsheet file, not CSV: open it and save it as CSV", path="text"
            )
        if start.startswith(b"%PDF-"):
            raise InvalidMessageError("this is not CSV text but binary data", path="text")

    def start(self) -> bytes:
        """The first bytes."""
        return next(self.chunks(_START_BYTES), b"")

    def chunks(self, size: int) -> Iterator[bytes]:
        """All bytes, so many at a time."""
        self._content.seek(0)
        while chunk := self._content.read(size):
            yield chunk

    def lines(self, encoding: str) -> Iterator[str]:
        """The lines with their ends, without a byte order mark; BROKEN stands for what is no text."""
        self._content.seek(0)
        text = io.TextIOWrapper(self._content, encoding=encoding, errors=_HANDLER, newline="")
        try:
            first = True
            while line := text.readline(MAX_LINE_CHARS):
                if len(line) >= MAX_LINE_CHARS:
                    raise TooLargeError(
                        f"a line has more than {MAX_LINE_CHARS:,} characters: this is no table"
                    )
                yield line.removeprefix("\ufeff") if first else line
                first = False
        finally:
            text.detach()
