"""The messages of clients, a class each, and the readers and shapes that check their keys."""
