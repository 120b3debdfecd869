"""Sinks: what outboxes write to."""

from typing import Protocol


class Sink(Protocol):
    """The connection that an outbox writes to."""

    encoding: str
    """Name of its encoder; known before the outbox is created."""
    ready: bool
    """Whether it is open and can take more bytes."""

    @property
    def replay_encoding(self) -> str:
        """Name of the encoder for replayed entries, which a client receives that attached later."""

    def write(self, data: bytes) -> None:
        """Take bytes. Called only while it is ready."""

    def fail(self) -> None:
        """Close it: the entries that it should receive cannot be read."""
