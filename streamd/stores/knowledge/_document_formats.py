"""Reads documents of all supported formats, by the suffix of the file name."""

import codecs
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath
from typing import Final

from streamd.stores.knowledge._csv_document import read_csv
from streamd.stores.knowledge._document import Document, UnreadableError
from streamd.stores.knowledge._markdown import read_markdown
from streamd.stores.knowledge._plain_text import read_rst, read_text
from streamd.stores.knowledge._web_page import read_html

FORMATS: Final[Mapping[str, Callable[[str, str], Document]]] = {
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".txt": read_text,
    ".rst": read_rst,
    ".csv": read_csv,
    ".html": read_html,
    ".htm": read_html,
}
"""Parsers by suffix in lower case: (text, title of a document without one) to a document."""

_UTF_16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_document(path: str, content: bytes) -> Document:
    """Decode and parse a file. Raises UnreadableError."""
    name = PurePosixPath(path)
    default_title = " ".join(name.stem.replace("_", " ").replace("-", " ").split()) or name.name
    return FORMATS[name.suffix.lower()](_decoded(content), default_title)


def _decoded(content: bytes) -> str:
    encoding = "utf-16" if content.startswith(_UTF_16) else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableError("it is not text in UTF-8; save it as UTF-8") from error
    if "\0" in text:
        raise UnreadableError("it is a binary file")
    # A soft hyphen is invisible, but would split a word in two.
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00ad", "")
