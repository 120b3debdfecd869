"""The store on SQLite, and the connections that other databases of the daemon share with it."""

from streamd.stores.sqlite.connection import Connection, connected, transaction
from streamd.stores.sqlite.item_reading import stored_items
from streamd.stores.sqlite.lock import held_lock, resolved_path
from streamd.stores.sqlite.opening import open_sqlite
from streamd.stores.sqlite.packing import json_text
from streamd.stores.sqlite.schema import migrations, prepare
from streamd.stores.sqlite.sqlite_store import SqliteStore

__all__ = [
    "Connection",
    "SqliteStore",
    "connected",
    "held_lock",
    "json_text",
    "migrations",
    "open_sqlite",
    "prepare",
    "resolved_path",
    "stored_items",
    "transaction",
]
