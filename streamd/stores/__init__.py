"""Stores: where the journal is kept. Each is one entry here behind the port; one suite of tests proves them all.

A new one is a module with an `open_…` that yields a `Store`, and a line in the table of `tests/stores/conftest.py`.
"""

from streamd.stores.memory import open_memory
from streamd.stores.sqlite import open_sqlite

__all__ = ["open_memory", "open_sqlite"]
