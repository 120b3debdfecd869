"""Tools that come and go while the daemon runs, beside those that an agent has of its own.

Above: the engine, which asks for an agent's tools whenever its model begins a task. Below: a connection to servers of tools.
A tool that the source has once told of is told of further on, also while what executes it cannot be reached: its calls are
refused then, with a message for the model.
"""

from collections.abc import Sequence
from typing import Protocol

from streamd.ports.tool import Tool


class ToolSource(Protocol):
    """A source of tools; guarantees in the module's docstring."""

    def tools_for(self, agent: str) -> Sequence[Tool]:
        """Return the tools that an agent may use now; each name once, always in the same order."""


class NoToolSource:
    """The source where there is none."""

    def tools_for(self, agent: str) -> Sequence[Tool]:
        """Return nothing."""
        del agent
        return ()
