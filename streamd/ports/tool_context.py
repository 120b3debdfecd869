"""The context of a tool's call: the run as the tool sees it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from streamd.core.principal import Principal
from streamd.ports.run import Run
from streamd.ports.tool import IdempotencyKey

T = TypeVar("T")


class ToolContext(Run, Protocol):
    """One call of a tool: a run as its nodes see it, with the rights of whoever asked, and what the call has of its own.

    What changes items waits for the calls before it. A tool returns what there is to say: it cannot conclude the run.
    """

    @property
    def key(self) -> IdempotencyKey:
        """The call's own key: the same when it is made again after a crash, and no other call's."""

    @property
    def principal(self) -> Principal:
        """The principal whose rights the run has."""

    async def progress(self, text: str, fraction: float | None = None) -> None:
        """Tell whoever watches the run how far the call is, as `tool_progress`; the model does not hear of it.

        Args:
            text: for people.
            fraction: 0.0 to 1.0, where it is known.

        """

    def dependency(self, opened_by: Callable[[], AbstractAsyncContextManager[T]]) -> T:
        """Return the object that a dependency of the tool has opened for the whole daemon."""
