"""Indexes documents in batches. Blocking; runs in the index's thread."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from streamd.stores.knowledge._document import UnreadableError
from streamd.stores.knowledge._document_formats import read_document
from streamd.stores.knowledge._folder import Stamp, read_content
from streamd.stores.knowledge._index import Indexed, update
from streamd.stores.knowledge._passages import passages_of

_BATCH_BYTES: Final = 262_144
_BATCH_DOCUMENTS: Final = 64
"""Limits of one transaction, unless a single document is larger."""


def batches(changed: Mapping[str, Stamp]) -> Iterator[Mapping[str, Stamp]]:
    """Split changed documents into batches, each for one call of `index_documents`."""
    batch: dict[str, Stamp] = {}
    size = 0
    for path, stamp in changed.items():
        if batch and (size + stamp.size > _BATCH_BYTES or len(batch) == _BATCH_DOCUMENTS):
            yield batch
            batch, size = {}, 0
        batch[path] = stamp
        size += stamp.size
    if batch:
        yield batch


def index_documents(
    connection: sqlite3.Connection,
    folder: str,
    removed: Sequence[str],
    changed: Mapping[str, Stamp],
    max_file_bytes: int,
) -> tuple[Mapping[str, int], Mapping[str, UnreadableError]]:
    """Index documents and remove others from the index, in one short transaction.

    Returns the number of passages of each indexed document, and the errors of unreadable ones; documents that were removed
        meanwhile are in neither.
    """
    indexed: dict[str, Indexed] = {}
    unreadable: dict[str, UnreadableError] = {}
    for path, stamp in changed.items():
        try:
            document = read_document(path, read_content(folder, path, max_file_bytes))
        except FileNotFoundError:
            continue
        except UnreadableError as error:
            unreadable[path] = error
        else:
            indexed[path] = Indexed(path, stamp, document.title, tuple(passages_of(document)))
    update(connection, [*removed, *(path for path in changed if path not in indexed)], list(indexed.values()))
    return {path: len(document.passages) for path, document in indexed.items()}, unreadable
