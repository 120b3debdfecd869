"""The store on SQLite."""

from streamd.stores.sqlite._sqlite_store import open_sqlite
from streamd.stores.sqlite._stored_items import stored_items

__all__ = ["open_sqlite", "stored_items"]
