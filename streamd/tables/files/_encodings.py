"""Finds the encoding of a file: UTF-8 and what has a mark for certain, others by how their text looks, or asks for it."""

import codecs
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from streamd.errors import InvalidMessageError
from streamd.facts import frozen
from streamd.tables.files._table_file import TableFile

_CHUNK_BYTES: Final = 1024 * 1024
_SAMPLE_BYTES: Final = 64 * 1024
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_OF_FILES: Final = frozenset(
    {"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"}
)
"""Encodings of Python that no file is in; some take long."""
_HIGH: Final = bytes(range(0x80, 0x100))
_SINGLE_BREAKS: Final = 4
"""Of so many bytes above ASCII that are UTF-8, one may not be, and the file still is: it has a broken byte."""
_WESTERN: Final = "cp1252"
_CENTRAL: Final = "cp1250"
_LATIN: Final = (_WESTERN, _CENTRAL, "cp1254", "cp850", "mac_roman")
_OTHERS: Final = ("cp1251", "cp1253", "cp932", "gb18030", "big5", "cp949")
_RUN: Final = re.compile(r"[^\W\d_a-zA-Z]{3}")
"""Letters with accents come singly between others; three in a row are Czech, or another script, read wrongly."""
_SIGN_IN_WORD: Final = re.compile(
    r"[^\W\d_][\xa2-\xa5\xa8\xaf\xb3\xb4\xb8\xb9\xbc-\xbf\u2039\u203a{}~][^\W\d_]"
)
"""A sign where a letter should be: `Zak³ad` is no western text."""
_BESIDE_LETTERS: Final = re.compile(r"[^\W\d_a-zA-Z]|\ufffd|[^\W\d_][^\x00-\x7f]|[^\x00-\x7f][^\W\d_]")
"""What has none of it has but signs for itself, such as a euro sign behind a price; that is no mess, as the library has it."""
_LESS_MESS: Final = 0.02
_MORE_LANGUAGE: Final = 0.05
"""Differences from which on one encoding is likelier than another."""
_BINARY_SHARE: Final = 0.02


@frozen
class FoundEncoding:
    """An encoding, and whether it is certain."""

    name: str
    is_certain: bool = True


def checked_encoding(name: str) -> str:
    """The codec of that name. Raises InvalidMessageError where there is none for text."""
    found = None
    with suppress(LookupError, ValueError):
        found = codecs.lookup(name).name
    if found is None or found in _NOT_OF_FILES or not _is_of_text(found):
        raise InvalidMessageError(
            "this encoding is not known; say one such as utf-8, windows-1252, utf-16, shift_jis",
            path="encoding",
        )
    return found


def _is_of_text(name: str) -> bool:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        return False
    return True


def encoding_of(file: TableFile) -> FoundEncoding:
    """Find the encoding of a file. Raises InvalidMessageError, with the candidates, where that is not certain."""
    start = file.start()
    for mark, name in _MARKS:
        if start.startswith(mark):
            return FoundEncoding(name)
    if (wide := _without_mark(start)) is not None:
        return FoundEncoding(wide)
    high, broken, sample = _looked_through(file)
    if not broken or high - broken >= _SINGLE_BREAKS * broken:
        return FoundEncoding("utf-8")
    return _by_looks(sample)


def _without_mark(start: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of ASCII text is none."""
    even, odd = start[0::2], start[1::2]
    if odd.count(0) > 0.4 * len(odd) and not even.count(0):
        return "utf-16-le"
    if even.count(0) > 0.4 * len(even) and not odd.count(0):
        return "utf-16-be"
    if start.count(0) > _BINARY_SHARE * len(start):
        raise InvalidMessageError("this is not CSV text but binary data", path="text")
    return None


def _looked_through(file: TableFile) -> tuple[int, int, bytes]:
    """Count the bytes above ASCII, and those that are not UTF-8; with a sample of lines that have them."""
    high = broken = 0
    sample = bytearray()
    decoder = _CountingDecoder()
    for chunk in file.chunks(_CHUNK_BYTES):
        ascii_bytes = len(chunk.translate(None, _HIGH))
        high += len(chunk) - ascii_bytes
        broken += decoder.broken_in(chunk)
        if ascii_bytes < len(chunk) and len(sample) < _SAMPLE_BYTES:
            lines = (line for line in chunk.splitlines(keepends=True) if not line.isascii())
            for line in lines:
                sample += line
                if len(sample) >= _SAMPLE_BYTES:
                    break
    return high, broken + decoder.broken_in(b"", final=True), bytes(sample)


class _CountingDecoder:
    """Decodes UTF-8 piece by piece, for the number of bytes that are none."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")

    def broken_in(self, chunk: bytes, *, final: bool = False) -> int:
        text = self._decoder.decode(chunk, final)
        return 0 if text.isascii() else sum("\udc80" <= character <= "\udcff" for character in text)


def _by_looks(sample: bytes) -> FoundEncoding:
    """Tell the encoding of lines, by the library's measures of mess and of language, for the scripts that are likely."""
    from charset_normalizer import from_bytes

    western = sample.decode(_WESTERN, "replace")
    if not _BESIDE_LETTERS.search(western):
        return FoundEncoding(_WESTERN, is_certain=False)
    latin = [
        name
        for name in (_LATIN if not _RUN.search(western) else (_CENTRAL,))
        if not _SIGN_IN_WORD.search(sample.decode(name, "replace"))
    ]
    likely = [*latin, *_OTHERS]
    ranked = sorted(
        from_bytes(sample, cp_isolation=likely, language_threshold=0.1),
        key=lambda one: (one.chaos, -one.coherence),
    )
    if not ranked:
        raise _unknown(likely)
    best = ranked[0]
    rivals = [
        one
        for one in ranked
        if one.chaos <= best.chaos + _LESS_MESS and one.coherence >= best.coherence - _MORE_LANGUAGE
    ]
    names = [name for one in rivals for name in (one.encoding, *one.could_be_from_charset) if name in likely]
    if _WESTERN in names:
        return FoundEncoding(_WESTERN, is_certain=len(rivals) == 1)
    if len(rivals) > 1:
        raise _unknown(list(dict.fromkeys([*[_WESTERN] * (_WESTERN in latin), *names])))
    return FoundEncoding(best.encoding)


def _unknown(candidates: Sequence[str]) -> InvalidMessageError:
    return InvalidMessageError(
        f"the text is not UTF-8, and its encoding cannot be told: say it (such as {', '.join(candidates[:5])})",
        path="encoding",
    )
