"""An account of waiting bytes that nothing else is in."""

from streamd.engine.delivery.waiting_bytes import UserBytes, WaitingBytes


def nothing_waits(limit: int = 1 << 40) -> UserBytes:
    """The account of a user."""
    return WaitingBytes(limit, limit).of("ann")
