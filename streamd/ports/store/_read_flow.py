"""Read flows: for whom the store is read. Readers are few, and flows take turns at them."""

from collections.abc import Hashable
from contextvars import ContextVar
from typing import Final

import attrs


@attrs.frozen
class ReadFlow:
    """Reads that belong together: users take turns, and so do the flows of one user."""

    user: str
    part: Hashable = None
    """A connection or a run of the user."""
    is_kept: bool = False
    """Whether it shares what is kept for runs, for clients that return and for the daemon itself."""


DAEMON_FLOW: Final = ReadFlow("", is_kept=True)

_CURRENT: Final[ContextVar[ReadFlow]] = ContextVar("read_flow", default=DAEMON_FLOW)


def current_flow() -> ReadFlow:
    """Return the flow that this task reads for; unless it said so, the daemon."""
    return _CURRENT.get()


class reading_for:  # noqa: N801 - read as a verb; a generator would cost each call of a use case more
    """Read for a flow within the block, in tasks that are started there, too."""

    __slots__ = ("_flow", "_token")

    def __init__(self, flow: ReadFlow) -> None:
        self._flow = flow

    def __enter__(self) -> None:
        self._token = _CURRENT.set(self._flow)

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)
