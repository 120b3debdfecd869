"""Stores: implementations of the `Store` port, which one contract suite tests.

A new store is a module with an `open_…` that yields a `Store`, and a line in the table of `tests/stores/conftest.py`.
"""
