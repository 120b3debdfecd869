"""Stores: implementations of the `Store` port, which one contract suite tests.

A new store is a module with an `open_…` that yields a `Store`, and a line in the table of `tests/stores/conftest.py`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from streamd.stores.sqlite import open_sqlite, stored_items

if TYPE_CHECKING:
    from streamd.stores.memory import MemoryStore, open_memory

__all__ = ["MemoryStore", "open_memory", "open_sqlite", "stored_items"]


def __getattr__(name: str) -> Any:
    """Import the store in memory on first use: a daemon with a file does without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("streamd.stores.memory"), name)
