"""Stores: where the journal is kept. Each is one entry here behind the port; one suite of tests proves them all.

A new one is a module with an `open_…` that yields a `Store`, and a line in the table of `tests/stores/conftest.py`.
"""
