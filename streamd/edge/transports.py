"""Transports whose connection is lost."""

import asyncio


def break_cycles(transport: asyncio.Transport) -> None:
    """Free a lost transport with its last reference: asyncio's own keeps methods of itself, for the collector to find."""
    own = getattr(transport, "__dict__", {})
    for name, value in own.items():
        if getattr(value, "__self__", None) is transport:
            own[name] = None
