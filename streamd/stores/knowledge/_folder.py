"""Lists and reads the documents of a folder. Blocking; runs in the index's thread."""

import os
import stat
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from streamd.facts import frozen
from streamd.stores.knowledge._document import DeniedError, UnreadableError
from streamd.stores.knowledge._document_formats import FORMATS

_HIDDEN: Final = "."
_UNPRINTABLE: Final = frozenset({"Cc", "Cs"})
"""Unicode categories of control characters, and of bytes in names that are not UTF-8."""


@frozen
class Stamp:
    """Stamp of a file, which differs after a change."""

    mtime_ns: int
    size: int
    """Bytes."""


@frozen
class Listing:
    """The result of listing a folder."""

    documents: Mapping[str, Stamp]
    """Stamps by path below the folder, separated by `/`, in order of the paths."""
    skipped: Mapping[str, str]
    """Reasons by path, for files and folders that cannot be listed."""


def list_documents(folder: str) -> Listing:
    """List the documents of a folder and its subfolders; none when it is missing. Raises OSError when it cannot be read.

    Hidden files and folders are ignored, and so are links to folders, and links to files elsewhere. A file with two
    names in the folder is one document.
    """
    root = os.path.realpath(folder)
    above = len(os.path.join(root, ""))  # noqa: PTH118 - pathlib has no way to end with a slash
    documents: dict[str, Stamp] = {}
    links: list[os.DirEntry[str]] = []
    skipped: dict[str, str] = {}
    known: set[tuple[int, int]] = set()

    def add(entry: os.DirEntry[str]) -> None:
        path = entry.path[above:]
        status = entry.stat()
        if not stat.S_ISREG(status.st_mode) or (status.st_dev, status.st_ino) in known:
            return
        if not path.isprintable() and any(unicodedata.category(letter) in _UNPRINTABLE for letter in path):
            skipped[ascii(path)[1:-1]] = "its name cannot be printed; rename it"
            return
        known.add((status.st_dev, status.st_ino))
        documents[path] = Stamp(status.st_mtime_ns, status.st_size)

    try:
        for entry in _entries(root, root, skipped):
            if entry.is_symlink():
                links.append(entry)
            else:
                try:
                    add(entry)
                except FileNotFoundError:  # removed since the scan
                    continue
    except (FileNotFoundError, NotADirectoryError):
        return Listing({}, {})
    for link in links:
        try:
            if Path(os.path.realpath(link.path)).is_relative_to(root):
                add(link)
        except OSError:  # a dangling link, or a loop
            continue
    return Listing(dict(sorted(documents.items())), skipped)


def read_content(folder: str, path: str, max_bytes: int) -> bytes:
    """Read a document's bytes. Raises UnreadableError (or DeniedError), or FileNotFoundError when it was removed."""
    root = os.path.realpath(folder)
    target = os.path.realpath(Path(root, path))
    if not Path(target).is_relative_to(root):
        raise UnreadableError("it leads out of the folder")
    try:
        # The file may have been replaced meanwhile: a link is not followed, a FIFO does not block.
        descriptor = os.open(target, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise DeniedError(f"it cannot be read ({error.strerror}); let the daemon's user read it") from error
    if len(content) > max_bytes:
        raise UnreadableError(f"it is larger than {max_bytes} bytes; part it, or raise the limit")
    return content


def _entries(root: str, directory: str, skipped: dict[str, str]) -> Iterator[os.DirEntry[str]]:
    """Files and links with a supported suffix."""
    below: list[str] = []
    try:
        with os.scandir(directory) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.startswith(_HIDDEN):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append(entry.path)
                elif Path(entry.name).suffix.lower() in FORMATS:
                    yield entry
    except (PermissionError, FileNotFoundError) as error:
        if directory == root:
            raise
        if isinstance(error, PermissionError):
            name = ascii(os.path.relpath(directory, root))[1:-1]
            skipped[name] = "the folder may not be read; let the daemon's user read it"
        return
    for path in below:
        yield from _entries(root, path, skipped)
