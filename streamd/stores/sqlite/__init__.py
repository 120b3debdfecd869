"""The store on SQLite."""

from streamd.stores.sqlite._sqlite_store import open_sqlite

__all__ = ["open_sqlite"]
