"""From the folder into the index, a portion at a time."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from streamd.stores.knowledge.document import UnreadableError
from streamd.stores.knowledge.folder import Stamp, content
from streamd.stores.knowledge.index import Indexed, update
from streamd.stores.knowledge.passages import pieces_of
from streamd.stores.knowledge.reading import read_document

_PORTION_BYTES: Final = 262_144
_PORTION_DOCUMENTS: Final = 64
"""What one transaction takes at most, but for a single larger document."""


def portions(wanted: Mapping[str, Stamp]) -> Iterator[Mapping[str, Stamp]]:
    """What is wanted in pieces, each for one call of `take`."""
    portion: dict[str, Stamp] = {}
    size = 0
    for path, stamp in wanted.items():
        if portion and (size + stamp.size > _PORTION_BYTES or len(portion) == _PORTION_DOCUMENTS):
            yield portion
            portion, size = {}, 0
        portion[path] = stamp
        size += stamp.size
    if portion:
        yield portion


def take(
    connection: sqlite3.Connection,
    folder: str,
    gone: Sequence[str],
    wanted: Mapping[str, Stamp],
    max_file_bytes: int,
) -> tuple[Mapping[str, int], Mapping[str, UnreadableError]]:
    """Read documents into the index and forget others, in one short transaction; in the connection's thread.

    Returns how many passages there are in what was read, and why others were refused. Those that are gone meanwhile are in neither.
    """
    read: dict[str, Indexed] = {}
    refused: dict[str, UnreadableError] = {}
    for path, stamp in wanted.items():
        try:
            document = read_document(path, content(folder, path, max_file_bytes))
        except FileNotFoundError:
            continue
        except UnreadableError as error:
            refused[path] = error
        else:
            read[path] = Indexed(path, stamp, document.title, tuple(pieces_of(document)))
    update(connection, [*gone, *(path for path in wanted if path not in read)], list(read.values()))
    return {path: len(document.pieces) for path, document in read.items()}, refused
