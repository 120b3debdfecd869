"""A backup is one file: the database at one instant, whole and checked, with a manifest beside it (`FILE.json`)."""

import hashlib
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

import attrs
import orjson

from streamd import __version__
from streamd.errors import StoreError
from streamd.facts import frozen
from streamd.stores.sqlite import held_lock, migrations, resolved_path

_TOPS: Final = "SELECT workspace, top FROM streams WHERE run_id IS NULL ORDER BY workspace"


@frozen
class BackupManifest:
    """The contents of a backup. Written last, so a backup without one may not be whole."""

    version: str
    """Of the streamd that made it."""
    schema: int
    epoch: str
    """Of the journal that it is a copy of. Once it is restored another one begins."""
    taken_at: str
    """RFC 3339, in UTC."""
    size: int
    """Bytes."""
    sha256: str
    positions: dict[str, int]
    """The last position of each workspace."""


def manifest_path(file: Path) -> Path:
    """The path of the manifest of a backup."""
    return Path(f"{file}.json")


def write_backup(path: str, file: Path) -> BackupManifest:
    """Copy the database, which may be served meanwhile, and check the copy. The file must not be there yet.

    Raises StoreError: there is no database, the file is there, the disk is full, or the copy is damaged.
    """
    source = Path(resolved_path(path))
    if not source.exists():
        raise StoreError(f"there is no database {path}; name another one with --db")
    if file.exists():
        raise StoreError(f"{file} is there already; name another file")
    new = Path(f"{file}.new")
    try:
        with _told(file), closing(sqlite3.connect(source, timeout=10)) as served:
            os.close(os.open(new, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
            served.execute("PRAGMA query_only = ON")
            with closing(sqlite3.connect(new)) as copy:
                served.backup(copy)  # in one step, of one instant: the daemon goes on writing into its log
                copy.execute("PRAGMA journal_mode = DELETE")
                _check(copy, new)
                schema, epoch, positions = _described(copy)
        manifest = BackupManifest(
            __version__, schema, epoch, time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            new.stat().st_size, _digest(new), positions,
        )  # fmt: skip
        with _told(file):
            _sync(new)
            new.replace(file)
            _write(manifest_path(file), orjson.dumps(attrs.asdict(manifest), option=orjson.OPT_INDENT_2))
            _sync(file.parent)
    finally:
        new.unlink(missing_ok=True)
    return manifest


def restore_backup(file: Path, path: str) -> BackupManifest | None:
    """Put a backup where the configured database would be, which must not be there. Returns its manifest, if it has one.

    Whoever comes back with a position of before gets a snapshot: the daemon sees that it is another file than the one that it
    served last, and begins a new epoch.

    Raises StoreError: there is no such backup, it is damaged or of a newer version, or there is a database.
    """
    target = Path(resolved_path(path))
    if not file.is_file():
        raise StoreError(f"there is no backup {file}")
    manifest = _manifest(file)
    new = Path(f"{target}.restored")
    with held_lock(str(target)), _told(target):
        if target.stat().st_size:  # locking it has made an empty one where there was none
            raise StoreError(f"there is a database {path}; stop the daemon and move it away first")
        try:
            shutil.copyfile(file, new)
            new.chmod(0o600)
            if manifest is not None and _digest(new) != manifest.sha256:
                raise StoreError(
                    f"{file} is not as it was made: its SHA-256 is another one; take another backup"
                )
            with closing(sqlite3.connect(new)) as copy:
                _check(copy, file)
                schema, _, _ = _described(copy)
            if schema > len(migrations()):
                raise StoreError(
                    f"{file} was made by a newer streamd (schema {schema}); restore it with that one"
                )
            _sync(new)
            for beside in ("-wal", "-shm"):
                Path(f"{target}{beside}").unlink(missing_ok=True)
            new.replace(target)
            _sync(target.parent)
        finally:
            new.unlink(missing_ok=True)
            with suppress(OSError):
                if not target.stat().st_size:
                    target.unlink()
    return manifest


def _described(copy: sqlite3.Connection) -> tuple[int, str, dict[str, int]]:
    schema: int = copy.execute("PRAGMA user_version").fetchone()[0]
    epoch = copy.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
    return schema, "" if epoch is None else str(epoch[0]), dict(copy.execute(_TOPS).fetchall())


def _check(copy: sqlite3.Connection, file: Path) -> None:
    found = [row[0] for row in copy.execute("PRAGMA integrity_check(1)")]
    if found != ["ok"]:
        raise StoreError(f"{file} is damaged ({found[0]})")


def _manifest(file: Path) -> BackupManifest | None:
    try:
        return BackupManifest(**orjson.loads(manifest_path(file).read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise StoreError(
            f"{manifest_path(file)} is no manifest of a backup; move it away to do without"
        ) from error


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _write(file: Path, data: bytes) -> None:
    file.write_bytes(data)
    file.chmod(0o600)
    _sync(file)


def _sync(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """Say what to do about files that cannot be read or written."""
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{file}: the database cannot be copied ({error})") from error
    except OSError as error:
        raise StoreError(
            f"{file}: {error.strerror or error}; see that the disk has room and the directory is writable"
        ) from error
