"""The rows of keys of access."""

import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final

import orjson

from streamd.core.access.access_keys import KEY_KINDS, ROLES, AccessKey
from streamd.errors import StoreError
from streamd.facts import frozen
from streamd.stores.sqlite import (
    Connection,
    connected,
    held_lock,
    migrations,
    prepare,
    resolved_path,
    transaction,
)

_COLUMNS: Final = "key_id, user_id, workspaces, role, kind, digest, created_at, expires_at, revoked_at"
_NEXT: Final = "(SELECT ifnull(max(change), 0) + 1 FROM access_keys)"


@frozen(eq=False)
class StoredAccessKeys:
    """Implements `streamd.ports.access_keys.AccessKeys`, with a connection of its own."""

    _connection: Connection

    async def change(self) -> int:
        """A number that counts up with every change."""
        return await self._connection.run(_change)

    async def keys(self) -> Sequence[AccessKey]:
        """All keys that can be read; none that is damaged opens anything."""
        return await self._connection.run(_keys)


@asynccontextmanager
async def open_access_keys(path: str) -> AsyncIterator[StoredAccessKeys]:
    """Open the keys of a database that this process serves. Raises StoreError."""
    async with connected(resolved_path(path), read_only=True) as connection:
        yield StoredAccessKeys(connection)


@contextmanager
def changing_access_keys(path: str) -> Iterator[sqlite3.Connection]:
    """Open the keys for changes, beside the daemon or without it; the database is made where there is none.

    Raises StoreError where it cannot be made, or is of another version.
    """
    resolved = resolved_path(path)
    try:
        with closing(sqlite3.connect(resolved, isolation_level=None, timeout=10)) as connection:
            # What is written stays in the log until the daemon folds it back into the file.
            connection.executescript("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0")
            if not _is_current(connection):
                with held_lock(resolved):  # nobody serves it
                    prepare(connection, path)
            Path(resolved).chmod(0o600)
            yield connection
    except sqlite3.Error as error:
        raise StoreError(f"{path}: the keys cannot be changed ({error})") from error


def _is_current(connection: sqlite3.Connection) -> bool:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return version == len(migrations())


def add_access_key(connection: sqlite3.Connection, key: AccessKey) -> None:
    """Store a new key."""
    workspaces = None if key.workspaces is None else orjson.dumps(sorted(key.workspaces)).decode()
    row = (
        key.key_id, key.user_id, workspaces, key.role, key.kind, key.digest,
        key.created_at, key.expires_at, key.revoked_at,
    )  # fmt: skip
    with transaction(connection):
        connection.execute(
            f"INSERT INTO access_keys ({_COLUMNS}, change) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {_NEXT})",  # noqa: S608
            row,
        )


def revoke_access_key(connection: sqlite3.Connection, key_id: str, now_ms: int) -> bool:
    """Revoke a key; whether there is one that was not revoked before."""
    with transaction(connection):
        changed = connection.execute(
            f"UPDATE access_keys SET revoked_at = ?, change = {_NEXT} WHERE key_id = ? AND revoked_at IS NULL",  # noqa: S608
            (now_ms, key_id),
        )
        return changed.rowcount > 0


def access_keys_in(connection: sqlite3.Connection) -> Sequence[AccessKey]:
    """All keys, the oldest first."""
    return _keys(connection)


def _change(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("SELECT ifnull(max(change), 0) FROM access_keys").fetchone()[0]
    return found


def _keys(connection: sqlite3.Connection) -> Sequence[AccessKey]:
    rows = connection.execute(f"SELECT {_COLUMNS} FROM access_keys ORDER BY created_at, key_id")  # noqa: S608
    return [key for row in rows if (key := _key_of(*row)) is not None]


def _key_of(
    key_id: str,
    user_id: str,
    workspaces: str | None,
    role: str,
    kind: str,
    digest: bytes,
    created_at: int,
    expires_at: int | None,
    revoked_at: int | None,
) -> AccessKey | None:
    try:
        names = None if workspaces is None else frozenset(map(str, orjson.loads(workspaces)))
    except (ValueError, TypeError):
        return None
    found_role = next((one for one in ROLES if one == role), None)
    found_kind = next((one for one in KEY_KINDS if one == kind), None)
    if found_role is None or found_kind is None:
        return None
    return AccessKey(
        key_id, user_id, names, found_role, found_kind, digest, created_at, expires_at, revoked_at
    )
