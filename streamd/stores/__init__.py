"""Stores: implementations of the `Store` port, which one contract suite tests.

A new store is a module with an `open_…` that yields a `Store`, and a line in the table of `tests/stores/conftest.py`.
"""

from contextlib import AbstractAsyncContextManager

from streamd.ports.store import Store
from streamd.stores.sqlite import open_sqlite, stored_items

__all__ = ["open_memory", "open_sqlite", "stored_items"]


def open_memory() -> AbstractAsyncContextManager[Store]:
    """Open a new, empty store, which is discarded when it is closed."""
    from streamd.stores.memory import open_memory as opened

    return opened()
