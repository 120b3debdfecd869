"""The event loop's selector: it reports as many ready sockets for one turn as can be looked after in a few milliseconds."""

import asyncio
import os
import select
import selectors
from typing import Final

MOST_EVENTS: Final = 128
"""Ready sockets of one turn. The kernel has the others in a queue: they come first in the next turn."""


def new_event_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop whose turns stay short when thousands of clients come, go or say something at once."""
    if hasattr(select, "epoll"):
        return asyncio.SelectorEventLoop(EventSelector())
    return asyncio.new_event_loop()  # not Linux


if hasattr(select, "epoll"):

    class EventSelector(selectors.EpollSelector):
        """Waits with epoll. The usual selector reports all that is ready: ten thousand clients that go at once are one turn."""

        def __init__(self) -> None:
            super().__init__()
            self._epoll = select.epoll.fromfd(os.dup(self.fileno()))

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """Wait for some of the sockets that are ready."""
            keys = self.get_map()
            try:
                ready = self._epoll.poll(None if timeout is None else max(0.0, timeout), MOST_EVENTS)
            except InterruptedError:
                return []
            return [
                (key, (selectors.EVENT_WRITE * bool(mask & ~select.EPOLLIN)
                       | selectors.EVENT_READ * bool(mask & ~select.EPOLLOUT)) & key.events)
                for descriptor, mask in ready
                if (key := keys.get(descriptor)) is not None
            ]  # fmt: skip

        def close(self) -> None:
            """Close it."""
            self._epoll.close()
            super().close()
