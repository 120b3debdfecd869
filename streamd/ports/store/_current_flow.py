"""The current flow: for whom the store is read and written. Readers are few and the writer is one; flows take turns at them."""

from contextvars import ContextVar
from typing import Final

from streamd.core.principal import DAEMON, Flow

_CURRENT: Final[ContextVar[Flow]] = ContextVar("current_flow", default=DAEMON)


def current_flow() -> Flow:
    """Return the flow that this task works for; unless it said so, the daemon."""
    return _CURRENT.get()


class working_for:  # noqa: N801 - read as a verb; a generator would cost each call of a use case more
    """Work for a flow within the block, in tasks that are started there, too."""

    __slots__ = ("_flow", "_token")

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def __enter__(self) -> None:
        self._token = _CURRENT.set(self._flow)

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._token)
