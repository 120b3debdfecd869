"""Bad messages: a client that keeps sending what violates the protocol is told to go."""

import asyncio
from collections import deque
from typing import Final

from streamd.facts import define

_BAD_SECONDS: Final = 60.0


class TooManyBadMessagesError(Exception):
    """The client keeps sending messages that violate the protocol."""


@define(eq=False)
class BadMessages:
    """Counts those of one client."""

    limit: int
    _times: deque[float] | None = None

    def add(self) -> None:
        """Count one more. Raises TooManyBadMessagesError above the limit within a minute."""
        now = asyncio.get_running_loop().time()
        if self._times is None:
            self._times = deque(maxlen=self.limit)
        if len(self._times) == self.limit and now - self._times[0] < _BAD_SECONDS:
            raise TooManyBadMessagesError
        self._times.append(now)
