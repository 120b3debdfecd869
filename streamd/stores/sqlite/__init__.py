"""The store on SQLite."""

from streamd.stores.sqlite.store import open_sqlite

__all__ = ["open_sqlite"]
