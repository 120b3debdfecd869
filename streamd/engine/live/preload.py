"""Preloading: what only runs need is loaded once the daemon is ready, so that no start waits for it."""

import asyncio
from collections.abc import Callable


class Preload:
    """Calls a function once, in a thread, as the event loop must not wait for it; runs do. Without one all is there."""

    def __init__(self, load: Callable[[], None] | None) -> None:
        self._load = load
        self._wanted = asyncio.Event()
        self._finished = asyncio.Event()
        if load is None:
            self._finished.set()

    async def run(self) -> None:
        """Load as soon as it is wanted. An error ends this task, and with it the daemon: no run could start."""
        await self._wanted.wait()
        if self._load is not None:
            await asyncio.to_thread(self._load)
        self._finished.set()

    def start(self) -> None:
        """Start loading. Repeating it is harmless."""
        self._wanted.set()

    async def finished(self) -> None:
        """Wait until everything is loaded; starts it if nobody has."""
        self.start()
        await self._finished.wait()
