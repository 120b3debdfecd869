"""streamd: people and agents work on the same live items, and every screen sees each change at once."""

__version__ = "0.1.0"
